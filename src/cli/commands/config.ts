import { configJsonSchema, printSettings, toFileForm } from '../../config/print.js';
import { escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { BaseContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';

/** `config check`: every mistake of file, environment and flags, or a word that there is none. */
export async function check(context: BaseContext): Promise<ExitCode> {
  const { file } = await context.load(context.signal);
  if (context.output === 'json') {
    context.streams.out(`${JSON.stringify({ valid: true, file: file ?? null })}\n`);
  } else {
    context.streams.out(`The configuration is valid (${file === undefined ? 'no file, defaults' : escapeText(file)}, environment and flags)\n`);
  }
  return EXIT.done;
}

/** `config print`: the settings in force, with where each comes from. */
export async function print(context: BaseContext): Promise<ExitCode> {
  const loaded = await context.load(context.signal);
  context.streams.out(
    context.output === 'json' ? `${JSON.stringify(toFileForm(loaded.settings), null, 2)}\n` : printSettings(loaded),
  );
  return EXIT.done;
}

/** `config schema`: the JSON Schema of the file, for editors and people. */
export async function schema(context: BaseContext): Promise<ExitCode> {
  context.streams.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  return EXIT.done;
}

const ACTIONS = { check, print, schema };

export async function run(context: BaseContext, _options: CommandOptions, { args }: Words): Promise<ExitCode> {
  const action = ACTIONS[args[0] as keyof typeof ACTIONS];
  return action(context);
}
