import { linked, onAbort } from '../../lib/abort.js';
import { messageOf } from '../../lib/errors.js';
import { mapLimited } from '../../lib/map-limited.js';
import { escapeText } from '../../lib/escape.js';
import { ClusterError } from '../../model/cluster-error.js';
import { WAVES, type RestorePlan, type Step } from '../../model/restore-plan.js';
import type { RestoreEvent, RestoreReport, StepResult } from '../../model/restore-run.js';
import { typeName } from '../../model/resource-type.js';
import type { PlanContext } from '../plan/plan-deps.js';
import type { Planned } from '../plan/make-plan.js';
import { preflight } from '../plan/preflight.js';
import { PatientReader } from '../patient-reader.js';
import { RestoreError } from '../restore-error.js';
import { Gates } from './gates.js';
import { Journal, readRun, type OpenIntent } from './journal.js';
import { layersOf } from './layers.js';
import { putBackOpen } from './put-back-open.js';
import { PhaseTimes } from './phase-times.js';
import { countResults, resultOf } from './results.js';
import type { RunDeps, RunOptions } from './run-deps.js';
import { StepRunner } from './step-runner.js';
import { Throttle } from './throttle.js';
import { verifyRun } from './verify-run.js';

/** Passes over what waits for something else; each must bring something. */
const PASSES = 5;
const SHOWN_RIGHTS = 10;
/** How long requests that were begun may take after the run was told to end. */
const GRACE_MS = 10_000;
/** How often it is tried whether somebody converts objects. */
const CONVERSION_MS = 1000;

/**
 * Carries out a plan: saves what is live, writes wave by wave, goes again over what had to wait while that brings something, links
 * owners, and proves the end by a comparison of its own. One object's failure stops nobody else. When `signal` aborts, or the server stays
 * away, no new write is begun and the report says `interrupted`; running it again goes on. RestoreError PREFLIGHT and ClusterErrors of the
 * saving are thrown: nothing was written then.
 */
export async function runRestore(given: RunDeps, { plan, context }: Planned, options: RunOptions, signal: AbortSignal): Promise<RestoreReport> {
  const times = new PhaseTimes(given.clock);
  const onEvent = (event: RestoreEvent): void => {
    if (event.kind === 'phase') times.enter(event.phase === 'done' ? null : event.phase);
    given.onEvent(event);
  };
  const deps: RunDeps = { ...given, reader: PatientReader.over(given), onEvent };
  const startedAt = deps.clock.now();
  const writes = plan.steps.some(isWritten);
  const rightsUnsure = writes ? await assertRights(deps, plan, signal) : [];
  const open = options.resumed ? readRun(deps.journals, options.run).open : [];
  const journal = new Journal(deps.journals, options.run);
  try {
    journal.begin({ run: options.run, startedAt: iso(startedAt), commit: plan.commit.oid, cluster: plan.cluster.identity, scope: plan.scope, options: plan.options });
    const saved = writes || options.resumed ? await save(deps, plan, context, options, signal) : null;
    const run = new Run(deps, context, options, journal, signal);
    await run.apply(plan);
    const { notes, results: verified } = await prove(deps, context, plan, run, open, { settleMs: writes ? options.settleMs : 0 }, signal);
    journal.end();
    deps.onEvent({ kind: 'phase', phase: 'done' });
    return {
      schema: 'kubetape.io/restore/v1', run: options.run,
      startedAt: iso(startedAt), endedAt: iso(deps.clock.now()),
      phases: times.milliseconds,
      commit: plan.commit.oid, cluster: plan.cluster.identity,
      saved: saved?.ref ?? null,
      interrupted: run.interrupted,
      counts: countResults(verified),
      results: verified,
      extra: plan.extra,
      warnings: [...plan.warnings, ...rightsUnsure, ...notes, ...run.notes],
    };
  } finally {
    journal.close();
  }
}

