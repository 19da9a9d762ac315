import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { listCoverage } from '../list/coverage.js';
import { listSelected } from '../list/objects.js';
import { withReading } from '../reading.js';

/** `ls`: what is in the repository at a revision; with --coverage how completely it was seen (3: not all of it). */
export async function run(context: CommandContext, options: CommandOptions, { args, objects }: Words): Promise<ExitCode> {
  const named = [...args, ...objects];
  return withReading(context, options, async (reading) => {
    const selection = reading.select(named);
    if (options['coverage'] === true) return listCoverage(context, options, reading, selection);
    await listSelected(context, options, reading, selection, named);
    return EXIT.done;
  });
}
