import { escapeText } from '../../lib/escape.js';
import type { ExitCode } from '../../lib/exit-codes.js';
import type { RestorePlan } from '../../model/restore-plan.js';
import { writePlan } from '../../restore/plan/plan-file.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { text } from '../option-values.js';
import { paged } from '../pager.js';
import { writeLines } from '../render/document.js';
import { planExitCode } from '../restore/exit-codes.js';
import { openRestoreSession } from '../restore/open-session.js';
import { planDocument } from '../restore/plan-documents.js';
import { planLines } from '../restore/plan-lines.js';
import { commitOf, planWish } from '../restore/plan-wish.js';
import { restoreOptions, runManners } from '../restore/restore-options.js';
import { scopeOf } from '../restore/scope.js';
import { UsageError } from '../usage-error.js';

/** `plan`: what a restore would do; nothing is written. 0 nothing, 1 something, 3 and 4 as exit-codes.ts says. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const [revision, ...named] = args;
  if (revision === undefined) throw new UsageError('USAGE', 'plan needs a revision', { hint: "kubetape plan HEAD -n shop; kubetape plan '2 hours ago' deploy/web -n shop" });
  const scope = scopeOf(options, [...named, ...objects], 'plan');
  const { concurrency } = runManners(options);
  const wish = { scope, options: restoreOptions(options) };
  await using session = await openRestoreSession(context);
  const commit = await commitOf(revision, 'plan', session.deps.history, context);
  const { plan } = await planWish(context, session.deps, { ...wish, commit }, { concurrency, named: true });
  const out = text(options['out']);
  // First the file, then the telling: a closed pager must not cost it.
  if (out !== undefined) writePlan(out, plan);
  await paged(context, options, async (write) => {
    await writeLines(write, rendered(plan, context));
    return planExitCode(plan);
  });
  if (out !== undefined && !context.quiet) context.streams.err(`The plan is in ${escapeText(out)}; kubetape restore --plan ${escapeText(out)} carries it out\n`);
  return planExitCode(plan);
}

function rendered(plan: RestorePlan, { output, streams }: CommandContext): Iterable<string> {
  return output === 'table' || output === 'wide' ? planLines(plan, { wide: output === 'wide', paint: (style, words) => streams.paint(style, words) }) : planDocument(plan, output);
}
