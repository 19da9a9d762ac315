import type { Difference } from './comparison.js';
import type { ObjectId } from './object-id.js';
import type { Action, Wave } from './restore-plan.js';

/**
 * How one object ended.
 * done: written, and live equals desired. diverged: written, but live differs (immutable kept, admission, allocation taken). reverted: it was
 * equal and somebody changed it back. pending: what it waits for did not come. failed: the server refused. interrupted: not begun.
 */
export type ResultKind = 'done' | 'unchanged' | 'left' | 'skipped' | 'diverged' | 'reverted' | 'pending' | 'failed' | 'incompatible' | 'stale' | 'interrupted';

export interface StepResult {
  readonly id: ObjectId;
  readonly kind: string;
  readonly path: string;
  readonly wave: Wave;
  readonly action: Action;
  readonly result: ResultKind;
  /** POST, PUT, PATCH, DELETE in order; empty: no request that writes. */
  readonly verbs: readonly string[];
  readonly attempts: number;
  readonly milliseconds: number;
  /** Last HTTP status; null: none. */
  readonly status: number | null;
  /** The server's words or ours, escaped; never a value of a Secret. */
  readonly message: string | null;
  readonly warnings: readonly string[];
  /** What still differs, and who owns it. */
  readonly fields: readonly Difference[];
}

export type RestorePhase = 'preflight' | 'saving' | 'applying' | 'verifying';

/** What a run tells while it goes; rendering, journal and report are listeners. */
export type RestoreEvent =
  | { readonly kind: 'phase'; readonly phase: RestorePhase | 'done' }
  | { readonly kind: 'saved'; readonly ref: string; readonly commit: string; /** The repository, where it is not the one that was opened. */ readonly location?: string }
  | { readonly kind: 'wave'; readonly wave: Wave; readonly steps: number }
  | { readonly kind: 'intent'; readonly path: string; readonly verb: string }
  | { readonly kind: 'waiting'; readonly path: string; readonly reason: string }
  | { readonly kind: 'throttled'; readonly inFlight: number; readonly reason: string }
  | { readonly kind: 'result'; readonly result: StepResult };

/** The end of a run; written as report.json (docs/schema/restore-report.v1.json). */
export interface RestoreReport {
  readonly schema: 'kubetape.io/restore/v1';
  readonly run: string;
  readonly startedAt: string;
  readonly endedAt: string;
  /** Milliseconds of each phase that was reached. */
  readonly phases: Readonly<Partial<Record<RestorePhase, number>>>;
  readonly commit: string;
  readonly cluster: string;
  /** `refs/kubetape/pre-restore/<run>`; null when nothing was written. */
  readonly saved: string | null;
  readonly interrupted: boolean;
  readonly counts: Readonly<Record<ResultKind, number>>;
  /** Every object of the plan. */
  readonly results: readonly StepResult[];
  readonly extra: readonly string[];
  readonly warnings: readonly string[];
}
