import { bindPlan } from '../../restore/plan/bind-plan.js';
import { readPlan } from '../../restore/plan/plan-file.js';
import { listRuns, readRun } from '../../restore/run/journal.js';
import { newRunName } from '../../restore/run/run-deps.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import { RestoreError } from '../../restore/restore-error.js';
import type { CommandContext } from '../context.js';
import { journalFolder, type CarryOut } from './carry-out.js';
import { commitOf, planWish, type Wish } from './plan-wish.js';

type Source = Pick<CarryOut, 'planned' | 'run' | 'resumed' | 'unfinished'>;

/** What the words of a command line ask for. */
export async function planFromWords(context: CommandContext, deps: PlanDeps, revision: string, wish: Omit<Wish, 'commit'>, concurrency: number | undefined): Promise<Source> {
  const commit = await commitOf(revision, 'restore', deps.history, context);
  const planned = await planWish(context, deps, { ...wish, commit }, { concurrency, named: true });
  return { planned, run: newRun(deps), resumed: false, unfinished: false };
}

/**
 * What a plan file says, as far as a fresh plan agrees: what moved is planned again, what became more dangerous is left. RestoreError
 * PLAN_FILE, STALE_PLAN.
 */
export async function planFromFile(context: CommandContext, deps: PlanDeps, file: string, concurrency: number | undefined): Promise<Source> {
  const plan = readPlan(file);
  const { commit } = await deps.history.resolve(plan.commit.oid, context.signal).catch((error: unknown) => {
    throw new RestoreError('STALE_PLAN', `The repository does not have commit ${plan.commit.oid.slice(0, 12)}, which the plan restores`, { cause: error, hint: 'Name the repository of the plan with --repo' });
  });
  const fresh = await planWish(context, deps, { commit, scope: plan.scope, options: plan.options }, { concurrency, named: false });
  return { planned: bindPlan(plan, fresh), run: newRun(deps), resumed: false, unfinished: false };
}

/**
 * What an interrupted run (`last`: the last one) began with, planned again: what it wrote is found to be equal. RestoreError RUN for one that is
 * not known, STALE_PLAN for one of another cluster.
 */
export async function planFromRun(context: CommandContext, deps: PlanDeps, given: string, concurrency: number | undefined): Promise<Source> {
  const folder = journalFolder(context);
  const run = given === 'last' ? (listRuns(folder)[0] ?? given) : given;
  const { header, open } = readRun(folder, run);
  const { commit } = await deps.history.resolve(header.commit, context.signal).catch((error: unknown) => {
    throw new RestoreError('RUN', `The repository does not have commit ${header.commit.slice(0, 12)}, which run ${run} restores`, { cause: error, hint: 'Name the repository of that run with --repo' });
  });
  const planned = await planWish(context, deps, { commit, scope: header.scope, options: header.options }, { concurrency, named: false });
  if (planned.plan.cluster.identity !== header.cluster) {
    throw new RestoreError('STALE_PLAN', `Run ${run} restores another cluster (${header.cluster}) than the one at ${planned.plan.cluster.name} (${planned.plan.cluster.identity})`, { hint: 'Check --context' });
  }
  if (!context.quiet) context.streams.err(`Run ${run} goes on\n`);
  return { planned, run, resumed: true, unfinished: open.length > 0 };
}

export function newRun({ clock, random }: Pick<PlanDeps, 'clock' | 'random'>): string {
  return newRunName(clock.now(), random);
}
