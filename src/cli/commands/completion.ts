import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import { SCRIPTS, SHELLS } from '../completion/scripts.js';
import type { BaseContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { UsageError } from '../usage-error.js';

/** `completion SHELL`: the script that the shell reads. */
export async function run(context: BaseContext, _options: CommandOptions, { args }: Words): Promise<ExitCode> {
  const shell = SHELLS.find((known) => known === args[0]);
  if (shell === undefined) throw new UsageError('USAGE', `There is no completion for "${args[0] ?? ''}"`, { hint: `The shells are ${SHELLS.join(', ')}` });
  context.streams.out(SCRIPTS[shell]);
  return EXIT.done;
}
