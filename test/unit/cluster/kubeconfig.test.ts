import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { load } from 'js-yaml';
import { selectCluster, type Selection } from '../../../src/cluster/kubeconfig.js';
import type { ClusterEnvironment } from '../../../src/cluster/options.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import type { ClusterSettings } from '../../../src/model/settings.js';
import { NO_SETTINGS } from '../../support/cluster-settings.js';

describe('selectCluster', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'kubetape-select-'));
  });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  const select = (settings: Partial<ClusterSettings>, environment: ClusterEnvironment = {}): Selection =>
    selectCluster({ ...NO_SETTINGS, ...settings }, environment, (text) => load(text));
  const refused = (settings: Partial<ClusterSettings>, environment: ClusterEnvironment = {}): ClusterError => {
    try {
      select(settings, environment);
    } catch (error) {
      return error as ClusterError;
    }
    throw new Error('expected a refusal');
  };
  const config = (name: string, server = `https://${name}:6443`): string => `
current-context: ${name}
clusters: [{name: ${name}, cluster: {server: "${server}", certificate-authority: pki/ca.crt}}]
users: [{name: ${name}, user: {tokenFile: token-${name}, exec: {command: bin/login}, client-key: /abs/key}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: shop}}]
`;

  it('takes the current context, with paths relative to the file', () => {
    const path = write('config', config('a'));
    const selection = select({ kubeconfig: path });

    expect(selection).to.deep.include({ source: `context "a" of ${path}`, server: 'https://a:6443', namespace: 'shop', tokenFile: join(folder, 'token-a') });
    expect(selection.cluster['certificate-authority']).to.equal(join(folder, 'pki/ca.crt'));
    expect(selection.user).to.deep.include({ 'client-key': '/abs/key', exec: { command: join(folder, 'bin/login') } });
  });

  it('merges the files of KUBECONFIG: missing ones are passed over, the first to name a thing wins', () => {
    const [a, b] = [write('a', config('a')), write('b', `${config('b')}`.replace('clusters: [', 'clusters: [{name: a, cluster: {server: "https://late"}}, '))];
    const environment = { KUBECONFIG: `${join(folder, 'none')}::${a}:${b}` };

    expect(select({}, environment).server).to.equal('https://a:6443');
    expect(select({ context: 'b' }, environment).server).to.equal('https://b:6443');
    expect(select({ context: 'b', cluster: 'a', user: 'b' }, environment)).to.deep.include({ server: 'https://a:6443', tokenFile: join(folder, 'token-b') });
  });

  it('prefers --kubeconfig to KUBECONFIG to the home folder to the pod', () => {
    mkdirSync(join(folder, '.kube'));
    const [a, b] = [write('a', config('a')), write('b', config('b'))];
    write('.kube/config', config('home'));
    write('token', 't');
    const pod = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443', serviceAccountDirectory: folder };

    expect(select({ kubeconfig: a }, { KUBECONFIG: b, home: folder, ...pod }).server).to.equal('https://a:6443');
    expect(select({}, { KUBECONFIG: b, home: folder, ...pod }).server).to.equal('https://b:6443');
    expect(select({}, { home: folder, ...pod }).server).to.equal('https://home:6443');
    expect(select({}, { home: join(folder, 'nobody'), ...pod })).to.deep.include({ server: 'https://[fd00::1]:6443', tokenFile: join(folder, 'token') });
  });

  it('puts flags over the files, and impersonates whom they name', () => {
    const path = write('config', config('a'));
    const selection = select({ kubeconfig: path, server: 'https://other/base/', token: 'given', as: 'eve', asGroups: ['g1', 'g2'], asUid: '7', certificateAuthority: '/ca', tlsServerName: 'name', insecureSkipTlsVerify: true });

    expect(selection).to.deep.include({ server: 'https://other/base', tokenFile: undefined, impersonate: { 'impersonate-user': 'eve', 'impersonate-group': ['g1', 'g2'], 'impersonate-uid': '7' } });
    expect(selection.cluster).to.deep.include({ 'certificate-authority': '/ca', 'tls-server-name': 'name', 'insecure-skip-tls-verify': true });
    expect(selection.user).to.include({ token: 'given' }).and.not.have.property('exec');
  });

  it('needs no kubeconfig when a server is given', () => {
    expect(select({ server: 'http://127.0.0.1:8001' }, { home: folder })).to.deep.include({ server: 'http://127.0.0.1:8001', source: 'the flags' });
  });

  it('names file or context and the cure when it cannot choose', () => {
    const path = write('config', config('a'));
    const cases: [ClusterError, RegExp][] = [
      [refused({ kubeconfig: join(folder, 'none') }), /^Could not read the kubeconfig .*none: ENOENT$/],
      [refused({}, { home: folder }), /^There is no kubeconfig at .*\.kube\/config, and this is no pod$/],
      [refused({ kubeconfig: path, context: 'prod' }), /^There is no context "prod" in .*config$/],
      [refused({ kubeconfig: path, user: 'x' }), /^There is no user "x" in/],
      [refused({ kubeconfig: write('text', 'just text') }), /is not a kubeconfig/],
      [refused({ kubeconfig: write('empty', '') }), /^No cluster is chosen/],
      [refused({ kubeconfig: write('bad', config('a', 'ftp://a')) }), /is not an http or https address$/],
      [refused({ kubeconfig: path, asGroups: ['g'] }), /impersonated without a user/],
    ];

    for (const [error, message] of cases) {
      expect(error).to.include({ code: 'KUBECONFIG', retry: false, exitCode: 10 });
      expect(error.message).to.match(message);
      expect(error.hint, error.message).to.be.a('string').that.is.not.empty;
    }
  });

  it('does not quote a broken file, which may hold a credential', () => {
    const error = refused({ kubeconfig: write('broken', 'users:\n- name: a\n  user: {token: canary-token\n') });

    expect(error.message).to.match(/is not YAML \(line \d+\)$/);
    expect(JSON.stringify([error.message, error.hint, String(error.cause)])).not.to.contain('canary');
  });
});
