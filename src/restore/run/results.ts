import { messageOf } from '../../lib/errors.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT, gravest, type ExitCode } from '../../lib/exit-codes.js';
import type { Action, Step } from '../../model/restore-plan.js';
import type { RestoreReport, ResultKind, StepResult } from '../../model/restore-run.js';
import { STALE_STEP } from '../plan/bind-plan.js';
import type { WriteOutcome } from '../write/write-deps.js';

export const RESULT_KINDS: readonly ResultKind[] = ['done', 'unchanged', 'left', 'skipped', 'diverged', 'reverted', 'pending', 'failed', 'incompatible', 'stale', 'interrupted'];

const WITHOUT_WRITE: Partial<Record<Action, ResultKind>> = { skip: 'skipped', leave: 'left', blocked: 'pending', incompatible: 'incompatible', unchanged: 'unchanged' };

/** The result of a step that writes nothing; null for one that does. */
export function unwritten(step: Step): StepResult | null {
  const result = step.reason?.startsWith(STALE_STEP) === true ? 'stale' : WITHOUT_WRITE[step.action];
  return result === undefined ? null : resultOf(step, result, step.reason);
}

export function resultOf({ id, kind, path, wave, action }: Step, result: ResultKind, message: string | null): StepResult {
  return { id, kind, path, wave, action, result, verbs: [], attempts: 0, milliseconds: 0, status: null, message, warnings: [], fields: [] };
}

/** The result of a write; `equal`: the server's answer is what the commit says. */
export function writtenResult(step: Step, outcome: WriteOutcome, equal: boolean, milliseconds: number): StepResult {
  const { verbs, attempts, status, warnings, notes } = outcome;
  const kinds: Readonly<Record<WriteOutcome['kind'], ResultKind>> = { done: equal ? 'done' : 'diverged', unchanged: 'unchanged', left: 'left', pending: 'pending', stale: 'stale', refused: 'failed' };
  const words = [outcome.message, ...notes].filter((each) => each !== null && each !== '');
  return {
    ...resultOf(step, kinds[outcome.kind], words.length === 0 ? null : words.join('; ')),
    action: outcome.kind === 'done' ? (outcome.action ?? step.action) : step.action,
    verbs: [...verbs], attempts, milliseconds, status, warnings,
  };
}

export function failedResult(step: Step, error: unknown): StepResult {
  return resultOf(step, 'failed', escapeText(messageOf(error)));
}

export function countResults(results: readonly StepResult[]): Record<ResultKind, number> {
  const counts = Object.fromEntries(RESULT_KINDS.map((kind) => [kind, 0])) as Record<ResultKind, number>;
  for (const { result } of results) counts[result]++;
  return counts;
}

const CODES: Readonly<Record<ResultKind, ExitCode>> = {
  done: EXIT.done, unchanged: EXIT.done, left: EXIT.done, skipped: EXIT.done,
  diverged: EXIT.part, reverted: EXIT.part, pending: EXIT.part, stale: EXIT.part,
  failed: EXIT.failed, incompatible: EXIT.failed, interrupted: EXIT.interrupted,
};

/** What the process ends with: the gravest of all results (decisions.md §2). */
export function reportExitCode({ counts, interrupted }: Pick<RestoreReport, 'counts' | 'interrupted'>): ExitCode {
  const codes = RESULT_KINDS.filter((kind) => counts[kind] > 0).map((kind) => CODES[kind]);
  return gravest(interrupted ? [...codes, EXIT.interrupted] : codes);
}
