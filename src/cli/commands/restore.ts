import type { ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { text } from '../option-values.js';
import { carryOut, type CarryOut } from '../restore/carry-out.js';
import { openRestoreSession } from '../restore/open-session.js';
import { planFromFile, planFromRun, planFromWords } from '../restore/plan-sources.js';
import { assertNoPlanOptions, restoreOptions, runManners } from '../restore/restore-options.js';
import { scopeOf } from '../restore/scope.js';
import { UsageError } from '../usage-error.js';

/** `restore`: plan, question, writes, proof. 0 all is as the commit says; else exit-codes.ts. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const manners = runManners(options);
  const source = sourceOf(options, [...args, ...objects]);
  await using session = await openRestoreSession(context);
  const work = await source(context, session.deps, manners.concurrency);
  return await carryOut(context, options, { ...work, deps: session.deps, manners });
}

type Source = (context: CommandContext, deps: CarryOut['deps'], concurrency: number | undefined) => Promise<Pick<CarryOut, 'planned' | 'run' | 'resumed' | 'unfinished'>>;

/** Everything that is wrong with the words is said before anything is opened. */
function sourceOf(options: CommandOptions, words: readonly string[]): Source {
  const [file, resumed] = [text(options['plan']), text(options['resume'])];
  if (file !== undefined && resumed !== undefined) throw new UsageError('USAGE', '--plan and --resume contradict each other', { hint: 'A run that goes on plans again by itself' });
  if (file !== undefined) {
    assertNoPlanOptions(options, words, '--plan');
    return (context, deps, concurrency) => planFromFile(context, deps, file, concurrency);
  }
  if (resumed !== undefined) {
    assertNoPlanOptions(options, words, '--resume');
    return (context, deps, concurrency) => planFromRun(context, deps, resumed, concurrency);
  }
  const [revision, ...named] = words;
  if (revision === undefined) {
    throw new UsageError('USAGE', 'restore needs a revision, --plan or --resume', { hint: "kubetape restore HEAD -n shop; kubetape restore '2 hours ago' deploy/web -n shop; kubetape restore --plan plan.json" });
  }
  const wish = { scope: scopeOf(options, named, 'restore'), options: restoreOptions(options) };
  return (context, deps, concurrency) => planFromWords(context, deps, revision, wish, concurrency);
}
