import type { ExitCode } from '../../lib/exit-codes.js';
import { typeName } from '../../model/resource-type.js';
import type { Danger, RestorePlan } from '../../model/restore-plan.js';
import type { RestoreReport, ResultKind, StepResult } from '../../model/restore-run.js';

/** What a report is made of. */
export interface RestoreOutcome {
  readonly report: RestoreReport;
  /** What was carried out. */
  readonly plan: RestorePlan;
  /** What the process ends with. */
  readonly exitCode: ExitCode;
}

export type Headline = 'restored' | 'nothing to do' | 'in part' | 'with failures' | 'interrupted';

/** A danger of the plan, and whether the run met it. */
export interface ReportedDanger extends Danger {
  readonly path: string;
  readonly cameTrue: boolean;
}

const TROUBLES: readonly ResultKind[] = ['diverged', 'reverted', 'pending', 'stale'];

/** The run in two words: the gravest that happened. */
export function headlineOf({ report, exitCode }: RestoreOutcome): Headline {
  const { counts, interrupted } = report;
  if (interrupted || counts.interrupted > 0) return 'interrupted';
  if (counts.failed + counts.incompatible > 0) return 'with failures';
  if (exitCode !== 0 || TROUBLES.some((kind) => counts[kind] > 0)) return 'in part';
  return counts.done > 0 ? 'restored' : 'nothing to do';
}

/** Every danger of the plan, those that came true first. */
export function dangersOfRun({ plan, report }: RestoreOutcome): ReportedDanger[] {
  const results = new Map(report.results.map((result) => [result.path, result]));
  const all = plan.steps.flatMap(({ path, dangers }) => dangers.map((danger): ReportedDanger => ({ ...danger, path, cameTrue: cameTrue(danger, results.get(path)) })));
  return [...all.filter((danger) => danger.cameTrue), ...all.filter((danger) => !danger.cameTrue)];
}

function cameTrue({ kind }: Danger, result: StepResult | undefined): boolean {
  if (result === undefined) return false;
  const isWritten = result.verbs.length > 0 && ['done', 'diverged', 'reverted'].includes(result.result);
  switch (kind) {
    case 'recreate':
      return result.verbs.includes('DELETE');
    case 'restart':
    case 'data':
    case 'orphan':
      return isWritten;
    case 'gitops':
      return result.result === 'reverted';
    case 'webhook':
      return (result.result === 'failed' || result.result === 'pending') && /webhook/.test(result.message ?? '');
    case 'missing':
    case 'not served':
      return ['failed', 'pending', 'incompatible'].includes(result.result) || (kind === 'not served' && isWritten);
    case 'secret':
      return result.result === 'skipped';
  }
}

/** Whether an object is a Secret, of which a report shows no value whatever it was given. */
export function isSecret({ id }: Pick<StepResult, 'id'>): boolean {
  return typeName(id) === 'secrets';
}
