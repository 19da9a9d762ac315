import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openCluster } from '../../../src/cluster/reader.js';
import type { ClusterEnvironment, ClusterOptions } from '../../../src/cluster/options.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import type { ClusterReader } from '../../../src/model/cluster-reader.js';
import type { ClusterSettings } from '../../../src/model/settings.js';
import { sendJson, startApiServerDouble, status, type ApiServerDouble, type DoubleOptions } from '../../support/api-server-double.js';
import { makeCertificates } from '../../support/certificates.js';
import { CLUSTER_OPTIONS, NO_SETTINGS, writeKubeconfig } from '../../support/cluster-settings.js';
import { failure } from '../../support/double-transport.js';

const certificates = makeCertificates();
const EVER = new AbortController().signal;

describe('credentials of openCluster', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-credentials-'));
  let double: ApiServerDouble | undefined;
  let cluster: ClusterReader | undefined;
  /** The server lets in who sends this. */
  let accepted: string;
  afterEach(async () => {
    await cluster?.close();
    await double?.close();
    cluster = double = undefined;
  });
  const serve = async (options: Partial<DoubleOptions> = {}): Promise<object> => {
    double = await startApiServerDouble({ protocol: 'h2', certificates, ...options }, (exchange) => {
      const known = exchange.request.headers.authorization === accepted || accepted === '*';
      sendJson(exchange, known ? { gitVersion: 'v1.36.3' } : status(401, 'Unauthorized', 'Unauthorized'), known ? 200 : 401);
    });
    return { server: double.url, 'certificate-authority': join(certificates.folder, 'ca.crt') };
  };
  const open = async (settings: Partial<ClusterSettings>, environment: ClusterEnvironment = {}, options: Partial<ClusterOptions> = {}): Promise<ClusterReader> =>
    (cluster = await openCluster({ ...NO_SETTINGS, ...settings }, environment, { ...CLUSTER_OPTIONS, ...options }));
  /** A credential plugin; `body` is shell. */
  const plugin = (name: string, body: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${body}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const execUser = (command: string): object => ({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command, env: null } });
  const tokenAnswer = (token: string, more = ''): string => `echo '{"kind":"ExecCredential","status":{"token":"${token}"${more}}}'`;

  it('sends token, impersonation and nothing of the flags that it was not given', async () => {
    accepted = 'Bearer sesame';
    const kubeconfig = writeKubeconfig(await serve(), { token: 'sesame' });
    await (await open({ kubeconfig, as: 'eve', asGroups: ['g1', 'g2'] })).serverVersion(EVER);

    expect(double?.seen[0]?.headers).to.include({ 'impersonate-user': 'eve', 'impersonate-group': 'g1, g2' });
    expect(cluster?.name).to.equal(double?.url);
  });

  it('asks the credential plugin again after a 401, once for many requests', async () => {
    const count = join(folder, 'count');
    const command = plugin('count-plugin', `echo x >> ${count}\nn=$(wc -l < ${count} | tr -d ' ')\n${tokenAnswer("'$n'")}`);
    accepted = 'Bearer 2';
    const reader = await open({ kubeconfig: writeKubeconfig(await serve(), execUser(command)) });
    const versions = await Promise.all(Array.from({ length: 10 }, () => reader.serverVersion(EVER)));

    expect(versions).to.deep.equal(Array.from({ length: 10 }, () => 'v1.36.3'));
    expect(readFileSync(count, 'utf8')).to.equal('x\nx\n');
  });

  it('answers UNAUTHORIZED when new credentials do not help, without running the plugin for each request', async () => {
    const count = join(folder, 'count-useless');
    const command = plugin('useless-plugin', `echo x >> ${count}\n${tokenAnswer('canary-token')}`);
    accepted = 'nobody';
    const reader = await open({ kubeconfig: writeKubeconfig(await serve(), execUser(command)) });

    for (let i = 0; i < 5; i++) {
      const error = await failure<ClusterError>(reader.serverVersion(EVER));
      expect(error).to.include({ code: 'UNAUTHORIZED', status: 401, retry: false });
      expect(error.message).not.to.contain('canary');
    }
    expect(readFileSync(count, 'utf8')).to.equal('x\nx\n');
  });

  it('tells the plugin what client-go tells it, and renews before its token expires', async () => {
    const seen = join(folder, 'info');
    const command = plugin('info-plugin', `echo "$KUBERNETES_EXEC_INFO" >> ${seen}\n${tokenAnswer('sesame', ',"expirationTimestamp":"2020-01-01T00:00:00Z"')}`);
    accepted = 'Bearer sesame';
    await (await open({ kubeconfig: writeKubeconfig(await serve(), execUser(command)) })).serverVersion(EVER);

    expect(JSON.parse(readFileSync(seen, 'utf8').split('\n')[0] ?? '')).to.deep.equal({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', spec: { interactive: false } });
  });

  it('says what is wrong with a plugin, without anything that it printed as an answer', async () => {
    const cases: [string, RegExp][] = [
      [join(folder, 'absent'), /^The credential plugin .*absent of context "one" of .* failed: .*ENOENT$/],
      [plugin('failing', 'echo "please log in; eyJhbGciOiJSUzI1NiIsImtpZCI6Im canary-canary-canary-canary" >&2; exit 1'), /failed: please log in; … …$/],
      [plugin('garbled', 'echo canary-token'), /failed: it answered no ExecCredential$/],
      [plugin('empty', `echo '{"kind":"ExecCredential","status":{}}'`), /gave neither token nor certificate$/],
      [plugin('statusless', `echo '{"kind":"ExecCredential"}'`), /failed: it answered no ExecCredential$/],
    ];

    for (const [command, message] of cases) {
      const error = await failure<ClusterError>(open({ kubeconfig: writeKubeconfig({ server: 'https://127.0.0.1:1' }, execUser(command)) }));
      expect(error).to.include({ code: 'KUBECONFIG', retry: false });
      expect(error.message).to.match(message).and.not.contain('canary');
      expect(error.hint).to.be.a('string');
    }
  });

  it('gives up credentials that do not come in time', async () => {
    const kubeconfig = writeKubeconfig({ server: 'https://127.0.0.1:1' }, execUser(plugin('waiting', 'exec sleep 5')));
    const error = await failure<ClusterError>(open({ kubeconfig }, {}, { timeouts: { credentialsMs: 100 } }));

    expect(error.message).to.match(/did not come within 0.1 s$/);
  });

  it('stays with the context and the server that it began with', async () => {
    accepted = 'Bearer first';
    const server = await serve();
    const kubeconfig = writeKubeconfig(server, { token: 'first' });
    const reader = await open({ kubeconfig });
    await reader.serverVersion(EVER);
    const document = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { clusters: unknown[]; users: unknown[]; contexts: unknown[] };
    document.clusters.push({ name: 'two', cluster: { server: 'https://127.0.0.1:1' } });
    document.contexts.push({ name: 'two', context: { cluster: 'two' } });
    document.users = [{ name: 'one', user: { token: 'second' } }];
    writeFileSync(kubeconfig, JSON.stringify({ ...document, 'current-context': 'two' }));
    accepted = 'Bearer second';
    expect(await reader.serverVersion(EVER)).to.equal('v1.36.3');

    await reader.close();
    const again = await open({ kubeconfig, context: 'one' });
    writeFileSync(kubeconfig, readFileSync(kubeconfig, 'utf8').replace(String(double?.port), '1').replace('second', 'third'));
    accepted = 'Bearer third';
    const error = await failure<ClusterError>(again.serverVersion(EVER));
    expect(error).to.include({ code: 'KUBECONFIG' });
    expect(error.message).to.match(/^The server of context "one" of .* changed from https:.* to https:\/\/127.0.0.1:1\/$/);
  });

  it('follows a token file that rotates, in a pod too', async () => {
    writeFileSync(join(folder, 'token'), 'first\n');
    writeFileSync(join(folder, 'ca.crt'), certificates.ca);
    accepted = 'Bearer first';
    await serve();
    const pod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(double?.port), serviceAccountDirectory: folder };
    const reader = await open({}, pod, { timeouts: { tokenFileMs: 0 } });
    await reader.serverVersion(EVER);
    writeFileSync(join(folder, 'token'), 'second\n');
    accepted = 'Bearer second';

    expect(await reader.serverVersion(EVER)).to.equal('v1.36.3');
    expect(double?.seen).to.have.lengthOf(2);
  });

  it('reads a token file at once when the server refuses the old token', async () => {
    writeFileSync(join(folder, 'token2'), 'first');
    accepted = 'Bearer first';
    const reader = await open({ kubeconfig: writeKubeconfig(await serve(), { tokenFile: join(folder, 'token2') }) });
    await reader.serverVersion(EVER);
    writeFileSync(join(folder, 'token2'), 'second');
    accepted = 'Bearer second';

    expect(await reader.serverVersion(EVER)).to.equal('v1.36.3');
  });

  it('shows a client certificate, from files or data, and says when it cannot be read', async () => {
    accepted = '*';
    const server = await serve({ requireClientCertificate: true });
    const [cert, key] = ['client.crt', 'client.key'].map((name) => join(certificates.folder, name)) as [string, string];
    const base64 = (path: string): string => readFileSync(path).toString('base64');

    expect(await (await open({ kubeconfig: writeKubeconfig(server, { 'client-certificate': cert, 'client-key': key }) })).serverVersion(EVER)).to.equal('v1.36.3');
    await cluster?.close();
    expect(await (await open({ kubeconfig: writeKubeconfig(server, { 'client-certificate-data': base64(cert), 'client-key-data': base64(key) }) })).serverVersion(EVER)).to.equal('v1.36.3');
    await cluster?.close();
    expect(await failure((await open({ kubeconfig: writeKubeconfig(server, {}) })).serverVersion(EVER))).to.include({ code: 'TLS' });
    await cluster?.close();
    expect(await failure((await open({ kubeconfig: writeKubeconfig(server, { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' }) })).serverVersion(EVER))).to.include({ code: 'KUBECONFIG' });
    await cluster?.close();
    const absent = await failure<ClusterError>(open({ kubeconfig: writeKubeconfig(server, { 'client-certificate': '/none.crt', 'client-key': key }) }));
    expect(absent.message).to.match(/^Could not read a file of context "one" of .*: \/none.crt: ENOENT$/);
  });

  it('works without verification when told to, and over plain http', async () => {
    accepted = '*';
    await serve();
    const kubeconfig = writeKubeconfig({ server: double?.url }, {});
    expect(await (await open({ kubeconfig, insecureSkipTlsVerify: true })).serverVersion(EVER)).to.equal('v1.36.3');
    await cluster?.close();
    await double?.close();
    await serve({ protocol: 'plain' });

    expect(await (await open({ server: double?.url })).serverVersion(EVER)).to.equal('v1.36.3');
  });
});
