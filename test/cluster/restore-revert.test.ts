// One bad change taken back on a real control plane, three-way, while the rest of the cluster went on.
import { expect } from 'chai';
import { openHistory } from '../../src/git/open-history.js';
import { Selection, type SelectionRequest } from '../../src/inspect/selection.js';
import { systemClock } from '../../src/lib/clock.js';
import type { RestoreOptions } from '../../src/model/restore-plan.js';
import type { RestoreReport } from '../../src/model/restore-run.js';
import { NO_SNAPSHOTS } from '../../src/restore/plan/live-claims.js';
import type { PlanDeps } from '../../src/restore/plan/plan-deps.js';
import { planRevert, revertTypes, type RevertPlanned } from '../../src/restore/revert/plan-revert.js';
import { runRestore } from '../../src/restore/run/run-restore.js';
import { savePreRestore } from '../../src/restore/save.js';
import { MERGE_PATCH, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { WITH_KEY } from '../support/live.js';
import { TEST_KEY, testPolicy } from '../support/mirror-run.js';
import { git, log, tree } from '../support/repo.js';
import { withBed } from '../support/restore-bed.js';
import { EXACT, type RestoreBed, troubles } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'revert';
const meta = (name: string): Reference['metadata'] => ({ name, namespace: NS });
const map = (name: string, data: Record<string, string> = {}): Reference => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(name), data });
const container = (image: string, more: object = {}): object => ({ spec: { template: { spec: { containers: [{ name: 'c', image, ...more }] } } } });
const DEPLOYMENT: Reference = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('web'),
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1.25' }] } } },
};
const STRATEGIC = 'application/strategic-merge-patch+json';

interface Reverted {
  readonly planned: RevertPlanned;
  readonly report: RestoreReport | null;
}

let runs = 0;

