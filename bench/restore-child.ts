// One measured restore: kubeconfig, folder (holds cluster.git), what: plan | apply | whole. The last line of its output has the times in seconds.
import { join } from 'node:path';
import { readTypes } from '../src/capture/meta-files.js';
import { openWritableCluster } from '../src/cluster/reader.js';
import { openHistory } from '../src/git/open-history.js';
import { Selection } from '../src/inspect/selection.js';
import { systemClock } from '../src/lib/clock.js';
import type { RestoreEvent } from '../src/model/restore-run.js';
import { NO_SNAPSHOTS } from '../src/restore/plan/live-claims.js';
import { makePlan } from '../src/restore/plan/make-plan.js';
import { newRunName, type RunDeps } from '../src/restore/run/run-deps.js';
import { runRestore } from '../src/restore/run/run-restore.js';
import { savePreRestore } from '../src/restore/save.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../test/support/cluster-settings.js';

const [, , kubeconfig = '', folder = '', what = ''] = process.argv;
const signal = new AbortController().signal;
const started = performance.now();
const phases: Record<string, number> = {};
let phase = 'planning';
let since = started;
const next = (name: string): void => {
  phases[phase] = (phases[phase] ?? 0) + (performance.now() - since) / 1000;
  phase = name;
  since = performance.now();
};
const onEvent = (event: RestoreEvent): void => {
  if (event.kind === 'phase') next(event.phase);
};

const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig }, {}, CLUSTER_OPTIONS);
const history = await openHistory({ location: join(folder, 'cluster.git'), cacheFolder: join(folder, 'cache'), now: () => Date.now() }, signal);
const { commit } = await history.resolve('HEAD', signal);
const snapshot = history.snapshot(commit);
const request = { namespaces: ['bench-*'] };
const deps: RunDeps = {
  reader, writer, history, snapshots: NO_SNAPSHOTS, digestKey: null, clock: systemClock, random: Math.random, version: 'bench',
  save: () => Promise.resolve(null), journals: join(folder, 'runs'), onEvent,
};
const options = { onlyMissing: false, onExisting: 'update', onImmutable: 'keep', strategy: 'exact', toOtherCluster: false } as const;
const selection = Selection.parse(request, readTypes(snapshot));
const planned = await makePlan(deps, { snapshot, selection, scope: { everything: false, namespaces: request.namespaces, objects: [], selector: null, exclude: [] }, options }, signal);
const { steps, unchanged } = planned.plan;
let done = 0;
if (what !== 'plan') {
  const report = await runRestore({ ...deps, save: savePreRestore(deps) }, planned, { run: newRunName(Date.now(), Math.random), concurrency: 32, waitMs: 20_000, settleMs: 0, resumed: false }, signal);
  done = report.counts.done;
}
next('ended');
process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - started) / 1000, phases, steps: steps.length, unchanged, done })}\n`);
history.close();
await reader.close();
