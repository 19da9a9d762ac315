import { expect } from 'chai';
import { compareCommits, type ComparisonNotes } from '../../../src/inspect/compare-commits.js';
import type { SelectionRequest } from '../../../src/inspect/selection.js';
import type { CanonicalPolicy } from '../../../src/canon/canonicaliser.js';
import type { ObjectDifference } from '../../../src/model/comparison.js';
import type { CommitInfo } from '../../../src/model/tape.js';
import type { TestRepository } from '../../support/history.js';
import { testPolicy } from '../../support/mirror-run.js';
import { all, cleanUp, configMap, deployment, historyOf, newRepository, secret, select, SIGNAL } from './support.js';

const PLAIN = testPolicy({ secrets: 'plain', digestKey: null });

function withRules(rules: string, policy = testPolicy()): CanonicalPolicy {
  return { ...policy, packs: [...policy.packs, { name: 'ours.yaml', text: `apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n${rules}` }] };
}

describe('inspect/compare-commits', () => {
  let repository: TestRepository;
  afterEach(cleanUp);

  const put = (type: string, object: object): Record<string, string> => Object.fromEntries([repository.file(type, object)]);
  const remove = (type: string, object: object): Record<string, null> => ({ [repository.file(type, object)[0]]: null });

  async function compare(before: CommitInfo, after: CommitInfo, request: SelectionRequest = {}, reveal = false): Promise<{ found: ObjectDifference[]; notes: ComparisonNotes; reads: number }> {
    const history = historyOf(repository);
    const comparison = compareCommits(history, history.snapshot(before), history.snapshot(after), select(request), { reveal }, SIGNAL);
    const found = await all(comparison);
    return { found, notes: comparison.notes, reads: history.reads };
  }

  const told = (found: readonly ObjectDifference[]): string[] => found.map(({ id, change, fields }) => `${change} ${id.namespace}/${id.name}${fields.map(({ path }) => ` ${path}`).join('')}`);

  it('tells what was added, removed and changed, both ways round', async () => {
    repository = await newRepository();
    const a = repository.commit({ ...put('configmaps', configMap('shop', 'same')), ...put('configmaps', configMap('shop', 'gone')), ...put('deployments.apps', deployment('shop', 'web', 2)) });
    const b = repository.commit({ ...remove('configmaps', configMap('shop', 'gone')), ...put('configmaps', configMap('dev', 'new')), ...put('deployments.apps', deployment('shop', 'web', 5)) });
    const { found, notes } = await compare(a, b);
    expect(told(found)).to.deep.equal(['added dev/new', 'removed shop/gone', 'changed shop/web spec.replicas']);
    expect(found[2]?.fields[0]).to.deep.include({ before: 2, after: 5, class: 'intent' });
    expect([found[2]?.kind, found[2]?.apiVersion, found[0]?.before, found[1]?.after]).to.deep.equal(['Deployment', 'apps/v1', null, null]);
    expect(notes).to.deep.equal({ rulesDiffer: false, rewritten: 0, leftOut: new Map(), incomparable: [] });
    expect(told((await compare(b, a)).found)).to.deep.equal(['removed dev/new', 'added shop/gone', 'changed shop/web spec.replicas']);
    expect((await compare(b, b)).found).to.deep.equal([]);
  });

  it('keeps to what was asked for, by labels of either side', async () => {
    repository = await newRepository();
    const a = repository.commit({ ...put('configmaps', configMap('shop', 'a')), ...put('deployments.apps', deployment('shop', 'web', 2)) });
    const b = repository.commit({ ...put('configmaps', configMap('shop', 'a', { a: '2' })), ...put('deployments.apps', deployment('shop', 'web', 5)) });
    expect(told((await compare(a, b, { objects: ['cm'] })).found)).to.deep.equal(['changed shop/a data.a']);
    expect(told((await compare(a, b, { selector: 'app=web' })).found)).to.deep.equal(['changed shop/web spec.replicas']);
    expect(told((await compare(a, b, { namespaces: ['dev'] })).found)).to.deep.equal([]);
  });

  it('sees no difference in what was only rewritten, and reports a real one beside it', async () => {
    repository = await newRepository();
    const stdin = (replicas: number, name = 'web'): object => deployment('shop', name, replicas, 'nginx:1', { stdin: true });
    const a = repository.commit({ ...put('deployments.apps', stdin(2)), ...put('deployments.apps', stdin(1, 'db')) });
    repository.recanonicalise(withRules('- id: ours/stdin\n  class: controller\n  match: {}\n  drop: ["spec.template.spec.containers[*].stdin"]\n'));
    const b = repository.commit(put('deployments.apps', stdin(3)));
    for (const [from, to] of [[a, b], [b, a]] as const) {
      const { found, notes } = await compare(from, to);
      expect(told(found)).to.deep.equal(['changed shop/web spec.replicas']);
      expect([notes.rulesDiffer, notes.rewritten]).to.deep.equal([true, 1]);
      expect(found[0]?.before?.text).to.not.contain('stdin');
    }
  });

  it('leaves out what a rule or filter of either commit leaves out, and counts it', async () => {
    repository = await newRepository();
    const a = repository.commit({ ...put('configmaps', configMap('shop', 'a')), ...put('deployments.apps', deployment('shop', 'web', 2)) });
    repository.recanonicalise({ ...withRules('- id: ours/no-maps\n  class: noise\n  match: {resources: [configmaps]}\n  skip: true\n'), filter: { include: [], exclude: [{ names: ['hidden'] }] } });
    const b = repository.commit(remove('deployments.apps', deployment('shop', 'web', 2)));
    const c = repository.commit({ 'namespaces/shop/configmaps/a.yaml': null });
    repository.recanonicalise(testPolicy());
    const d = repository.commit(put('deployments.apps', deployment('shop', 'hidden', 1)));
    expect(told((await compare(a, b)).found)).to.deep.equal(['removed shop/web']);
    const { found, notes } = await compare(a, c);
    expect(told(found)).to.deep.equal(['removed shop/web']);
    expect(notes.leftOut).to.deep.equal(new Map([['ours/no-maps', 1]]));
    expect((await compare(c, d)).notes.leftOut).to.deep.equal(new Map([['filter/exclude', 1]]));
  });

  it('takes a value that moved into an allocated line for the same', async () => {
    repository = await newRepository(testPolicy({ packs: [] }));
    const service = (clusterIP: object, port = 80): object => ({ metadata: { name: 'web', namespace: 'shop' }, spec: { ...clusterIP, ports: [{ port }] } });
    const a = repository.commit(put('services', service({ clusterIP: '10.0.0.7' })));
    repository.recanonicalise(testPolicy());
    const [path, text] = repository.file('services', service({}));
    const b = repository.commit({ [path]: `# kubetape:allocated spec.clusterIP: 10.0.0.7\n${text}` });
    const c = repository.commit({ [path]: `# kubetape:allocated spec.clusterIP: 10.0.0.7\n${repository.file('services', service({}, 81))[1]}` });
    expect((await compare(a, b)).found).to.deep.equal([]);
    expect(told((await compare(c, a)).found)).to.deep.equal(['changed shop/web spec.ports[80/TCP] spec.ports[81/TCP]']);
  });

  it('says that digests with different keys cannot be compared, but tells other changes of the Secret', async () => {
    repository = await newRepository();
    const db = (password: string, labels = {}): object => ({ ...secret('shop', 'db', { password }), metadata: { name: 'db', namespace: 'shop', labels } });
    const a = repository.commit(put('secrets', db('one')));
    const same = repository.commit(put('secrets', db('two')));
    repository.recanonicalise(testPolicy({ digestKey: Buffer.alloc(32, 9) }));
    const b = repository.commit(put('secrets', db('one')));
    const c = repository.commit(put('secrets', db('longer', { a: 'b' })));
    expect(told((await compare(a, same)).found)).to.deep.equal(['changed shop/db kubetape:digest data.password']);
    const { found, notes } = await compare(a, b);
    expect(found).to.deep.equal([]);
    expect(notes.incomparable).to.deep.equal([{ group: '', resource: 'secrets', namespace: 'shop', name: 'db' }]);
    const more = await compare(a, c);
    expect(told(more.found)).to.deep.equal(['changed shop/db metadata.labels.a kubetape:digest data.password']);
    expect(JSON.stringify(more.found)).to.not.contain('hmac');
  });

  it('shows no value of a Secret, and which key changed; also from plain to digest', async () => {
    repository = await newRepository(PLAIN);
    const a = repository.commit(put('secrets', secret('shop', 'db', { password: 'canary1', user: 'me' })));
    const b = repository.commit(put('secrets', secret('shop', 'db', { password: 'canary2', user: 'me' })));
    repository.recanonicalise(testPolicy());
    const c = repository.commit(put('configmaps', configMap('shop', 'a')));
    const hidden = await compare(a, b);
    expect(told(hidden.found)).to.deep.equal(['changed shop/db data.password']);
    expect(JSON.stringify(hidden.found)).to.not.match(/canary|Y2FuYXJ5/);
    expect((await compare(a, b, {}, true)).found[0]?.fields[0]?.after).to.equal(Buffer.from('canary2').toString('base64'));
    const mixed = await compare(b, c);
    expect(told(mixed.found)).to.deep.equal(['added shop/a']);
    expect(mixed.notes.incomparable).to.have.length(1);
  });

  it('reads nothing that is equal', async () => {
    repository = await newRepository();
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => repository.file('configmaps', configMap('shop', `c${i}`))));
    const a = repository.commit(many);
    const b = repository.commit(put('configmaps', configMap('shop', 'c7', { a: '2' })));
    const { found, reads } = await compare(a, b);
    expect(found).to.have.length(1);
    // Two contents, and types, policy and packs of both commits.
    expect(reads).to.be.lessThan(12);
  });
});
