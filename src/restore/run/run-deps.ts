import type { RestoreEvent } from '../../model/restore-run.js';
import type { PlanContext, PlanDeps } from '../plan/plan-deps.js';
import type { RestorePlan } from '../../model/restore-plan.js';

export interface RunDeps extends PlanDeps {
  /**
   * Puts what is live and will be changed where it can be found again; null: nothing will be written. Called before the first write,
   * also of a run that goes on, which keeps what it saved first. `location`: the repository, where it is another one.
   */
  readonly save: (plan: RestorePlan, context: PlanContext, run: string, signal: AbortSignal) => Promise<{ readonly ref: string; readonly commit: string; readonly location?: string } | null>;
  /** Where journals of runs are kept. */
  readonly journals: string;
  readonly onEvent: (event: RestoreEvent) => void;
}

export interface RunOptions {
  /** Names the run, its journal and its pre-restore state; begins with its time. */
  readonly run: string;
  /** Writes in flight at most. */
  readonly concurrency: number;
  /** How long anything is waited for: a definition to be served, a namespace to be active, a webhook's backend. */
  readonly waitMs: number;
  /** Between the last write and the verification: somebody who takes changes back needs a moment. */
  readonly settleMs: number;
  /** The run was begun before: its state of before is saved already. */
  readonly resumed: boolean;
}

/** `20261121T080000Z-4f3a`: a name for a run that sorts by time. */
export function newRunName(now: number, random: () => number): string {
  const time = new Date(now).toISOString().replace(/[-:]/g, '').replace(/\.\d+Z$/, 'Z');
  return `${time}-${Math.floor(random() * 16 ** 4).toString(16).padStart(4, '0')}`;
}
