// A whole restore over a real API server: export, harm, plan, run.
import { join } from 'node:path';
import { readTypes } from '../../src/capture/meta-files.js';
import { openWritableCluster } from '../../src/cluster/reader.js';
import { openHistory } from '../../src/git/open-history.js';
import { Selection, type SelectionRequest } from '../../src/inspect/selection.js';
import { systemClock } from '../../src/lib/clock.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import type { ClusterWriter } from '../../src/model/cluster-writer.js';
import type { RestoreOptions, RestorePlan } from '../../src/model/restore-plan.js';
import type { RestoreEvent, RestoreReport, StepResult } from '../../src/model/restore-run.js';
import { NO_SNAPSHOTS } from '../../src/restore/plan/live-claims.js';
import { makePlan, type Planned } from '../../src/restore/plan/make-plan.js';
import { newRunName, type RunDeps, type RunOptions } from '../../src/restore/run/run-deps.js';
import { runRestore } from '../../src/restore/run/run-restore.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from './cluster-settings.js';
import type { ControlPlane } from './control-plane.js';
import { exportOnce, TEST_KEY, testPolicy, type RunOptions as MirrorOptions } from './mirror-run.js';

export const EXACT: RestoreOptions = { onlyMissing: false, onExisting: 'update', onImmutable: 'keep', strategy: 'exact', toOtherCluster: false };

export interface RestoreRequest extends SelectionRequest {
  /** REV; default HEAD. */
  readonly rev?: string;
  readonly options?: Partial<RestoreOptions>;
}

/** One cluster and one repository. */
export class RestoreBed {
  readonly repo: string;
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly signal = new AbortController().signal;
  readonly #folder: string;

  static async over(plane: ControlPlane, folder: string): Promise<RestoreBed> {
    const { reader, writer } = await openWritableCluster({ ...NO_SETTINGS, kubeconfig: plane.kubeconfig() }, {}, CLUSTER_OPTIONS);
    return new RestoreBed(reader, writer, folder);
  }

  constructor(reader: ClusterReader, writer: ClusterWriter, folder: string) {
    this.reader = reader;
    this.writer = writer;
    this.#folder = folder;
    this.repo = join(folder, 'cluster.git');
  }

  /** One complete snapshot with Secrets in plain; returns the head. */
  async export(run: MirrorOptions = {}): Promise<string> {
    const result = await exportOnce(this.reader, this.repo, { policy: testPolicy({ secrets: 'plain', digestKey: null }), ...run });
    return result.head?.oid ?? '';
  }

  /** `use` with a plan of what a person would ask for. */
  async plan<T>(request: RestoreRequest, use: (planned: Planned, deps: RunDeps) => Promise<T> | T, more: Partial<RunDeps> = {}): Promise<T> {
    const history = await openHistory({ location: this.repo, cacheFolder: join(this.#folder, 'cache'), now: () => Date.now() }, this.signal);
    try {
      const { commit } = await history.resolve(request.rev ?? 'HEAD', this.signal);
      const snapshot = history.snapshot(commit);
      const selection = Selection.parse(request, readTypes(snapshot));
      const namespaces = request.namespaces ?? [];
      const scope = { everything: selection.isEverything, namespaces, objects: request.objects ?? [], selector: request.selector ?? null, exclude: [] };
      const deps: RunDeps = {
        reader: this.reader, writer: this.writer, history, snapshots: NO_SNAPSHOTS, digestKey: TEST_KEY, clock: systemClock, random: Math.random, version: 'test',
        save: () => Promise.resolve(null), journals: join(this.#folder, 'runs'), onEvent: () => undefined,
        ...more,
      };
      return await use(await makePlan(deps, { snapshot, selection, scope, options: { ...EXACT, ...request.options } }, this.signal), deps);
    } finally {
      history.close();
    }
  }

  /** Plans and carries it out. */
  restore(request: RestoreRequest, run: Partial<RunOptions> = {}, more: Partial<RunDeps> = {}, signal: AbortSignal = this.signal): Promise<{ readonly plan: RestorePlan; readonly report: RestoreReport; readonly events: readonly RestoreEvent[] }> {
    const events: RestoreEvent[] = [];
    return this.plan(request, async (planned, deps) => {
      const options: RunOptions = { run: newRunName(Date.now(), Math.random), concurrency: 32, waitMs: 20_000, settleMs: 0, resumed: false, ...run };
      const report = await runRestore(deps, planned, options, signal);
      return { plan: planned.plan, report, events };
    }, { onEvent: (event) => { events.push(event); }, ...more });
  }
}

/** Results that are not as wished, short: `path: result (message)`. */
export function troubles(report: RestoreReport): string[] {
  return report.results.filter(({ result }) => !['done', 'unchanged', 'left', 'skipped'].includes(result)).map(({ path, result, message }: StepResult) => `${path}: ${result} (${message ?? ''})`);
}
