import { escapeText } from '../../lib/escape.js';
import { EXIT, gravest, type ExitCode } from '../../lib/exit-codes.js';
import type { JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import type { RestoreReport } from '../../model/restore-run.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import type { Planned } from '../../restore/plan/make-plan.js';
import { restoreReportJson } from '../../restore/report/report-json.js';
import { restoreReportJUnit } from '../../restore/report/report-junit.js';
import { restoreReportMarkdown } from '../../restore/report/report-markdown.js';
import type { RestoreOutcome } from '../../restore/report/outcome.js';
import { writeRestoreReport } from '../../restore/report/restore-report.js';
import type { CommandContext, CommandOptions, OutputFormat } from '../context.js';
import { paged } from '../pager.js';
import { writeLines } from '../render/document.js';
import { yamlText } from '../render/yaml-text.js';
import { commandText } from './command-text.js';
import { runExitCode } from './exit-codes.js';
import { nameLine } from './plan-documents.js';
import { isTrouble, reportLines } from './report-lines.js';
import type { RunManners } from './restore-options.js';
import { scopeWords } from './scope.js';

export interface EndedRun {
  readonly planned: Planned;
  readonly deps: PlanDeps;
  readonly manners: RunManners;
  readonly report: RestoreReport;
  /** A command that goes on with it; null: there is nothing to go on with. */
  readonly resume: string | null;
  /** There was nothing to write. */
  readonly isIdle?: boolean;
  readonly exitCodes?: readonly ExitCode[];
}

/** Writes the reports, tells how a run ended, and says with which exit code. */
export async function tellReport(context: CommandContext, options: CommandOptions, ended: EndedRun): Promise<ExitCode> {
  const { report, planned, manners, isIdle = false, exitCodes = [] } = ended;
  const exitCode = gravest([runExitCode(planned.plan, report), ...exitCodes]);
  const outcome: RestoreOutcome = { report, plan: planned.plan, exitCode };
  // First the files, then the telling: a closed pager must not cost them.
  if (manners.report !== undefined) writeRestoreReport(manners.report, outcome);
  // The plan has said all when nothing was to be written.
  if (!isIdle || !isForPeople(context.output)) await tell(context, options, rendered(context, options, ended, outcome));
  if (manners.report !== undefined && !context.quiet) context.streams.err(`The report is in ${escapeText(manners.report)}\n`);
  return exitCode;
}

export function isForPeople(output: OutputFormat): boolean {
  return output === 'table' || output === 'wide';
}

/** What was interrupted ends with what can be done about it, and nobody is kept in a pager. */
async function tell(context: CommandContext, options: CommandOptions, lines: Iterable<string>): Promise<void> {
  const { streams, signal } = context;
  if (signal.aborted) await writeLines((text) => streams.outSlowly(text), lines);
  else await paged(context, options, async (write) => { await writeLines(write, lines); return EXIT.done; });
}

function rendered(context: CommandContext, options: CommandOptions, { planned, deps, report, resume }: EndedRun, outcome: RestoreOutcome): Iterable<string> {
  const { output, streams } = context;
  switch (output) {
    case 'json':
      return [restoreReportJson(outcome)];
    case 'yaml':
      return [yamlText(parseJson(restoreReportJson(outcome)) as JsonObject)];
    case 'md':
      return [restoreReportMarkdown(outcome)];
    case 'junit':
      return [restoreReportJUnit(outcome)];
    case 'name':
      return report.results.filter(isTrouble).map(({ id }) => nameLine(id));
    default: {
      const side = report.saved === null ? null : deps.history.side(`pre-restore/${report.run}`);
      const savedIn = side?.location ?? null;
      const places = savedIn === null ? options : { ...options, repo: savedIn };
      const back = report.saved === null ? null : commandText(['restore', `pre-restore/${report.run}`, ...scopeWords(planned.plan.scope)], places);
      return reportLines(report, { wide: output === 'wide', paint: (style, words) => streams.paint(style, words), resume, back, savedIn, unchanged: planned.plan.unchanged, exitCode: outcome.exitCode });
    }
  }
}
