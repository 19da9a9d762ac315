import { expect } from 'chai';
import { blame, type Blame } from '../../../src/inspect/blame.js';
import type { TestRepository } from '../../support/history.js';
import { testPolicy } from '../../support/mirror-run.js';
import { cleanUp, deployment, historyOf, newRepository, secret, select, SIGNAL } from './support.js';

describe('inspect/blame', () => {
  let repository: TestRepository;
  /** Words for commits, by their ids. */
  let subjects: Map<string, string>;
  beforeEach(async () => {
    repository = await newRepository();
    subjects = new Map();
  });
  afterEach(cleanUp);

  function commit(subject: string, type: string, object: object | null, of: object = object ?? {}, comments = ''): void {
    const [path, text] = repository.file(type, of);
    subjects.set(repository.commit({ [path]: object === null ? null : comments + text }, { subject }).oid, subject);
  }

  async function blamed(word: string, reveal = false): Promise<Blame> {
    const history = historyOf(repository);
    return blame(history, history.snapshot(history.head()), select(word), { reveal }, SIGNAL);
  }

  const fields = (told: Blame): Record<string, string> => Object.fromEntries(told.fields.map(({ path, commit: { oid } }) => [path, subjects.get(oid) ?? '?']));
  const lines = (told: Blame): string[] => told.lines.map(({ text, commit: { oid } }) => `${subjects.get(oid) ?? '?'} ${text}`);

  const web = (containers: object[], more: object = {}): object => ({ metadata: { name: 'web', namespace: 'shop' }, spec: { template: { spec: { containers, ...more } } } });

  it('annotates every line of the text with the commit that last set it', async () => {
    const script = 'one\ntwo\n';
    commit('create', 'deployments.apps', web([{ name: 'web', image: 'nginx:1', args: ['-v'] }]));
    commit('sidecar', 'deployments.apps', web([{ name: 'sidecar', image: 'envoy', command: ['sh', script] }, { name: 'web', image: 'nginx:1', args: ['-v'] }]));
    commit('image', 'deployments.apps', web([{ name: 'sidecar', image: 'envoy', command: ['sh', script] }, { name: 'web', image: 'nginx:2', args: ['-v'] }]), undefined, '# kubetape:applier helm\n');
    commit('volumes', 'deployments.apps', web([{ name: 'sidecar', image: 'envoy', command: ['sh', script] }, { name: 'web', image: 'nginx:2', args: ['-v', '-x'] }], { volumes: [], nodeSelector: {} }), undefined, '# kubetape:applier helm\n');
    const told = await blamed('deploy/web');
    expect(lines(told)).to.deep.equal([
      'image # kubetape:applier helm',
      'create apiVersion: apps/v1',
      'create kind: Deployment',
      'create metadata:',
      'create   name: web',
      'create   namespace: shop',
      'create spec:',
      'create   template:',
      'create     spec:',
      'create       containers:',
      'sidecar       - name: sidecar',
      'sidecar         command:',
      'sidecar         - sh',
      'sidecar         - |',
      'sidecar           one',
      'sidecar           two',
      'sidecar         image: envoy',
      'create       - name: web',
      'create         args:',
      'create         - -v',
      'volumes         - -x',
      'image         image: nginx:2',
      'volumes       nodeSelector: {}',
      'volumes       volumes: []',
    ]);
    expect(fields(told)).to.deep.include({ 'spec.template.spec.containers[web].image': 'image', 'spec.template.spec.containers[web].name': 'create', 'spec.template.spec.nodeSelector': 'volumes' });
    expect([told.kind, told.apiVersion, told.redacted]).to.deep.equal(['Deployment', 'apps/v1', false]);
  });

  it('ends at the re-creation of an object', async () => {
    commit('create', 'deployments.apps', deployment('shop', 'web', 1));
    commit('delete', 'deployments.apps', null, deployment('shop', 'web', 1));
    commit('again', 'deployments.apps', deployment('shop', 'web', 1));
    commit('scale', 'deployments.apps', deployment('shop', 'web', 2));
    const told = fields(await blamed('deploy/web'));
    expect([told['spec.replicas'], told['metadata.name'], told['spec.template.spec.containers[web].image']]).to.deep.equal(['scale', 'again', 'again']);
  });

  it('sees through commits that rewrite the tree, and no other commit gets the blame', async () => {
    commit('create', 'deployments.apps', deployment('shop', 'web', 1, 'nginx:1', { stdin: true }));
    const ours = { name: 'ours.yaml', text: 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n- id: ours/stdin\n  class: controller\n  match: {}\n  drop: ["spec.template.spec.containers[*].stdin"]\n' };
    repository.recanonicalise(testPolicy({ packs: [...testPolicy().packs, ours] }));
    commit('scale', 'deployments.apps', deployment('shop', 'web', 2, 'nginx:1', { stdin: true }));
    const told = fields(await blamed('deploy/web'));
    expect(new Set(Object.values(told))).to.deep.equal(new Set(['create', 'scale']));
    expect(told['spec.replicas']).to.equal('scale');
  });

  it('goes back no further than the revision, and reads no more versions than it needs', async () => {
    for (let i = 0; i < 30; i++) commit(`v${i}`, 'deployments.apps', { ...deployment('shop', 'web', i), metadata: { name: 'web', namespace: 'shop', labels: { v: `${i}` } } });
    const history = historyOf(repository);
    const old = history.commit(history.commit(history.head().parents[0] ?? '').parents[0] ?? '');
    const told = await blame(history, history.snapshot(old), select('deploy/web'), { reveal: false }, SIGNAL);
    expect(fields(told)['spec.replicas']).to.equal('v27');
  });

  it('hides the values of a Secret and knows since when they are as they are', async () => {
    repository = await newRepository(testPolicy({ secrets: 'plain', digestKey: null }));
    commit('create', 'secrets', secret('shop', 'db', { password: 'canary1', user: 'me' }));
    commit('rotate', 'secrets', secret('shop', 'db', { password: 'canary2', user: 'me' }));
    const told = await blamed('secret/db');
    expect(told.redacted).to.equal(true);
    expect(JSON.stringify(told)).to.not.match(/canary|Y2FuYXJ5/);
    expect([fields(told)['data.password'], fields(told)['data.user']]).to.deep.equal(['rotate', 'create']);
    expect(lines(told).filter((line) => line.startsWith('rotate'))).to.have.length(1);
    expect((await blamed('secret/db', true)).fields.find(({ path }) => path === 'data.password')?.value).to.equal(Buffer.from('canary2').toString('base64'));
  });

  it('tells of digests which value is how old', async () => {
    commit('create', 'secrets', secret('shop', 'db', { password: 'one', user: 'me' }));
    commit('rotate', 'secrets', secret('shop', 'db', { password: 'two', user: 'me' }));
    const told = lines(await blamed('secret/db')).map((line) => line.replace(/hmac.*/, ''));
    expect(told.slice(0, 2)).to.deep.equal(['rotate # kubetape:digest data.password 3B ', 'create # kubetape:digest data.user 2B ']);
  });
});
