import { startScan } from '../../inspect/live/compare-live.js';
import type { LiveFinding } from '../../inspect/live/live-comparison.js';
import { escapeText } from '../../lib/escape.js';
import type { Difference } from '../../model/comparison.js';
import type { ResultKind, StepResult } from '../../model/restore-run.js';
import type { PlanContext } from '../plan/plan-deps.js';
import type { RunDeps } from './run-deps.js';
import type { StepRunner } from './step-runner.js';

/**
 * Proves the end of a run: the scope is listed afresh and compared with the commit, object by object. What was equal when it was
 * written and differs now was changed back by somebody; what was equal before the run and differs now is named, too.
 */
export async function verifyRun(deps: RunDeps, { request }: PlanContext, runner: StepRunner, results: readonly StepResult[], { settleMs }: { readonly settleMs: number }, signal: AbortSignal): Promise<StepResult[]> {
  if (settleMs > 0) await deps.clock.sleep(settleMs, signal);
  const { comparison } = startScan(deps, request.snapshot, request.selection, { reveal: false, allowOtherCluster: true }, signal);
  const findings = new Map<string, Pick<LiveFinding, 'verdict' | 'reason' | 'id' | 'kind'> & { readonly fields: readonly Difference[] }>();
  for await (const { verdict, path, reason, id, kind, difference } of comparison) {
    if (verdict !== 'extra' && verdict !== 'skipped') findings.set(path, { verdict, reason, id, kind, fields: verdict === 'differs' ? (difference?.fields ?? []) : [] });
  }
  const known = new Set(results.map(({ path }) => path));
  const proven = results.map((result) => judged(result, findings.get(result.path), runner.equalled.has(result.path)));
  for (const [path, { verdict, id, kind, reason, fields }] of findings) {
    if (known.has(path) || isSame(verdict, fields)) continue;
    proven.push({
      id, kind, path, wave: 'configuration', action: 'unchanged', result: 'diverged', verbs: [], attempts: 0, milliseconds: 0, status: null,
      message: escapeText(`it was equal when the plan was made; now it is ${verdict}${reason === null ? '' : ` (${reason})`}`), warnings: [], fields,
    });
  }
  return proven;
}

type Found = { readonly verdict: LiveFinding['verdict']; readonly reason: string | null; readonly fields: readonly Difference[] } | undefined;

const WRITTEN: ReadonlySet<ResultKind> = new Set(['done', 'unchanged', 'diverged']);

function judged(result: StepResult, found: Found, wasEqual: boolean): StepResult {
  if (!WRITTEN.has(result.result)) return result;
  if (found === undefined || isSame(found.verdict, found.fields)) return result.result === 'diverged' ? { ...result, result: 'done', message: null } : result;
  if (found.verdict === 'not covered' || found.verdict === 'held') return { ...result, message: escapeText(`not verified: ${found.reason ?? found.verdict}`) };
  const fields = found.fields.filter((field) => !isBeside(field));
  const managers = [...new Set(fields.flatMap(({ managers: names }) => names ?? []))];
  const by = managers.length === 0 ? '' : ` by ${managers.join(', ')}`;
  const words = found.verdict === 'differs' ? `${fields.length === 1 ? 'a field differs' : `${fields.length} fields differ`}` : `it is ${found.verdict}`;
  const kind: ResultKind = wasEqual ? 'reverted' : 'diverged';
  const message = wasEqual ? `it was as the commit says, and was changed again${by}: ${words}` : [result.message, words].filter((each) => each !== null).join('; ');
  return { ...result, result: kind, message: escapeText(message), fields };
}

/** Allocations that others were given instead are no divergence: they are not part of what is desired. */
function isSame(verdict: LiveFinding['verdict'], fields: readonly Difference[]): boolean {
  return verdict === 'equal' || (verdict === 'differs' && fields.length > 0 && fields.every(isBeside));
}

/** Allocations, the applier, and the version in which an object is shown. */
function isBeside(field: Difference): boolean {
  return field.path === 'apiVersion' || (field.keys.length === 0 && (field.class === 'allocated' || field.path.startsWith('kubetape:applier')));
}
