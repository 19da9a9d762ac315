// What is live before a restore, saved: which requests that takes, what is left out, and how quick it is.
import { join } from 'node:path';
import { expect } from 'chai';
import { Canonicaliser, type CanonicalPolicy } from '../../../src/canon/canonicaliser.js';
import { digestKeyId } from '../../../src/canon/secrets.js';
import { clusterFile, META, policyFiles, typesFile } from '../../../src/capture/meta-files.js';
import { openHistory } from '../../../src/git/open-history.js';
import { Selection } from '../../../src/inspect/selection.js';
import type { Clock } from '../../../src/lib/clock.js';
import { NO_FACTS } from '../../../src/model/canonical.js';
import { ClusterError } from '../../../src/model/cluster-error.js';
import type { ClusterReader, ListChunk } from '../../../src/model/cluster-reader.js';
import type { History } from '../../../src/model/history.js';
import type { RestorePlan, Step } from '../../../src/model/restore-plan.js';
import { typeName, type ResourceType } from '../../../src/model/resource-type.js';
import { treePath } from '../../../src/model/tree-path.js';
import type { PlanContext, PlanDeps } from '../../../src/restore/plan/plan-deps.js';
import { World } from '../../../src/restore/plan/world.js';
import { savePreRestore } from '../../../src/restore/save.js';
import { TEST_KEY, testPolicy } from '../../support/mirror-run.js';
import { fileAt, git, tree } from '../../support/repo.js';
import { idOf, plan, step } from '../../support/restore-plans.js';
import { scaled } from '../../support/scale.js';
import { commit, newFolder, openTape, removeFolders } from '../git/support.js';

const MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
const SECRETS: ResourceType = { ...MAPS, resource: 'secrets', kind: 'Secret' };
const ROLES: ResourceType = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles', kind: 'ClusterRole', namespaced: false, watchable: true };
const TYPES = [MAPS, SECRETS, ROLES];
const PLAIN = testPolicy({ secrets: 'plain', digestKey: null });
const signal = new AbortController().signal;

/** Live objects by path; everything that is asked is remembered. */
class Live implements Pick<ClusterReader, 'get' | 'list'> {
  readonly objects = new Map<string, object>();
  readonly asked: string[] = [];
  /** Thrown instead of an answer, so many times. */
  failure: { error: ClusterError; times: number; verb: 'get' | 'list' } | null = null;

  put(type: ResourceType, name: string, body: object): void {
    const namespace = type.namespaced ? 'shop' : '';
    this.objects.set(treePath({ ...type, namespace, name }), { metadata: { name, ...(namespace === '' ? {} : { namespace }), uid: 'u', resourceVersion: '5', managedFields: [] }, ...body });
  }

  async get(type: ResourceType, namespace: string, name: string): Promise<Uint8Array | null> {
    this.#ask('get', `${type.resource}/${name}`);
    const object = this.objects.get(treePath({ ...type, namespace, name }));
    return object === undefined ? null : Buffer.from(JSON.stringify({ apiVersion: type.version, kind: type.kind, ...object }));
  }

  async *list(type: ResourceType): AsyncIterable<ListChunk> {
    this.#ask('list', type.resource);
    const mine = [...this.objects].filter(([path]) => path.includes(`/${typeName(type)}/`)).map(([, object]) => JSON.stringify(object));
    for (let at = 0; at < mine.length; at += 500) {
      const part = mine.slice(at, at + 500);
      yield { kind: 'items', items: Buffer.from(part.join(',')), count: part.length };
    }
    yield { kind: 'end', resourceVersion: '5' };
  }

  #ask(verb: 'get' | 'list', what: string): void {
    this.asked.push(`${verb} ${what}`);
    if (this.failure === null || this.failure.verb !== verb || this.failure.times-- <= 0) return;
    throw this.failure.error;
  }
}

const noWait: Clock = { now: Date.now, sleep: () => Promise.resolve() };

