import type { ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { carryOut } from '../restore/carry-out.js';
import { openRestoreSession } from '../restore/open-session.js';
import { planOfRevert, rangeOf } from '../restore/plan-revert-words.js';
import { restoreOptions, runManners } from '../restore/restore-options.js';
import { scopeOf } from '../restore/scope.js';

/** `revert A..B`: takes one change back where nobody has changed it since. 3: there are conflicts. */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const [word, ...named] = args;
  const range = rangeOf(word);
  const wish = { scope: scopeOf(options, [...named, ...objects], 'revert'), options: restoreOptions(options) };
  const manners = runManners(options);
  await using session = await openRestoreSession(context);
  const work = await planOfRevert(context, session.deps, range, wish, manners.concurrency);
  return await carryOut(context, options, { ...work, deps: session.deps, manners });
}
