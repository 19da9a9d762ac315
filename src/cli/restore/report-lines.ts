import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { RestoreReport, ResultKind, StepResult } from '../../model/restore-run.js';
import { typeName } from '../../model/resource-type.js';
import { causesOf, type Cause } from '../../restore/report/causes.js';
import { RESULT_KINDS } from '../../restore/run/results.js';
import { differencePhrase } from '../diff/fields-renderer.js';
import { counted, placedLabel } from '../diff/labels.js';
import { tableLines } from '../render/table.js';
import type { Style } from '../streams.js';
import type { PlanRendering } from './plan-lines.js';
import { warningLines } from './plan-remarks.js';
import { oneLine } from './plan-refusals.js';

export interface ReportRendering extends PlanRendering {
  /** Commands that can be copied: to go on with the run, and to put the state of before back; null: there is nothing to go on with, or back to. */
  readonly resume: string | null;
  readonly back: string | null;
  /** The repository that took the state of before, where that is not the one that was named. */
  readonly savedIn: string | null;
  /** Objects in scope that needed nothing. */
  readonly unchanged: number;
  readonly exitCode: ExitCode;
}

/** The end of a run for people: counts, what is not as it should be by cause, how to go on, how to go back, and what it comes to. */
export function* reportLines(report: RestoreReport, rendering: ReportRendering): Iterable<string> {
  const { paint, resume, back, savedIn } = rendering;
  yield* countLines(report, rendering);
  yield* warningLines(report, rendering);
  for (const cause of causesOf(report.results)) yield* causeLines(cause, rendering);
  if (report.saved !== null) yield `${paint('bold', 'The state of before')} is saved as ${oneLine(report.saved)}${savedIn === null ? '' : ` in ${oneLine(savedIn)}`}\n`;
  if (back !== null) yield `${paint('bold', 'To put that back:')} ${oneLine(back)}\n`;
  if (resume !== null) yield `${paint('bold', 'To go on:')} ${oneLine(resume)}\n`;
  yield `${paint(colourOf(rendering), reportConclusion(report, rendering))}\n`;
}

/** `shop/deployments.apps/web` a line: every object that is not as the commit says. */
export function isTrouble({ result }: Pick<StepResult, 'result'>): boolean {
  return !FINE.has(result);
}

const FINE: ReadonlySet<ResultKind> = new Set(['done', 'unchanged', 'left', 'skipped']);
const MOST_ROWS = 40;

function* countLines({ results }: RestoreReport, { wide }: PlanRendering): Iterable<string> {
  if (results.length === 0) return;
  const columns = RESULT_KINDS.filter((kind) => results.some(({ result }) => result === kind));
  const perNamespace = rowsOf(results, ({ id }) => [id.namespace === '' ? '-' : id.namespace, typeName(id)]);
  const rows = wide || perNamespace.length <= MOST_ROWS ? perNamespace : rowsOf(results, ({ id }) => ['(all)', typeName(id)]);
  yield* tableLines(['NAMESPACE', 'TYPE', ...columns.map((kind) => kind.toUpperCase())], rows.map(({ names, counts }) => [...names, ...columns.map((kind) => String(counts.get(kind) ?? 0))]));
  yield '\n';
}

function rowsOf(results: readonly StepResult[], namesOf: (result: StepResult) => readonly string[]): { readonly names: readonly string[]; readonly counts: ReadonlyMap<ResultKind, number> }[] {
  const rows = new Map<string, { readonly names: readonly string[]; readonly counts: Map<ResultKind, number> }>();
  for (const each of results) {
    const names = namesOf(each);
    const key = names.join('\0');
    const row = rows.get(key) ?? { names, counts: new Map<ResultKind, number>() };
    rows.set(key, row);
    row.counts.set(each.result, (row.counts.get(each.result) ?? 0) + 1);
  }
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
}

const STYLES: Partial<Record<ResultKind, Style>> = { failed: 'red', incompatible: 'red' };
const MOST_OBJECTS = 10;
const MOST_FIELDS = 5;

function* causeLines({ result, words, hint, results }: Cause, { wide, paint }: PlanRendering): Iterable<string> {
  yield `${paint(STYLES[result] ?? 'yellow', `${TITLES[result] ?? result} (${counted(results.length, 'object')})`)}${words === '' ? '' : `: ${oneLine(words)}`}\n`;
  const shown = wide ? results : results.slice(0, MOST_OBJECTS);
  for (const each of shown) {
    yield `  ${placedLabel(each.id)}\n`;
    const fields = wide ? each.fields : each.fields.slice(0, MOST_FIELDS);
    for (const field of fields) yield `      ${oneLine(differencePhrase(field))}\n`;
    if (fields.length < each.fields.length) yield `      and ${each.fields.length - fields.length} more fields (-o wide shows all)\n`;
  }
  if (shown.length < results.length) yield `  and ${(results.length - shown.length).toLocaleString('en-US')} more (-o wide shows all)\n`;
  if (hint !== null) yield `  ${paint('cyan', 'hint:')} ${hint}\n`;
  yield '\n';
}

const TITLES: Partial<Record<ResultKind, string>> = {
  failed: 'Refused', incompatible: 'Incompatible', diverged: 'Written, but live differs', reverted: 'Changed back by somebody', pending: 'Pending',
  stale: 'Changed meanwhile, so not touched', interrupted: 'Not reached',
};

/** `Restored and verified: 12 of 14 planned objects are as commit 0123456789ab says, 120 were before; 1 failed, 1 pending`. */
export function reportConclusion({ counts, results, interrupted, commit }: Pick<RestoreReport, 'counts' | 'results' | 'interrupted' | 'commit'>, { unchanged, exitCode }: Pick<ReportRendering, 'unchanged' | 'exitCode'>): string {
  const fine = counts.done + counts.unchanged;
  const others = RESULT_KINDS.filter((kind) => kind !== 'done' && kind !== 'unchanged' && counts[kind] > 0).map((kind) => `${counts[kind].toLocaleString('en-US')} ${kind}`);
  const head = interrupted ? 'Interrupted, not verified' : exitCode !== EXIT.done ? 'Restored in part, and verified' : 'Restored and verified';
  const before = unchanged === 0 ? '' : `, ${unchanged.toLocaleString('en-US')} ${unchanged === 1 ? 'was' : 'were'} before`;
  return [`${head}: ${fine.toLocaleString('en-US')} of ${counted(results.length, 'planned object')} ${fine === 1 ? 'is' : 'are'} as commit ${commit.slice(0, 12)} says${before}`, ...(others.length === 0 ? [] : [others.join(', ')])].join('; ');
}

function colourOf({ exitCode }: Pick<ReportRendering, 'exitCode'>): Style {
  return exitCode === EXIT.done ? 'green' : exitCode === EXIT.part ? 'yellow' : 'red';
}
