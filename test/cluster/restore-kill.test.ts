// Acceptance test 23 of restore.md §8: kill -9 at any request, and on with the same run: nothing is lost, nothing is there twice, and what was
// deleted to be created anew is there.
import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import type { FaultHandle } from '../support/faults.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { configMap, namespace, object, secret, service } from '../support/objects.js';
import { fsck, git, tree } from '../support/repo.js';
import { withBed } from '../support/restore-bed.js';
import type { RestoreBed } from '../support/restore.js';
import { LONG, propertySeed, random, scaled } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'killed';
const KILLS = scaled(10, 50);
const CHILD = fileURLToPath(new URL('../support/restore-child.ts', import.meta.url));
const SIZE = { absent: scaled(60, 160), changed: scaled(30, 80), immutable: scaled(20, 60), services: 5 };
/** Requests that write: no dry run, no question about rights. */
const WRITES = { path: new RegExp(`/namespaces/${NS}/`), query: /^(?!.*dryRun=)/ };

const numbered = (count: number, make: (i: number) => Reference): Reference[] => Array.from({ length: count }, (_, i) => make(i));
const absent = [...numbered(SIZE.absent, (i) => configMap(NS, `absent-${i}`, { i: String(i) })), ...numbered(SIZE.absent / 2, (i) => secret(NS, `absent-${i}`))];
const changed = numbered(SIZE.changed, (i) => configMap(NS, `changed-${i}`, { i: String(i) }));
const immutable = numbered(SIZE.immutable, (i) => ({ ...configMap(NS, `immutable-${i}`, { i: String(i) }), immutable: true }));
const headless = numbered(SIZE.services, (i) => service(NS, `headless-${i}`, { clusterIP: 'None' }));
const set = object('apps/v1', 'StatefulSet', NS, 'db', {
  spec: { replicas: 1, serviceName: 'headless-0', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'app', image: 'registry.example/app:1' }] } } },
});
const everything = [...absent, ...changed, ...immutable, ...headless, set];
const WRITTEN = { POST: absent.length + immutable.length + headless.length + 1, PUT: changed.length, DELETE: immutable.length + headless.length + 1 };

describe('acceptance 23: kill -9 of a restore', function () {
  this.timeout(LONG ? 1_800_000 : 300_000);
  let plane: ControlPlane;
  let proxy: FaultyProxy;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    proxy = await FaultyProxy.start(plane);
    await plane.api.create(namespace(NS));
    await Promise.all(everything.map((each) => plane.api.create(each)));
    await eventually(async () => (await pods(plane)).length === 1, { describe: 'the set has its pod' });
  });
  after(async () => { await proxy?.stop(); });

  /** Until it ends by itself, or meets the fault; then it is killed. */
  async function restoreOnce(folder: string, run: string, fault: FaultHandle | null): Promise<{ readonly killed: boolean; readonly ended: AnyJson }> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, proxy.kubeconfig(), folder, run, NS], { stdio: ['ignore', 'pipe', 'pipe'] });
    const output = text(child);
    const exit = new Promise<NodeJS.Signals | number | null>((done) => child.once('close', (code, signal) => { done(signal ?? code); }));
    let over = false;
    void exit.then(() => { over = true; });
    await eventually(() => over || (fault?.injected ?? 0) > 0, { timeoutMs: 120_000, everyMs: 5, describe: 'the run meets the fault, or ends' });
    if (!over) child.kill('SIGKILL');
    const how = await exit;
    proxy.heal();
    if (how === 'SIGKILL') return { killed: true, ended: null };
    expect(how, output()).to.equal(0);
    return { killed: false, ended: JSON.parse(output().trim().split('\n').at(-1) ?? '') };
  }

  it(`at ${KILLS} random requests: the end is that of an undisturbed run`, () => withBed(plane, async (bed, folder) => {
    const head = await bed.export();
    const draw = random(propertySeed());
    const [pod] = await pods(plane);
    await damage(plane);
    const undisturbed = await restoreOnce(folder, 'undisturbed', null);
    expect(undisturbed.ended).to.deep.include({ interrupted: false, troubles: [] });
    expect(undisturbed.ended.counts).to.deep.include({ done: everything.length });
    const wanted = await state(bed);
    expect(wanted).to.deep.equal(await filesOf(bed, head));

    const points: string[] = [];
    for (let round = 0; points.length < KILLS; round++) {
      await damage(plane);
      const run = `killed-${String(round).padStart(2, '0')}`;
      for (let ended: AnyJson = null; ended === null;) {
        // The last restores of a round have little left to write: a point that is not reached is an end.
        const fault = points.length < KILLS ? faultAt(proxy, draw) : null;
        const once = await restoreOnce(folder, run, fault?.handle ?? null);
        if (once.killed) points.push(`${run} ${fault?.words ?? ''}`);
        else ended = once.ended;
        const context = points.at(-1) ?? '';
        if (ended !== null) expect(ended, context).to.deep.include({ interrupted: false, troubles: [], saved: `refs/kubetape/pre-restore/${run}` });
      }
      expect(await names(plane), points.join('\n')).to.deep.equal(everything.map(({ kind, metadata }) => `${kind}/${metadata.name}`).sort());
      expect(await state(bed), points.join('\n')).to.deep.equal(wanted);
      expect((await git(bed.repo, ['for-each-ref', '--format=%(refname)', `refs/kubetape/pre-restore/${run}`])).trim()).to.equal(`refs/kubetape/pre-restore/${run}`);
    }
    expect((await pods(plane)).map(({ metadata }) => metadata.uid), 'its pod was orphaned and taken over, each time').to.deep.equal([pod.metadata.uid]);
    await fsck(bed.repo);
  }));
});

