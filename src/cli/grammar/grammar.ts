import type { Command } from 'commander';
import { FORMATS, type CommandName, type Invocation } from '../invocation.js';

/** How the files of cli/grammar/ hang a command to its code. */
export interface Grammar {
  /** An action: runs `command`; `first` are words that come before those that were given (a subcommand). */
  readonly invokes: (command: CommandName, ...first: string[]) => (...given: unknown[]) => Promise<void>;
}

/** `objects`: what stood behind `--`; `takesObjects`: the commands for which these are something of their own. */
export function createGrammar(objects: readonly string[], invoke: (invocation: Invocation) => Promise<void>): Grammar {
  return {
    invokes: (command, ...first) => async (...given) => {
      const invoked = given.at(-1) as Command;
      const options = invoked.optsWithGlobals();
      checkFormat(command, invoked, options['output']);
      if (objects.length > 0 && !TAKE_OBJECTS.has(command)) {
        invoked.error(`error: kubetape ${command} takes no objects behind --`, { code: 'commander.excessArguments' });
      }
      await invoke({ command, options, words: { args: [...first, ...invoked.args], objects } });
    },
  };
}

const TAKE_OBJECTS: ReadonlySet<CommandName> = new Set(['ls', 'show', 'log', 'blame', 'diff', 'verify', 'plan', 'restore', 'revert']);

/** The choices of -o are those of the command, which commander does not know when it reads a global option. */
function checkFormat(command: CommandName, invoked: Command, given: unknown): void {
  const choices: readonly string[] = FORMATS[command];
  if (typeof given === 'string' && !choices.includes(given)) {
    const message = `error: Option '-o, --output <format>' argument '${given}' is invalid for ${command}. Its forms are ${choices.join(', ')}.`;
    invoked.error(message, { code: 'commander.invalidArgument' });
  }
}

/** What --help says at its end: forms of the output, examples. */
export function helpEnd(command: CommandName, ...lines: string[]): string {
  const [normal = '', ...others] = FORMATS[command];
  return `\nForms of the output (-o): ${normal} (default), ${others.join(', ')}\n${examples(...lines)}`;
}

export function examples(...lines: string[]): string {
  return `\nExamples:\n${lines.map((line) => `  $ ${line}`).join('\n')}`;
}