describe('revert on a real control plane', () => {
  let plane: ControlPlane;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
  });
  beforeEach(async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } };
    if ((await plane.api.find(namespace)) === null) await plane.api.create(namespace);
    for (const name of ['settings', 'deleted', 'created', 'bystander', 'again']) if ((await plane.api.find(map(name))) !== null) await plane.api.delete(map(name));
    if ((await plane.api.find(DEPLOYMENT)) !== null) await plane.api.delete(DEPLOYMENT);
    await eventually(async () => (await plane.api.find(DEPLOYMENT)) === null, { describe: 'the Deployment is gone' });
    for (const object of [map('settings', { a: '1', keep: 'k' }), map('deleted', { d: '1' }), map('again', { g: '1' }), map('bystander', { b: '1' }), DEPLOYMENT]) await plane.api.create(object);
  });

  /** Plans, looks, and carries it out unless `use` says no. */
  async function revert(bed: RestoreBed, folder: string, range: readonly [string, string], request: SelectionRequest = { namespaces: [NS] }, given: Partial<RestoreOptions> & { readonly planOnly?: boolean } = {}): Promise<Reverted> {
    const { planOnly = false, ...options } = given;
    const history = await openHistory({ location: bed.repo, cacheFolder: `${folder}/cache`, now: Date.now }, bed.signal);
    try {
      const deps: PlanDeps = { reader: bed.reader, writer: bed.writer, history, snapshots: NO_SNAPSHOTS, digestKey: TEST_KEY, clock: systemClock, random: Math.random, version: 'test' };
      const [from, to] = [(await history.resolve(range[0], bed.signal)).commit, (await history.resolve(range[1], bed.signal)).commit];
      const selection = Selection.parse(request, revertTypes(deps, { from, to }));
      const scope = { everything: selection.isEverything, namespaces: request.namespaces ?? [], objects: request.objects ?? [], selector: null, exclude: [] };
      const run = `20261121T100000Z-${String(runs++).padStart(4, '0')}`;
      const planned = await planRevert(deps, { from, to, selection, scope, options: { ...EXACT, ...options }, run }, bed.signal);
      if (planOnly) return { planned, report: null };
      const report = await runRestore({ ...deps, save: savePreRestore(deps), journals: `${folder}/runs`, onEvent: () => undefined }, planned, { run, concurrency: 8, waitMs: 20_000, settleMs: 0, resumed: false }, bed.signal);
      return { planned, report };
    } finally {
      history.close();
    }
  }

  /** A, the bad change, B. */
  async function badChange(bed: RestoreBed): Promise<readonly [string, string]> {
    const before = await bed.export();
    await plane.api.patch(map('settings'), { data: { a: 'bad', came: 'bad' } }, { contentType: MERGE_PATCH });
    await plane.api.patch(DEPLOYMENT, { ...container('nginx:broken', { env: [{ name: 'BAD', value: '1' }] }) }, { contentType: STRATEGIC });
    await plane.api.patch(DEPLOYMENT, { spec: { replicas: 0 } }, { contentType: MERGE_PATCH });
    await plane.api.delete(map('deleted'));
    await plane.api.delete(map('again'));
    await plane.api.create(map('created', { c: '1' }));
    return [before, await bed.export()];
  }

  const lines = ({ planned: { plan } }: Reverted): string[] => plan.steps.map(({ action, id, reason }) => `${action} ${id.resource}/${id.name}${reason === null ? '' : `: ${reason}`}`);

  it('takes a bad change back and nothing else, and leaves what the change created', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      await plane.api.patch(map('bystander'), { data: { b: 'since' } }, { contentType: MERGE_PATCH });
      await plane.api.patch(map('settings'), { data: { theirs: 'since' } }, { contentType: MERGE_PATCH });
      const done = await revert(bed, folder, range);

      expect(lines(done).sort()).to.deep.equal([
        'create configmaps/again', 'create configmaps/deleted', 'leave configmaps/created: created by the change; kubetape does not delete it',
        'update configmaps/settings', 'update deployments/web',
      ]);
      expect(done.planned.conflicts).to.deep.equal([]);
      expect(troubles(done.report as RestoreReport)).to.deep.equal([]);
      expect((await plane.api.get(map('settings'))).data).to.deep.equal({ a: '1', keep: 'k', theirs: 'since' });
      expect((await plane.api.get(map('bystander'))).data).to.deep.equal({ b: 'since' });
      expect((await plane.api.get(map('deleted'))).data).to.deep.equal({ d: '1' });
      expect((await plane.api.get(map('created'))).data).to.deep.equal({ c: '1' });
      const { spec } = await plane.api.get(DEPLOYMENT);
      expect([spec.replicas, spec.template.spec.containers[0].image, spec.template.spec.containers[0].env]).to.deep.equal([2, 'nginx:1.25', undefined]);
    });
  });

  it('does not touch what was changed since, and says so for each field', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      await plane.api.patch(DEPLOYMENT, { spec: { replicas: 7 } }, { contentType: MERGE_PATCH });
      await plane.api.create(map('again', { g: 'other' }));
      await plane.api.delete(map('settings'));
      const done = await revert(bed, folder, range);

      expect(lines(done)).to.include.members([
        'blocked configmaps/again: the change deleted it, and it is there again with other content',
        'blocked configmaps/settings: the change changed it, and it was deleted since',
        'update deployments/web: not touched, changed since: spec.replicas (0 → 7 since)',
      ]);
      expect(done.planned.conflicts.map(({ words }) => words.split(':')[0]).sort()).to.deep.equal(['configmaps/again in revert', 'configmaps/settings in revert', 'deployments/web in revert']);
      expect(done.report?.results.filter(({ result }) => result === 'pending').map(({ id }) => id.name).sort()).to.deep.equal(['again', 'settings']);
      const { spec } = await plane.api.get(DEPLOYMENT);
      expect([spec.replicas, spec.template.spec.containers[0].image]).to.deep.equal([7, 'nginx:1.25']);
      expect((await plane.api.get(map('again'))).data).to.deep.equal({ g: 'other' });
      expect(await plane.api.find(map('settings'))).to.equal(null);
    });
  });

  it('has nothing to do when the change was taken back already, or there was none', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      await plane.api.delete(map('created'));
      await revert(bed, folder, range);
      const again = await revert(bed, folder, range);
      expect([again.planned.plan.steps, again.planned.conflicts, again.report?.results]).to.deep.equal([[], [], []]);
      const none = await revert(bed, folder, [range[1], range[1]]);
      expect([none.planned.plan.steps, none.planned.conflicts]).to.deep.equal([[], []]);
    });
  });

  it('takes back only what was named', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      const done = await revert(bed, folder, range, { objects: ['cm/settings'], namespaces: [NS] });
      expect(lines(done)).to.deep.equal(['update configmaps/settings']);
      expect((await plane.api.get(DEPLOYMENT)).spec.replicas).to.equal(0);
      expect(await plane.api.find(map('deleted'))).to.equal(null);
    });
  });

  it('writes nothing while it plans, and what it will write is a commit that can be looked at, with the branch as parent', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      const { planned } = await revert(bed, folder, range, { namespaces: [NS] }, { planOnly: true });
      expect((await plane.api.get(DEPLOYMENT)).spec.replicas).to.equal(0);
      const { oid } = planned.plan.commit;
      expect((await tree(bed.repo, oid)).map(({ path }) => path).filter((path) => !path.startsWith('.'))).to.deep.equal([
        `namespaces/${NS}/configmaps/again.yaml`, `namespaces/${NS}/configmaps/deleted.yaml`, `namespaces/${NS}/configmaps/settings.yaml`, `namespaces/${NS}/deployments.apps/web.yaml`,
      ]);
      const [commit] = await log(bed.repo, oid);
      expect(commit?.parents).to.deep.equal([range[1]]);
      expect(commit?.trailers.get('Kubetape-Reverts')).to.deep.equal([range.join('..')]);
      expect(await git(bed.repo, ['rev-parse', 'main'])).to.equal(range[1]);
      expect(planned.plan.steps.find(({ id }) => id.name === 'web')?.fields.map(({ path, before, after }) => `${path} ${JSON.stringify(before)} ${JSON.stringify(after)}`)).to.include.members(['spec.replicas 0 2']);
    });
  });

  it('is resumed like any restore: a plan of its commit, in any scope, writes those objects and no others', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      const { planned } = await revert(bed, folder, range, { namespaces: [NS] }, { planOnly: true });
      await plane.api.patch(map('bystander'), { data: { b: 'since' } }, { contentType: MERGE_PATCH });
      const plan = await bed.plan({ rev: planned.plan.commit.oid, namespaces: [NS] }, ({ plan: made }) => made);
      expect(plan.steps.map(({ action, id }) => `${action} ${id.name}`).sort()).to.deep.equal(['create again', 'create deleted', 'update settings', 'update web']);
    });
  });

  it('can itself be taken back: the state before it was saved', async () => {
    await withBed(plane, async (bed, folder) => {
      const range = await badChange(bed);
      const { report } = await revert(bed, folder, range);
      const rev = report?.saved?.replace('refs/kubetape/', '') ?? '';
      const back = await bed.restore({ rev, namespaces: [NS] });
      expect(troubles(back.report)).to.deep.equal([]);
      expect((await plane.api.get(DEPLOYMENT)).spec.replicas).to.equal(0);
      expect((await plane.api.get(map('settings'))).data).to.deep.equal({ a: 'bad', came: 'bad', keep: 'k' });
    });
  });

  it('brings a deleted custom type back with its objects', async () => {
    await withBed(plane, async (bed, folder) => {
      const definition: Reference = {
        apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'gadgets.revert.test' },
        spec: { group: 'revert.test', scope: 'Namespaced', names: { plural: 'gadgets', kind: 'Gadget' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }] },
      };
      const gadget: Reference = { apiVersion: 'revert.test/v1', kind: 'Gadget', metadata: meta('g'), spec: { size: 1 } };
      await plane.api.create(definition);
      await eventually(() => plane.api.create(gadget).then(() => true, () => false), { describe: 'the definition is served' });
      const before = await bed.export();
      await plane.api.delete(definition);
      await eventually(async () => (await plane.api.find(definition)) === null, { describe: 'the definition is gone', timeoutMs: 30_000 });
      const after = await bed.export();
      const { planned, report } = await revert(bed, folder, [before, after], { objects: ['crd/gadgets.revert.test', 'gadgets'] });
      expect(planned.conflicts).to.deep.equal([]);
      expect(troubles(report as RestoreReport)).to.deep.equal([]);
      expect((await plane.api.get(gadget)).spec).to.deep.equal({ size: 1 });
      await plane.api.delete(definition);
    });
  });

  it('blocks a Secret of which the repository holds digests only, whatever changed in it', async () => {
    await withBed(plane, async (bed, folder) => {
      const secret: Reference = { apiVersion: 'v1', kind: 'Secret', metadata: meta('password'), data: { p: 'b25l' } };
      if ((await plane.api.find(secret)) !== null) await plane.api.delete(secret);
      await plane.api.create(secret);
      const policy = testPolicy();
      const before = await bed.export({ policy, options: WITH_KEY });
      await plane.api.patch(secret, { data: { p: 'dHdv' } }, { contentType: MERGE_PATCH });
      const after = await bed.export({ policy, options: WITH_KEY });
      const { planned } = await revert(bed, folder, [before, after]);
      expect(planned.plan.steps.map(({ action, reason }) => `${action}: ${reason ?? ''}`)).to.deep.equal(['blocked: the repository holds digests of its values only (secrets: digest)']);
      expect(planned.conflicts).to.have.length(1);
      await plane.api.delete(secret);
    });
  });
});