/** The end of a run: what an earlier one deleted is there, and everything is compared once more. A server that goes away meanwhile interrupts the run, too. */
async function prove(deps: RunDeps, context: PlanContext, plan: RestorePlan, run: Run, open: readonly OpenIntent[], options: { readonly settleMs: number }, signal: AbortSignal): Promise<{ readonly notes: readonly string[]; readonly results: readonly StepResult[] }> {
  let notes: readonly string[] = [];
  try {
    if (!run.interrupted) notes = await putBackOpen(deps, context, plan, open, signal);
    deps.onEvent({ kind: 'phase', phase: 'verifying' });
    return { notes, results: run.interrupted ? run.results(plan) : await verifyRun(deps, context, run.runner, run.results(plan), options, signal) };
  } catch (error) {
    if (!signal.aborted && !(error instanceof ClusterError)) throw error;
    run.interrupted = true;
    return { notes, results: run.results(plan) };
  }
}

/** RestoreError PREFLIGHT with every right that is missing; returns what is merely in doubt. */
async function assertRights(deps: RunDeps, plan: RestorePlan, signal: AbortSignal): Promise<string[]> {
  deps.onEvent({ kind: 'phase', phase: 'preflight' });
  const findings = await preflight(deps, plan, signal);
  const missing = findings.filter(({ kind }) => kind === 'missing').map(({ words }) => escapeText(words));
  if (missing.length > 0) {
    const shown = missing.slice(0, SHOWN_RIGHTS).join('; ');
    throw new RestoreError('PREFLIGHT', `The plan needs rights that are missing: ${shown}${missing.length > SHOWN_RIGHTS ? `; and ${missing.length - SHOWN_RIGHTS} more` : ''}`, {
      hint: 'Give them to the identity that restores (--as, --context), or restore less; nothing was written',
    });
  }
  return findings.map(({ words }) => escapeText(words));
}

async function save(deps: RunDeps, plan: RestorePlan, context: PlanContext, { run }: RunOptions, signal: AbortSignal): Promise<{ readonly ref: string } | null> {
  deps.onEvent({ kind: 'phase', phase: 'saving' });
  const saved = await deps.save(plan, context, run, signal);
  if (saved !== null) deps.onEvent({ kind: 'saved', ...saved });
  return saved;
}

/** The writing part of a run. */
class Run {
  readonly runner: StepRunner;
  interrupted = false;
  /** Why it ended early, when nobody asked for it. */
  readonly notes: string[] = [];
  readonly #deps: RunDeps;
  readonly #throttle: Throttle;
  readonly #waitMs: number;
  readonly #concurrency: number;
  readonly #signal: AbortSignal;

