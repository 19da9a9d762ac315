import type { CommandOptions, OutputFormat } from './context.js';

const GENERAL = ['table', 'wide', 'yaml', 'json', 'name'] as const;

/** Every command (a file in cli/commands/), with the forms of its output; the first one is its default. */
export const FORMATS = {
  demo: GENERAL,
  export: GENERAL,
  mirror: GENERAL,
  status: GENERAL,
  ls: GENERAL,
  show: ['yaml', 'json', 'table', 'wide', 'name'],
  log: GENERAL,
  blame: GENERAL,
  diff: ['text', 'fields', 'json-patch', 'side-by-side', 'summary', 'junit', 'md', 'json', 'yaml', 'name'],
  verify: ['table', 'wide', 'yaml', 'json', 'name', 'md', 'junit'],
  plan: ['table', 'wide', 'json', 'yaml', 'md', 'name'],
  restore: ['table', 'wide', 'json', 'yaml', 'md', 'junit', 'name'],
  revert: ['table', 'wide', 'json', 'yaml', 'md', 'junit', 'name'],
  point: GENERAL,
  completion: GENERAL,
  config: GENERAL,
  version: GENERAL,
} as const satisfies Readonly<Record<string, readonly OutputFormat[]>>;

export type CommandName = keyof typeof FORMATS;

/** The words of a command line that are no options. */
export interface Words {
  /** What stands before `--`, without the command; a subcommand (`create` of `point create`) comes first. */
  readonly args: readonly string[];
  /** What stands behind `--`: objects, as TYPE or TYPE/NAME. */
  readonly objects: readonly string[];
}

/** A command line that was understood: what to run, with which options. */
export interface Invocation {
  readonly command: CommandName;
  readonly options: CommandOptions;
  readonly words: Words;
}

/** Splits a command line at the first `--`: commander would drop it, and take the words behind it for others. */
export function splitWords(argv: readonly string[]): { readonly line: readonly string[]; readonly objects: readonly string[] } {
  const end = argv.indexOf('--');
  return end < 0 ? { line: argv, objects: [] } : { line: argv.slice(0, end), objects: argv.slice(end + 1) };
}
