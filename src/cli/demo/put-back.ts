import { readTypes } from '../../capture/meta-files.js';
import { verify } from '../../inspect/live/verify.js';
import { Selection } from '../../inspect/selection.js';
import type { Clock } from '../../lib/clock.js';
import { EXIT } from '../../lib/exit-codes.js';
import type { History } from '../../model/history.js';
import type { RestoreOptions, RestoreScope } from '../../model/restore-plan.js';
import type { CommitInfo } from '../../model/tape.js';
import { NO_SNAPSHOTS } from '../../restore/plan/live-claims.js';
import { makePlan } from '../../restore/plan/make-plan.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import { newRunName } from '../../restore/run/run-deps.js';
import { runRestore } from '../../restore/run/run-restore.js';
import { savePreRestore } from '../../restore/save.js';
import type { StandInCluster } from '../../standin/stand-in-cluster.js';
import { runExitCode } from '../restore/exit-codes.js';
import { planLines } from '../restore/plan-lines.js';
import { reportConclusion } from '../restore/report-lines.js';
import { selectionOfScope } from '../restore/scope.js';
import { conclusion } from '../verify/render-verification.js';
import { clip, COLUMNS, headline, wrap, type Palette } from './text.js';

export interface PutBackOptions {
  readonly cluster: StandInCluster;
  readonly print: (line: string) => void;
  readonly palette: Palette;
  readonly clock: Clock;
  readonly version: string;
  readonly digestKey: Uint8Array | null;
  /** Where the run keeps its journal. */
  readonly journals: string;
  /** The repository that the mirror writes, as it is now. */
  readonly openHistory: (signal: AbortSignal) => Promise<History>;
}

const NAMESPACE = 'shop';
const SCOPE: RestoreScope = { everything: false, namespaces: [NAMESPACE], objects: [], selector: null, exclude: [] };
const OPTIONS: RestoreOptions = { onlyMissing: false, onExisting: 'update', onImmutable: 'keep', strategy: 'exact', toOtherCluster: false };

/** The end of the demo's day: what was deleted by mistake is put back, by the code of plan, restore and verify. */
export class PutBack {
  readonly #options: PutBackOptions;

  constructor(options: PutBackOptions) {
    this.#options = options;
  }

  /** Plans and restores the namespace as a commit has it. `number`: of the scene. */
  async restore(number: number, { oid }: CommitInfo, signal: AbortSignal): Promise<void> {
    const revision = oid.slice(0, 7);
    for (const text of headline(this.#options.palette, `${number}. It is put back`)) this.#options.print(text);
    this.#command(`kubetape plan ${revision} -n ${NAMESPACE}`);
    this.#say('The whole namespace is compared with the commit before the accident, and what a restore would write is tried by a dry run. Nothing is written yet.');
    await this.#with(async (deps) => {
      const snapshot = deps.history.snapshot(deps.history.commit(oid));
      const selection = Selection.parse(selectionOfScope(SCOPE), readTypes(snapshot));
      const planned = await makePlan(deps, { snapshot, selection, scope: SCOPE, options: OPTIONS }, signal);
      for (const line of planLines(planned.plan, { wide: false, paint: (_style, text) => text })) this.#line(line);
      this.#command(`kubetape restore ${revision} -n ${NAMESPACE} --yes`);
      this.#say('What is live and will change is saved on a ref of its own, so that there is a way back. Then objects are written wave by wave, and compared once more.');
      const run = { ...deps, save: savePreRestore(deps), journals: this.#options.journals, onEvent: () => undefined };
      const report = await runRestore(run, planned, { run: newRunName(deps.clock.now(), deps.random), concurrency: 32, waitMs: 5000, settleMs: 0, resumed: false }, signal);
      const exitCode = runExitCode(planned.plan, report);
      this.#line(reportConclusion(report, { unchanged: planned.plan.unchanged, exitCode }), exitCode === EXIT.done ? 'green' : 'yellow');
    }, signal);
    this.#say('The Service has its cluster IP and its node port again. (A Secret would be missing: this repository holds digests of their values only, and a plan says so. With secrets: plain, Secrets are put back, too.)');
  }

  /** Compares the whole cluster with the head once more. */
  async prove(signal: AbortSignal): Promise<void> {
    this.#command('kubetape verify HEAD');
    await this.#with(async (deps) => {
      const snapshot = deps.history.snapshot(deps.history.head());
      const verification = await verify(deps, snapshot, Selection.everything(readTypes(snapshot)), { reveal: false, allowOtherCluster: false, followsHead: true, patienceMs: 5000, clock: deps.clock, onProgress: () => undefined }, signal);
      this.#line(conclusion(verification), 'green');
    }, signal);
    this.#say('The file of the Service is the one of before the accident, byte for byte.');
  }

  async #with(use: (deps: PlanDeps) => Promise<void>, signal: AbortSignal): Promise<void> {
    const { cluster, clock, version, digestKey, openHistory } = this.#options;
    const history = await openHistory(signal);
    try {
      await use({ reader: cluster, writer: cluster.writer, history, snapshots: NO_SNAPSHOTS, digestKey, clock, random: Math.random, version });
    } finally {
      history.close();
    }
  }

  #command(text: string): void {
    this.#options.print(this.#options.palette.paint('cyan', clip(`   $ ${text}`)));
  }

  #say(text: string): void {
    for (const line of wrap(text, '   ')) this.#options.print(line);
  }

  /** A line of a command's output; one that is too long goes on below itself. */
  #line(text: string, style?: Parameters<Palette['paint']>[0]): void {
    const line = `     ${text.trimEnd()}`;
    const indent = ' '.repeat(line.length - line.trimStart().length);
    const [first = '', ...more] = [...line].length <= COLUMNS ? [line.trimEnd()] : wrap(line.trim(), indent).flatMap((part, i) => (i === 0 ? [part] : wrap(part.trim(), `${indent}  `)));
    for (const each of [first, ...more]) this.#options.print(style === undefined ? clip(each) : this.#options.palette.paint(style, clip(each)));
  }
}
