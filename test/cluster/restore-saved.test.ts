// The state before a restore, and the way back to it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { z } from 'zod';
import type { RestoreReport } from '../../src/model/restore-run.js';
import type { RestorePlan } from '../../src/model/restore-plan.js';
import { ClusterError } from '../../src/model/cluster-error.js';
import { RepositoryError } from '../../src/model/repository-error.js';
import { bindPlan } from '../../src/restore/plan/bind-plan.js';
import { planJson, readPlan, writePlan } from '../../src/restore/plan/plan-file.js';
import { restoreReportJson } from '../../src/restore/report/report-json.js';
import { restoreReportJUnit } from '../../src/restore/report/report-junit.js';
import { restoreReportMarkdown } from '../../src/restore/report/report-markdown.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { runRestore } from '../../src/restore/run/run-restore.js';
import type { RunDeps } from '../../src/restore/run/run-deps.js';
import { savePreRestore } from '../../src/restore/save.js';
import { MERGE_PATCH, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { exportOnce, testPolicy, withFolder } from '../support/mirror-run.js';
import { fileAt, git, log, tree } from '../support/repo.js';
import { withBed } from '../support/restore-bed.js';
import { troubles, type RestoreBed, type RestoreRequest } from '../support/restore.js';
import { canary, tracesOf } from '../support/secret-traces.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'saved';
const OTHER = 'saved-other';
const meta = (name: string, namespace = NS): Reference['metadata'] => ({ name, namespace });
const map = (name: string, data: Record<string, string>, namespace = NS): Reference => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(name, namespace), data });
const SECRET: Reference = { apiVersion: 'v1', kind: 'Secret', metadata: meta('password'), data: { p: 'aHVudGVyMg==' } };
const DEPLOYMENT: Reference = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('web'),
  spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1.25' }] } } },
};

interface Run {
  readonly plan: RestorePlan;
  readonly report: RestoreReport;
}

let runs = 0;

/** A restore that saves first. */
function restore(bed: RestoreBed, request: RestoreRequest, more: Partial<RunDeps> = {}, run = `20261121T080000Z-${String(runs++).padStart(4, '0')}`, resumed = false): Promise<Run> {
  return bed.plan(request, async (planned, deps) => {
    const saving = { ...deps, save: savePreRestore(deps), ...more };
    return { plan: planned.plan, report: await runRestore(saving, planned, { run, concurrency: 32, waitMs: 20_000, settleMs: 0, resumed }, bed.signal) };
  });
}

const schemaOf = (name: string): ReturnType<typeof z.fromJSONSchema> => z.fromJSONSchema(JSON.parse(readFileSync(join(import.meta.dirname, `../../docs/schema/${name}.v1.json`), 'utf8')) as Parameters<typeof z.fromJSONSchema>[0]);
const refOf = ({ saved }: RestoreReport): string => saved ?? 'nothing was saved';
const revOf = (report: RestoreReport): string => refOf(report).replace('refs/kubetape/', '');