/** At a random write: before the server sees it, or after it did it and before its answer is seen. */
function faultAt(proxy: FaultyProxy, draw: () => number): { readonly handle: FaultHandle; readonly words: string } {
  const kinds = Object.entries(WRITTEN);
  // Deletes are few, and what comes after one is what this is about: each method is as likely as the others.
  const [method = 'POST', count = 1] = kinds[Math.floor(draw() * kinds.length)] ?? [];
  const skip = Math.floor(draw() * count * 0.6);
  const done = draw() < 0.5;
  const handle = proxy.inject({ ...WRITES, method, skip, times: 1, fault: done ? { kind: 'stall', afterBytes: 0 } : { kind: 'delay', ms: 3_600_000 } });
  return { handle, words: `${method} ${skip + 1}, ${done ? 'done' : 'not begun'}` };
}

/** A third is gone, a third says something else, a third must be recreated. */
async function damage(plane: ControlPlane): Promise<void> {
  const anew = async (given: Reference, now: Reference, options: object = {}): Promise<void> => {
    await plane.api.delete(given, options);
    await eventually(async () => (await plane.api.find(given)) === null, { timeoutMs: 30_000, describe: `${given.metadata.name} is gone` });
    await plane.api.create(now);
  };
  await Promise.all([
    ...absent.map((each) => plane.api.delete(each)),
    ...changed.map((each) => plane.api.patch(each, { data: { i: 'changed' } }, { contentType: MERGE_PATCH })),
    ...immutable.map((each) => anew(each, { ...each, data: { i: 'another' } })),
    ...headless.map((each) => anew(each, service(NS, each.metadata.name))),
    anew(set, { ...set, spec: { ...set['spec'], serviceName: 'headless-1' } }, { body: { propagationPolicy: 'Orphan' } }),
  ]);
}

function text({ stdout, stderr }: ChildProcess): () => string {
  const parts: string[] = [];
  for (const stream of [stderr, stdout]) stream?.on('data', (part: Buffer) => { parts.push(part.toString()); });
  return () => parts.join('');
}

const pods = (plane: ControlPlane): Promise<AnyJson[]> => plane.api.list('v1', 'Pod', NS);

/** `Kind/name` of what is live of the kinds that are restored. */
async function names(plane: ControlPlane): Promise<string[]> {
  const kinds = [['v1', 'ConfigMap'], ['v1', 'Secret'], ['v1', 'Service'], ['apps/v1', 'StatefulSet']] as const;
  const lists = await Promise.all(kinds.map(([apiVersion, kind]) => plane.api.list(apiVersion, kind, NS)));
  return lists.flat().map(({ kind, metadata }) => `${kind}/${metadata.name}`).filter((name) => name !== 'ConfigMap/kube-root-ca.crt').sort();
}

/** Canonical files of the namespace, by a fresh export. */
async function state(bed: RestoreBed): Promise<Record<string, string>> {
  return filesOf(bed, await bed.export());
}

async function filesOf(bed: RestoreBed, commit: string): Promise<Record<string, string>> {
  return Object.fromEntries((await tree(bed.repo, commit)).filter(({ path }) => path.startsWith(`namespaces/${NS}/`)).map(({ path, oid }) => [path, oid]));
}
