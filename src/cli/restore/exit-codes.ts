import { EXIT, gravest, type ExitCode } from '../../lib/exit-codes.js';
import type { RestorePlan, Step } from '../../model/restore-plan.js';
import type { RestoreReport } from '../../model/restore-run.js';
import { reportExitCode } from '../../restore/run/results.js';

/** Whether a step writes. */
export function isWrite({ action }: Pick<Step, 'action'>): boolean {
  return action === 'create' || action === 'update' || action === 'recreate';
}

/** What a plan leaves undone whatever becomes of its writes: 3 for what is blocked, not covered or held as digests only; 4 for what no write can bring back. */
function gapsOf({ steps, uncovered }: Pick<RestorePlan, 'steps' | 'uncovered'>): ExitCode[] {
  const part = uncovered.length > 0 || steps.some(({ action, dangers }) => action === 'blocked' || (action === 'skip' && dangers.some(({ kind }) => kind === 'secret')));
  return [...(part ? [EXIT.part] : []), ...(steps.some(({ action }) => action === 'incompatible') ? [EXIT.failed] : [])];
}

/** 0 nothing to do, 1 something would be written, 3 and 4 as above, 4 also for what a dry run had refused. */
export function planExitCode(plan: Pick<RestorePlan, 'steps' | 'uncovered'>): ExitCode {
  const { steps } = plan;
  return gravest([
    ...gapsOf(plan),
    ...(steps.some(isWrite) ? [EXIT.no] : []),
    ...(steps.some(({ dryRun }) => dryRun?.result === 'refused') ? [EXIT.failed] : []),
  ]);
}

/** The end of a run: the gravest of its results and of what the plan could not do from the start. */
export function runExitCode(plan: Pick<RestorePlan, 'steps' | 'uncovered'>, report: Pick<RestoreReport, 'counts' | 'interrupted'>): ExitCode {
  return gravest([...gapsOf(plan), reportExitCode(report)]);
}
