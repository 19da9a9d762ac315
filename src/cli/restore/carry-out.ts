import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../lib/errors.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { RestoreEvent, RestoreReport } from '../../model/restore-run.js';
import type { Planned } from '../../restore/plan/make-plan.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import { RestoreError } from '../../restore/restore-error.js';
import { runRestore } from '../../restore/run/run-restore.js';
import { savePreRestore } from '../../restore/save.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { paged } from '../pager.js';
import { writeLines } from '../render/document.js';
import { terminalAsk } from './ask.js';
import { commandText } from './command-text.js';
import { confirm } from './confirm.js';
import { isWrite } from './exit-codes.js';
import { planConclusion, planLines } from './plan-lines.js';
import { emptyReport } from './empty-report.js';
import type { RunManners } from './restore-options.js';
import { RunProgress } from './run-progress.js';
import { isForPeople, tellReport } from './tell-report.js';

export interface CarryOut {
  readonly planned: Planned;
  readonly deps: PlanDeps;
  readonly manners: RunManners;
  /** Names the run. */
  readonly run: string;
  /** It was begun before. */
  readonly resumed: boolean;
  /** An earlier run left an object away: there is something to do whatever the plan says. */
  readonly unfinished: boolean;
  /** What the end is besides what the report says. */
  readonly exitCodes?: readonly ExitCode[];
}

/** Journals of runs. */
export function journalFolder({ environment }: Pick<CommandContext, 'environment'>): string {
  return join(environment.stateFolder, 'runs');
}

/**
 * Shows a plan, has it confirmed, carries it out and tells how it ended. RestoreError NOT_CONFIRMED, PREFLIGHT and NOT_SAVED: nothing was
 * written.
 */
export async function carryOut(context: CommandContext, options: CommandOptions, work: CarryOut): Promise<ExitCode> {
  const { planned, manners, run } = work;
  const { plan } = planned;
  const idle = !plan.steps.some(isWrite) && !work.unfinished;
  const asks = !idle && !manners.yes;
  await showPlan(context, options, work, asks);
  if (idle) return tellReport(context, options, { ...work, report: emptyReport(plan, run, context.clock.now()), resume: null, isIdle: true });
  if (asks) await confirm(plan, terminalAsk(process.stdin, process.stderr), context.signal);
  const report = await carriedOut(context, options, work);
  return tellReport(context, options, { ...work, report, resume: isOpen(report) ? commandText(['restore', '--resume', run], options) : null });
}

/** For people on stdout, before they are asked; where stdout is a document, on stderr, and in one line when nobody is asked. */
async function showPlan(context: CommandContext, options: CommandOptions, { planned: { plan } }: CarryOut, asks: boolean): Promise<void> {
  const { streams, output, quiet } = context;
  if (!asks && quiet) return;
  if (isForPeople(output)) {
    const paint: typeof streams.paint = (style, words) => streams.paint(style, words);
    await paged(context, asks ? options : { ...options, pager: false }, async (write) => {
      await writeLines(write, planLines(plan, { wide: output === 'wide', paint }));
      return EXIT.done;
    });
    return;
  }
  const paint: typeof streams.paint = (style, words) => streams.paintErr(style, words);
  if (asks) for (const line of planLines(plan, { wide: false, paint })) streams.err(line);
  else streams.err(`${planConclusion(plan)}\n`);
}

async function carriedOut(context: CommandContext, options: CommandOptions, { planned, deps, manners, run, resumed }: CarryOut): Promise<RestoreReport> {
  const journals = openJournalFolder(context);
  using progress = new RunProgress(context, planned.plan);
  let begun = false;
  const onEvent = (event: RestoreEvent): void => {
    begun ||= event.kind === 'phase' && event.phase === 'applying';
    progress.tell(event);
  };
  try {
    return await runRestore({ ...deps, save: savePreRestore(deps), journals, onEvent }, planned, { run, concurrency: manners.concurrency ?? CONCURRENCY, waitMs: manners.waitMs, settleMs: manners.settleMs, resumed }, context.signal);
  } catch (error) {
    // What was written is written: without a report a person must know at least how to go on.
    if (begun) context.streams.err(`The run ${run} had begun to write; to go on: ${commandText(['restore', '--resume', run], options)}\n`);
    throw error;
  }
}

const CONCURRENCY = 32;

function openJournalFolder(context: CommandContext): string {
  const folder = journalFolder(context);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new RestoreError('NOT_SAVED', `The journal of the run cannot be kept in ${folder}: ${messageOf(error)}`, { cause: error, hint: 'Let XDG_STATE_HOME name a folder that can be written' });
  }
  return folder;
}

/** Something is left that going on may bring. */
function isOpen({ interrupted, counts }: RestoreReport): boolean {
  return interrupted || counts.pending + counts.failed + counts.interrupted + counts.stale > 0;
}
