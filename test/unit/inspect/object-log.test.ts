import { expect } from 'chai';
import type { SelectionRequest } from '../../../src/inspect/selection.js';
import { objectLog, type LogRequest, type ObjectLogEntry } from '../../../src/inspect/object-log.js';
import { digestToComment } from '../../../src/canon/comments.js';
import type { TestRepository } from '../../support/history.js';
import { testPolicy } from '../../support/mirror-run.js';
import { all, cleanUp, configMap, deployment, historyOf, newRepository, secret, select, SIGNAL } from './support.js';

describe('inspect/object-log', () => {
  let repository: TestRepository;
  beforeEach(async () => {
    repository = await newRepository();
  });
  afterEach(cleanUp);

  const put = (type: string, object: object): Record<string, string> => Object.fromEntries([repository.file(type, object)]);
  const remove = (type: string, object: object): Record<string, null> => ({ [repository.file(type, object)[0]]: null });

  async function log(request: SelectionRequest | string = {}, more: Partial<LogRequest> = {}): Promise<ObjectLogEntry[]> {
    const history = historyOf(repository);
    return all(objectLog(history, { from: history.head(), selection: select(request), ...more }, SIGNAL));
  }

  const told = (entries: readonly ObjectLogEntry[]): string[] =>
    entries.flatMap(({ objects }) => objects.map(({ verb, id, phrases }) => `${verb} ${id.namespace}/${id.resource}/${id.name}${phrases.length === 0 ? '' : `: ${phrases.join('; ')}`}`));

  const web = (replicas: number, image?: string): object => deployment('shop', 'web', replicas, image);

  it('tells what changed, field by field, newest first, with managers and time', async () => {
    const first = repository.commit(put('deployments.apps', web(2)), { event: 'baseline' });
    repository.commit(put('configmaps', configMap('shop', 'other')));
    const last = repository.commit(put('deployments.apps', web(5, 'nginx:1.26')), { subject: 'shop: two', managers: ['kubectl-edit', 'argocd'] });
    const entries = await log('deploy/web');
    expect(told(entries)).to.deep.equal(['update shop/deployments/web: spec.replicas 2 → 5; image nginx:1.25 → 1.26', 'create shop/deployments/web']);
    expect(entries[0]?.commit).to.deep.equal({ oid: last.oid, committedAt: last.committedAt, subject: 'shop: two', event: 'change', managers: ['kubectl-edit', 'argocd'] });
    expect(entries[0]?.note).to.equal(null);
    expect(entries[1]?.note?.words).to.contain('baseline');
    expect([entries[1]?.commit.oid, entries[1]?.objects[0]?.kind, entries[1]?.objects[0]?.before()]).to.deep.equal([first.oid, 'Deployment', null]);
    expect(entries[0]?.objects[0]?.after()?.body).to.have.nested.property('spec.replicas', 5);
  });

  it('follows deletion and re-creation, also of a namespace that is gone', async () => {
    const ns = { metadata: { name: 'shop' } };
    repository.commit({ ...put('deployments.apps', web(2)), ...put('namespaces', ns), ...put('deployments.apps', deployment('dev', 'web', 1)) });
    repository.commit({ ...remove('deployments.apps', web(2)), ...remove('namespaces', ns) });
    repository.commit({ ...put('deployments.apps', web(3)), ...put('namespaces', ns) });
    repository.commit({ ...remove('deployments.apps', web(2)), ...remove('namespaces', ns) });
    const lines = ['delete shop/deployments/web', 'create shop/deployments/web', 'delete shop/deployments/web', 'create shop/deployments/web'];
    expect(told(await log({ objects: ['deploy/web'], namespaces: ['shop'] }))).to.deep.equal(lines);
    expect(told(await log('deploy/web'))).to.deep.equal([...lines.slice(0, 3), 'create dev/deployments/web', ...lines.slice(3)]);
    expect(told(await log({ objects: ['deploy'], namespaces: ['sh*'] }))).to.deep.equal(lines);
    expect(told(await log({ namespaces: ['sh?p'] }))).to.deep.equal(lines);
    expect(told(await log('ns'))).to.have.length(4);
  });

  it('finds objects of namespaces that were never mirrored themselves', async () => {
    repository.commit(put('deployments.apps', web(2)));
    repository.commit(remove('deployments.apps', web(2)));
    expect(told(await log('deploy/web'))).to.deep.equal(['delete shop/deployments/web', 'create shop/deployments/web']);
  });

  it('leaves out rewrites of the tree unless asked, and tells a change after one from the rewritten file', async () => {
    repository.commit(put('deployments.apps', deployment('shop', 'web', 2, 'nginx:1.25', { stdin: true })));
    const ours = { name: 'ours.yaml', text: 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n- id: ours/stdin\n  class: controller\n  match: {}\n  drop: ["spec.template.spec.containers[*].stdin"]\n' };
    repository.recanonicalise(testPolicy({ packs: [...testPolicy().packs, ours] }));
    repository.commit(put('deployments.apps', deployment('shop', 'web', 3, 'nginx:1.25', { stdin: true })));
    expect(told(await log('deploy/web'))).to.deep.equal(['update shop/deployments/web: spec.replicas 2 → 3', 'create shop/deployments/web']);
    const everything = await log('deploy/web', { all: true });
    expect(told(everything)).to.deep.equal(['update shop/deployments/web: spec.replicas 2 → 3', 'rewrite shop/deployments/web: spec.template.spec.containers[web].stdin removed', 'create shop/deployments/web']);
    expect(everything[1]?.note?.words).to.contain('nothing happened in the cluster');
  });

  it('tells "no longer mirrored" from a deletion, and what nobody watched from what was seen', async () => {
    const first = repository.commit(put('deployments.apps', web(2)), { event: 'change' });
    const second = repository.commit(put('deployments.apps', web(3)), { event: 'catch-up' });
    repository.commit(remove('deployments.apps', web(2)), { event: 'unmirrored' });
    const entries = await log('deploy/web');
    expect(entries.map(({ objects, note }) => [objects[0]?.verb, note?.words.split(':')[0], note?.between])).to.deep.equal([
      ['unmirror', 'no longer mirrored', null],
      ['update', 'catch-up', [first.committedAt, second.committedAt]],
      ['create', undefined, undefined],
    ]);
  });

  it('shows commits of other people as such, and no file that is not an object', async () => {
    repository.commit(put('configmaps', configMap('shop', 'settings')));
    repository.commit({ 'README.md': 'by a person\n', 'namespaces/shop/notes/today.txt': 'x\n', 'namespaces/stray.yaml': 'a: 1\n' }, { event: null });
    repository.commit({ ...put('configmaps', configMap('shop', 'settings', { a: '2' })) }, { event: null, subject: 'edited' });
    const entries = await log();
    expect(told(entries)).to.deep.equal(['update shop/configmaps/settings: data.a 1 → 2', 'create shop/configmaps/settings']);
    expect([entries[0]?.commit.event, entries[0]?.note?.words]).to.deep.equal([null, 'not a commit of kubetape']);
  });

  it('keeps to the time and to the labels that were asked for', async () => {
    const [a, b] = [repository.commit(put('deployments.apps', web(2))), repository.commit(put('deployments.apps', web(3)))];
    repository.commit(put('deployments.apps', web(4)));
    expect(told(await log({}, { since: b.committedAt, until: b.committedAt }))).to.deep.equal(['update shop/deployments/web: spec.replicas 2 → 3']);
    expect(told(await log({}, { until: a.committedAt }))).to.deep.equal(['create shop/deployments/web']);
    expect(await log({ selector: 'app=web' })).to.have.length(3);
    expect(await log({ selector: 'app!=web' })).to.have.length(0);
  });

  it('never shows a value of a Secret, but which keys changed', async () => {
    repository = await newRepository(testPolicy({ secrets: 'plain', digestKey: null }));
    repository.commit(put('secrets', secret('shop', 'db', { password: 'canary1', user: 'me' })));
    repository.commit(put('secrets', secret('shop', 'db', { password: 'canary2', token: 'canary3' })));
    const [entry] = await log('secret/db');
    expect(entry?.objects[0]?.phrases).to.deep.equal(['data.password', 'data.token', 'data.user']);
    const told = JSON.stringify([entry?.objects[0]?.fields, entry?.objects[0]?.before(), entry?.objects[0]?.after()]);
    for (const value of ['canary1', 'canary2', 'canary3']) expect(told).to.not.contain(value).and.not.contain(Buffer.from(value).toString('base64').slice(0, 8));
    const [revealed] = await log('secret/db', { reveal: true });
    expect(JSON.stringify(revealed?.objects[0]?.after())).to.contain(Buffer.from('canary2').toString('base64'));
  });

  it('tells of digests which keys changed, and of digests with another key that nobody can tell', async () => {
    repository.commit(put('secrets', secret('shop', 'db', { password: 'one', user: 'me' })));
    repository.commit(put('secrets', secret('shop', 'db', { password: 'two', user: 'me' })));
    const [path, text] = repository.file('secrets', secret('shop', 'db', { password: 'two', user: 'me' }));
    const [first, second] = text.split('\n');
    const renewed = text.replace(String(first), digestToComment({ field: 'data', key: 'password', size: 3, digest: 'a'.repeat(32) })).replace(String(second), digestToComment({ field: 'data', key: 'user', size: 2, digest: 'b'.repeat(32) }));
    const policy = repository.meta()['.kubetape/policy']?.replace(/digestKey: .*/, 'digestKey: another') ?? null;
    repository.commit({ [path]: renewed, '.kubetape/policy': policy }, { event: 'catch-up' });
    const [third, changed] = await log('secret/db');
    expect(changed?.objects[0]?.phrases).to.deep.equal(['data.password changed']);
    expect(third?.objects[0]?.fields).to.deep.equal([]);
    expect(third?.objects[0]?.phrases).to.deep.equal(['the digests were made anew with another key: nobody can tell what changed']);
  });
});