describe('the state before a restore, on a real control plane', () => {
  let plane: ControlPlane;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
  });
  beforeEach(async () => {
    for (const name of [NS, OTHER]) if ((await plane.api.find({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })) === null) await plane.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (const object of [map('settings', { a: '1' }), map('kept', { k: '1' }), map('bystander', { b: '1' }), map('elsewhere', { e: '1' }, OTHER), SECRET, DEPLOYMENT]) {
      if ((await plane.api.find(object)) !== null) await plane.api.delete(object);
      await plane.api.create(object);
    }
    if ((await plane.api.find(map('extra', {}))) !== null) await plane.api.delete(map('extra', {}));
  });

  const exported = (use: (bed: RestoreBed) => Promise<void>): Promise<void> => withBed(plane, async (bed) => {
    await bed.export();
    await use(bed);
  });

  async function harm(): Promise<void> {
    await plane.api.patch(map('settings', {}), { data: { a: 'harmed', b: 'new' } }, { contentType: MERGE_PATCH });
    await plane.api.patch(DEPLOYMENT, { spec: { replicas: 7 } }, { contentType: MERGE_PATCH });
    await plane.api.patch(SECRET, { data: { p: 'b3RoZXI=' } }, { contentType: MERGE_PATCH });
    await plane.api.delete(map('kept', {}));
    await plane.api.create(map('extra', { x: '1' }));
  }

  it('is one commit beside the branch, byte by byte what a mirror would have written of the scope', async () => {
    await exported(async (bed) => {
      const head = await bed.export();
      await harm();
      // What a mirror says of the harmed state, in a repository of its own.
      const mirrored = `${bed.repo}-harmed`;
      await exportOnce(bed.reader, mirrored, { policy: testPolicy({ secrets: 'plain', digestKey: null }) });
      const { report } = await restore(bed, { namespaces: [NS] });

      expect(troubles(report)).to.deep.equal([]);
      const files = async (repo: string, rev: string): Promise<string[]> => (await tree(repo, rev)).filter(({ path }) => path.startsWith(`namespaces/${NS}/`)).map(({ path, oid }) => `${path} ${oid}`);
      expect(await files(bed.repo, refOf(report))).to.deep.equal(await files(mirrored, 'main'));
      expect((await tree(bed.repo, refOf(report))).filter(({ path }) => !path.startsWith(`namespaces/${NS}/`) && !path.startsWith('.'))).to.deep.equal([]);
      const [commit] = await log(bed.repo, refOf(report));
      expect(commit?.parents).to.deep.equal([head]);
      expect([...(commit?.trailers ?? [])].map(([key, values]) => `${key}: ${values.join()}`)).to.include.members(['Kubetape-Event: pre-restore', `Kubetape-Run: ${report.run}`, 'Kubetape-Version: test']);
      expect(commit?.body).to.match(/configmaps\/kept in saved \(absent\)/).and.not.match(/hunter|aHVudGVy|b3RoZXI/);
    });
  });

  it('is brought back by a restore of it, but for what the restore created', async () => {
    await exported(async (bed) => {
      await harm();
      const first = await restore(bed, { namespaces: [NS] });
      expect((await plane.api.get(map('settings', {}))).data).to.deep.equal({ a: '1' });
      const back = await restore(bed, { rev: revOf(first.report), namespaces: [NS] });

      expect(troubles(back.report)).to.deep.equal([]);
      expect((await plane.api.get(map('settings', {}))).data).to.deep.equal({ a: 'harmed', b: 'new' });
      expect((await plane.api.get(DEPLOYMENT)).spec.replicas).to.equal(7);
      expect((await plane.api.get(SECRET)).data).to.deep.equal({ p: 'b3RoZXI=' });
      expect(back.plan.extra).to.deep.equal([`namespaces/${NS}/configmaps/kept.yaml`]);
      const again = await exportOnce(bed.reader, `${bed.repo}-after`, { policy: testPolicy({ secrets: 'plain', digestKey: null }) });
      const oids = async (repo: string, rev: string): Promise<Map<string, string>> => new Map((await tree(repo, rev)).filter(({ path }) => path.startsWith(`namespaces/${NS}/`)).map(({ path, oid }) => [path, oid]));
      const [saved, after] = [await oids(bed.repo, refOf(first.report)), await oids(`${bed.repo}-after`, again.head?.oid ?? '')];
      after.delete(`namespaces/${NS}/configmaps/kept.yaml`);
      expect([...after]).to.deep.equal([...saved]);
    });
  });

  it('touches nothing outside of the scope that was restored, however widely it is restored', async () => {
    await exported(async (bed) => {
      await harm();
      const first = await restore(bed, { namespaces: [NS] });
      await plane.api.patch(map('elsewhere', {}, OTHER), { data: { e: 'newer' } }, { contentType: MERGE_PATCH });
      const back = await restore(bed, { rev: revOf(first.report) });

      expect(back.plan.steps.filter(({ action }) => action !== 'skip').map(({ id }) => id.namespace)).to.satisfy((names: string[]) => names.length > 0 && names.every((name) => name === NS));
      expect((await plane.api.get(map('elsewhere', {}, OTHER))).data).to.deep.equal({ e: 'newer' });
    });
  });

  it('holds what is live in the whole cluster when all of it is restored', async () => {
    await exported(async (bed) => {
      await harm();
      const { report } = await restore(bed, {});
      expect(await fileAt(bed.repo, refOf(report), `namespaces/${NS}/configmaps/settings.yaml`)).to.match(/harmed/);
      expect(await fileAt(bed.repo, refOf(report), `namespaces/${NS}/configmaps/kept.yaml`)).to.equal(null);
      expect(await fileAt(bed.repo, refOf(report), `namespaces/${OTHER}/configmaps/elsewhere.yaml`)).to.match(/e: "1"/);
    });
  });

  it('is not made when nothing will be written', async () => {
    await exported(async (bed) => {
      const { report } = await restore(bed, { namespaces: [NS] });
      expect(report.saved).to.equal(null);
      expect(await git(bed.repo, ['for-each-ref', 'refs/kubetape'])).to.equal('');
    });
  });

  it('stays what it was when a run goes on, and is made then when the run had died before', async () => {
    await exported(async (bed) => {
      await harm();
      const run = '20261121T090000Z-abcd';
      const first = await restore(bed, { namespaces: [NS] }, {}, run);
      const saved = await git(bed.repo, ['rev-parse', refOf(first.report)]);
      await plane.api.patch(map('settings', {}), { data: { a: 'later' } }, { contentType: MERGE_PATCH });
      const second = await restore(bed, { namespaces: [NS] }, {}, run, true);
      expect(refOf(second.report)).to.equal(refOf(first.report));
      expect(await git(bed.repo, ['rev-parse', refOf(second.report)])).to.equal(saved);

      await plane.api.patch(map('settings', {}), { data: { a: 'again' } }, { contentType: MERGE_PATCH });
      const dead = '20261121T090000Z-dead';
      await restore(bed, { namespaces: [NS] }, { save: () => Promise.reject(new ClusterError('UNREACHABLE', 'cut')) }, dead).then(() => { throw new Error('it ran'); }, (error: unknown) => { expect(error).to.be.instanceOf(ClusterError); });
      expect((await plane.api.get(map('settings', {}))).data.a).to.equal('again');
      const third = await restore(bed, { namespaces: [NS] }, {}, dead, true);
      expect(await fileAt(bed.repo, refOf(third.report), `namespaces/${NS}/configmaps/settings.yaml`)).to.match(/again/);
    });
  });

  it('refuses the restore before the first write when no repository takes it', async () => {
    await exported(async (bed) => {
      await harm();
      const failing = bed.plan({ namespaces: [NS] }, async (planned, deps) => {
        const history = Object.assign(Object.create(deps.history) as typeof deps.history, {
          side: () => null,
          beginSide: () => { throw new RepositoryError('FULL', 'No space left: writing objects failed', { hint: 'Make room' }); },
        });
        return runRestore({ ...deps, save: savePreRestore({ ...deps, history }) }, planned, { run: 'r', concurrency: 4, waitMs: 1000, settleMs: 0, resumed: false }, bed.signal);
      });
      const error = await failing.then(() => null, (reason: unknown) => reason as { code: string; exitCode: number; hint: string });
      expect([error?.code, error?.exitCode, error?.hint]).to.deep.equal(['NOT_SAVED', 5, 'Make room']);
      expect((await plane.api.get(map('settings', {}))).data.a).to.equal('harmed');
    });
  });

  it('is told of by plan and report, which are documents of their schemas and hold no value of a Secret', async () => {
    await exported(async (bed) => {
      const value = canary();
      await harm();
      await plane.api.patch(SECRET, { data: { p: Buffer.from(value).toString('base64') } }, { contentType: MERGE_PATCH });
      const { plan, report } = await restore(bed, { namespaces: [NS] });
      const outcome = { plan, report, exitCode: reportExitCode(report) };
      for (const [name, text] of [['plan', planJson(plan)], ['restore-report', restoreReportJson(outcome)]] as const) {
        const checked = schemaOf(name).safeParse(JSON.parse(text));
        expect(checked.success, `${name}: ${checked.error?.message ?? ''}`).to.equal(true);
      }
      expect(plan.steps.find(({ id }) => id.resource === 'secrets')?.fields).to.have.length.greaterThan(0);
      for (const text of [planJson(plan), restoreReportJson(outcome), restoreReportMarkdown(outcome), restoreReportJUnit(outcome)]) {
        expect(tracesOf(value, text)).to.deep.equal([]);
        expect(text).not.to.match(/hunter2|aHVudGVy/);
      }
      expect(restoreReportMarkdown(outcome)).to.contain(revOf(report));
    });
  });

  it('acceptance 21: a plan from a file is done as far as it still holds', async () => {
    await withFolder(async (folder) => {
      await exported(async (bed) => {
        await harm();
        const path = join(folder, 'plan.json');
        await bed.plan({ namespaces: [NS] }, ({ plan }) => { writePlan(path, plan); });
        // Moved, equal by now, and absent when it was planned to be updated.
        await plane.api.patch(map('settings', {}), { data: { c: 'moved' } }, { contentType: MERGE_PATCH });
        await plane.api.create(map('kept', { k: '1' }));
        await plane.api.patch(map('bystander', {}), { data: { b: 'harmed since' } }, { contentType: MERGE_PATCH });
        const report = await bed.plan({ namespaces: [NS] }, async (fresh, deps) => runRestore({ ...deps, save: savePreRestore(deps) }, bindPlan(readPlan(path), fresh), { run: `20261121T110000Z-${String(runs++).padStart(4, '0')}`, concurrency: 4, waitMs: 5000, settleMs: 0, resumed: false }, bed.signal));

        expect(report.results.map(({ id, result }) => `${id.name} ${result}`).sort()).to.deep.equal(['bystander stale', 'password done', 'settings done', 'web done']);
        expect(report.results.find(({ id }) => id.name === 'bystander')?.message).to.match(/^stale-plan: it would be updated by now, and the plan does not know it/);
        expect((await plane.api.get(map('settings', {}))).data).to.deep.equal({ a: '1' });
        expect((await plane.api.get(map('bystander', {}))).data).to.deep.equal({ b: 'harmed since' });
        expect(reportExitCode(report)).to.equal(3);
        await bed.plan({ namespaces: [NS], options: { onImmutable: 'recreate' } }, (fresh) => { expect(() => bindPlan(readPlan(path), fresh)).to.throw(/other options/); });
        await bed.plan({ namespaces: [OTHER] }, (fresh) => { expect(() => bindPlan(readPlan(path), fresh)).to.throw(/another scope/); });
      });
    });
  });
});