describe('the state before a restore', () => {
  let path: string;
  let live: Live;
  let history: History;
  let deps: PlanDeps;
  beforeEach(() => {
    path = join(newFolder(), 'tape.git');
    live = new Live();
  });
  afterEach(() => {
    history.close();
    removeFolders();
  });

  /** A commit under a policy with these files. */
  async function begin(files: Readonly<Record<string, string>>, policy: CanonicalPolicy = PLAIN, digestKey: Uint8Array | null = TEST_KEY): Promise<void> {
    const tape = await openTape(path);
    const meta = policyFiles(policy, new Canonicaliser(policy).rulesHash, policy.digestKey === null ? null : digestKeyId(policy.digestKey));
    const types = typesFile(new Map(TYPES.slice(0, 2).map((type) => [typeName(type), { type, custom: false }])));
    commit(tape, { ...Object.fromEntries(meta), [META.cluster]: clusterFile({ identity: { text: 'kube-system old' }, server: 'v1' }), [META.types]: types, ...files });
    tape.close();
    history = await openHistory({ location: path, branch: 'main', cacheFolder: join(path, '..', 'cache'), now: Date.now }, signal);
    deps = { reader: live as unknown as ClusterReader, writer: null as never, history, snapshots: null as never, digestKey, clock: noWait, random: () => 0.5, version: '1.0' };
  }

  function save(steps: readonly Step[], given: Partial<RestorePlan> = {}, policy: CanonicalPolicy = PLAIN): ReturnType<ReturnType<typeof savePreRestore>> {
    const snapshot = history.snapshot(history.head());
    const selection = Selection.parse({ namespaces: ['shop'] }, new Map(TYPES.map((type) => [typeName(type), { type, custom: false }])));
    const made = plan(steps, given);
    const world = new World({ sameCluster: true, everything: false, namedNamespaces: new Set(), served: new Map(TYPES.map((type) => [typeName(type), type])), recorded: new Map(), facts: NO_FACTS });
    const context: PlanContext = { request: { snapshot, selection, scope: made.scope, options: made.options }, world, canonicaliser: new Canonicaliser(policy), uncovered: [] };
    return savePreRestore(deps)(made, context, 'r1', signal);
  }

  const REF = 'refs/kubetape/pre-restore/r1';
  const file = (name: string, type = 'configmaps'): string => `namespaces/shop/${type}/${name}.yaml`;
  const secretStep = (name: string, given: Partial<Step> = {}): Step => step(name, { id: idOf(name, { resource: 'secrets' }), kind: 'Secret', ...given });

  it('has the scope of the commit, what is live of the plan, and what only live has', async () => {
    await begin({ [file('equal')]: 'e: 1\n', [file('changed')]: 'c: 1\n', [file('absent')]: 'a: 1\n', 'namespaces/other/configmaps/x.yaml': 'x: 1\n' });
    live.put(MAPS, 'changed', { data: { live: 'yes' } });
    live.put(MAPS, 'extra', { data: { x: '1' } });
    const saved = await save([step('changed'), step('absent', { action: 'create', live: null })], { extra: [file('extra')], cluster: { ...plan().cluster, identity: 'kube-system new', server: 'v1.36' } });

    expect(saved).to.deep.equal({ ref: REF, commit: await git(path, ['rev-parse', REF]) });
    expect((await tree(path, REF)).map((entry) => entry.path).filter((each) => !each.startsWith('.'))).to.deep.equal([file('changed'), file('equal'), file('extra')]);
    expect(await fileAt(path, REF, file('changed'))).to.equal('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: changed\n  namespace: shop\ndata:\n  live: "yes"\n');
    expect(await fileAt(path, REF, META.cluster)).to.match(/kube-system new/);
    expect(live.asked.sort()).to.deep.equal(['get configmaps/absent', 'get configmaps/changed', 'get configmaps/extra']);
  });

  it('knows types that are new since the commit, and finds objects whose path does not tell their name', async () => {
    await begin({ [file('a')]: 'a: 1\n' });
    const long = `${'x'.repeat(400)}:y`;
    live.put(MAPS, 'a', {});
    live.put(ROLES, long, { rules: [] });
    const cut = treePath({ ...ROLES, namespace: '', name: long });
    await save([step('a')], { extra: [cut] });

    expect(await fileAt(path, REF, cut)).to.contain(long);
    expect(await fileAt(path, REF, META.types)).to.match(/clusterroles\.rbac\.authorization\.k8s\.io:/);
    expect(live.asked).to.include('list clusterroles');
  });

  it('is read by one list where there is much, and again when the server was busy', async () => {
    const count = 300;
    await begin(Object.fromEntries(Array.from({ length: count }, (_, i) => [file(`m${i}`), `m: ${i}\n`])));
    for (let i = 0; i < count; i++) live.put(MAPS, `m${i}`, { data: { i: String(i) } });
    live.failure = { error: new ClusterError('THROTTLED', 'busy', { retryAfterMs: 1 }), times: 2, verb: 'list' };
    await save(Array.from({ length: count }, (_, i) => step(`m${i}`)));
    expect(live.asked).to.deep.equal(['list configmaps', 'list configmaps', 'list configmaps']);
    expect(await fileAt(path, REF, file('m299'))).to.contain('i: "299"');
  });

  it('is read one by one where the type may not be listed', async () => {
    await begin({});
    for (let i = 0; i < 150; i++) live.put(MAPS, `m${i}`, {});
    live.failure = { error: new ClusterError('FORBIDDEN', 'no list'), times: 1, verb: 'list' };
    await save(Array.from({ length: 150 }, (_, i) => step(`m${i}`)));
    expect(live.asked.filter((each) => each.startsWith('get '))).to.have.length(150);
  });

  it('fails before the first write when what will be written cannot be read, and leaves nothing behind', async () => {
    await begin({ [file('a')]: 'a: 1\n', [file('b')]: 'b: 1\n' });
    live.failure = { error: new ClusterError('FORBIDDEN', 'no get'), times: 9, verb: 'get' };
    await save([step('a')]).then(() => { throw new Error('saved'); }, (error: unknown) => { expect((error as ClusterError).code).to.equal('FORBIDDEN'); });
    expect(await git(path, ['for-each-ref', 'refs/kubetape'])).to.equal('');
    live.failure = { error: new ClusterError('FORBIDDEN', 'no get'), times: 1, verb: 'get' };
    live.put(MAPS, 'b', {});
    await save([step('a', { action: 'blocked' }), step('b')]);
    expect((await tree(path, REF)).map((entry) => entry.path)).to.include(file('b')).and.not.include(file('a'));
  });

  it('holds Secrets as the commit does: plain, as digests, or not at all without the key of the digests', async () => {
    const digests = testPolicy();
    await begin({ [file('s', 'secrets')]: 's: 1\n' }, digests);
    live.put(SECRETS, 's', { data: { p: 'aHVudGVyMg==' }, type: 'Opaque' });
    live.put(MAPS, 'a', {});
    await save([secretStep('s', { action: 'skip' }), step('a')], {}, digests);
    expect(await fileAt(path, REF, file('s', 'secrets'))).to.match(/kubetape:digest data.p 7B/).and.not.contain('aHVudGVyMg');
    await git(path, ['update-ref', '-d', REF]);
    deps = { ...deps, digestKey: Buffer.alloc(32, 9) };
    await save([secretStep('s', { action: 'skip' }), step('a')], {}, digests);
    expect(await fileAt(path, REF, file('s', 'secrets'))).to.equal(null);
  });

  it('says in its message nothing that a name could forge, and no value', async () => {
    await begin({});
    const name = 'x\u001b[31m\nKubetape-Run: forged';
    live.put(SECRETS, name, { data: { p: 'aHVudGVyMg==' } });
    await save([secretStep(name, { reason: null })]);
    const message = await git(path, ['log', '-1', '--format=%B', REF]);
    expect(message.match(/^Kubetape-Run: .*$/gm)).to.deep.equal(['Kubetape-Run: r1']);
    expect(message).not.to.match(/\u001b|aHVudGVy|hunter/);
  });

  it(`takes seconds for ${scaled(3000, 30_000)} objects`, async function () {
    this.timeout(120_000);
    const count = scaled(3000, 30_000);
    await begin({});
    const value = Buffer.alloc(900, 'x').toString('base64');
    for (let i = 0; i < count; i++) live.put(SECRETS, `s${i}`, { data: { p: value, i: Buffer.from(String(i)).toString('base64') }, type: 'Opaque' });
    const steps = Array.from({ length: count }, (_, i) => secretStep(`s${i}`));
    const started = performance.now();
    await save(steps);
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`      ${count} objects saved in ${seconds.toFixed(1)} s\n`);
    expect(seconds).to.be.lessThan(count / 1000);
    expect((await tree(path, REF)).filter((entry) => entry.path.includes('/secrets/'))).to.have.length(count);
  });
});