  constructor(deps: RunDeps, context: PlanContext, options: RunOptions, journal: Journal, signal: AbortSignal) {
    this.#deps = deps;
    this.#signal = signal;
    this.#waitMs = options.waitMs;
    this.#concurrency = options.concurrency;
    this.#throttle = new Throttle(options.concurrency, deps.clock, (inFlight) => { deps.onEvent({ kind: 'throttled', inFlight, reason: 'the server is busy' }); });
    this.runner = new StepRunner(deps, context, new Gates(deps, context, options.waitMs), this.#throttle, journal);
  }

  async apply({ steps }: RestorePlan): Promise<void> {
    this.#deps.onEvent({ kind: 'phase', phase: 'applying' });
    using stop = linked(this.#signal);
    // Requests that were begun get their answer, so that nobody has to ask what became of them.
    const hard = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    using _grace = onAbort(stop.signal, () => { timer = setTimeout(() => { hard.abort(stop.signal.reason); }, GRACE_MS); });
    try {
      for (const wave of WAVES) await this.#wave(wave, steps.filter((step) => step.wave === wave), stop, hard.signal);
      await this.#convert(steps, stop, hard.signal);
      await this.#again(steps, stop, hard.signal);
      await this.#link(stop, hard.signal);
    } catch (error) {
      if (!this.#isEnd(error)) throw error;
      this.interrupted = true;
      if (!this.#signal.aborted) this.notes.push(escapeText(`the run ended because the server stayed away: ${messageOf(error)}`));
    } finally {
      clearTimeout(timer);
    }
  }

  /** Every step of the plan, those that were not reached as interrupted. */
  results({ steps }: RestorePlan): StepResult[] {
    return steps.map((step) => this.runner.results.get(step.path) ?? resultOf(step, 'interrupted', 'the run ended before it'));
  }

  async #wave(wave: Step['wave'], steps: readonly Step[], stop: ReturnType<typeof linked>, hard: AbortSignal): Promise<void> {
    if (steps.length === 0) return;
    this.#deps.onEvent({ kind: 'wave', wave, steps: steps.length });
    for (const layer of layersOf(steps)) await this.#all(layer, stop, hard);
  }

  /** An operator that this run brought needs time to start: one object of each type is tried until it is converted, then the others. */
  async #convert(steps: readonly Step[], stop: ReturnType<typeof linked>, hard: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const deadline = clock.now() + this.#waitMs;
    const unconverted = (): Step[] => steps.filter(({ path }) => this.runner.unconverted.has(path));
    for (let waiting = unconverted(); waiting.length > 0 && clock.now() < deadline; waiting = unconverted()) {
      const probes = new Map(waiting.map((step) => [typeName(step.id), step]));
      await clock.sleep(Math.min(CONVERSION_MS, this.#waitMs), stop.signal);
      await this.#all([...probes.values()], stop, hard);
      await this.#all(waiting.filter((step) => probes.get(typeName(step.id)) !== step && !this.runner.unconverted.has(probes.get(typeName(step.id))?.path ?? '')), stop, hard);
    }
  }

  /** What waits for something that other steps bring, as long as a pass brings something (custom resources of each other, webhooks). */
  async #again(steps: readonly Step[], stop: ReturnType<typeof linked>, hard: AbortSignal): Promise<void> {
    const waiting = (): Step[] => steps.filter((step) => isWritten(step) && this.runner.results.get(step.path)?.result === 'pending');
    for (let pass = 0, before = waiting(); pass < PASSES && before.length > 0; pass++) {
      for (const wave of WAVES) for (const layer of layersOf(before.filter((step) => step.wave === wave))) await this.#all(layer, stop, hard);
      const after = waiting();
      if (after.length === before.length) return;
      before = after;
    }
  }

  /** Owners that came after what they own. */
  async #link(stop: ReturnType<typeof linked>, hard: AbortSignal): Promise<void> {
    const steps = [...this.runner.unlinked.values()].map((step): Step => ({ ...step, action: 'update', live: step.live ?? { uid: '', resourceVersion: '' } }));
    await this.#all(steps, stop, hard);
  }

  async #all(steps: readonly Step[], stop: ReturnType<typeof linked>, hard: AbortSignal): Promise<void> {
    const one = async (step: Step): Promise<void> => {
      try {
        await this.runner.run(step, stop.signal, hard);
      } catch (error) {
        stop.abort(error);
        throw error;
      }
    };
    // Those that wait for something hold up nobody else.
    const [gated, others] = [steps.filter(({ id }) => Gates.mayHold(id)), steps.filter(({ id }) => !Gates.mayHold(id))];
    await Promise.allSettled([mapLimited(gated, Infinity, stop.signal, one), mapLimited(others, this.#concurrency, stop.signal, one)]);
    stop.signal.throwIfAborted();
  }

  /** The signal, or a server that stays away: both end a run in good order. */
  #isEnd(error: unknown): boolean {
    return this.#signal.aborted || error instanceof ClusterError;
  }
}

function isWritten({ action }: Step): boolean {
  return action === 'create' || action === 'update' || action === 'recreate';
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
