import type { Command, Option } from 'commander';
import type { Environment } from '../../config/env.js';
import { FORMATS, type CommandName } from '../invocation.js';
import { createProgram } from '../program.js';
import { SHELLS } from './scripts.js';
import { RepositoryNames } from './repository-names.js';

/** What can stand at the cursor: words, or what the shell finds itself. */
export interface Candidates {
  readonly directive: 'words' | 'files' | 'folders';
  readonly words: readonly string[];
}

/** A line as far as it was typed. */
interface Typed {
  /** The innermost command. */
  readonly command: Command;
  /** Its name without the program's: `point rm`. */
  readonly name: string;
  readonly operands: readonly string[];
  /** Values by long name (`--namespace`). */
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** An option that waits for its value. */
  readonly pending: Option | undefined;
  /** `--` was typed. */
  readonly behindDashes: boolean;
}

const FIXED: Readonly<Record<string, readonly string[]>> = {
  '--color': ['auto', 'always', 'never'],
  '--log-level': ['debug', 'info', 'warn', 'error'],
  '--log-format': ['text', 'json'],
  '--secrets': ['digest', 'plain', 'skip'],
  '--include': ['types=', 'namespaces=', 'names=', 'selector='],
  '--exclude': ['types=', 'namespaces=', 'names=', 'selector='],
};
const FILES: ReadonlySet<string> = new Set(['--config', '--filename', '--kubeconfig', '--certificate-authority', '--digest-key', '--plan', '--out']);
const FOLDERS: ReadonlySet<string> = new Set(['--repo', '--report']);
const TIMES = ['yesterday', '1 hour ago', '2 hours ago', '1 day ago', '1 week ago'];

/** `before`: the words before the cursor, without the program. */
export async function candidatesFor(before: readonly string[], current: string, environment: Environment, signal: AbortSignal): Promise<Candidates> {
  const nothing = (): void => undefined;
  const program = createProgram({ version: '', objects: [], invoke: async () => undefined, out: nothing, err: nothing });
  const typed = readWords(program, before);
  const names = new RepositoryNames(typed.values, environment, signal);
  if (typed.pending !== undefined) return optionValues(typed.pending, typed, names);
  const [, flag = '', value] = /^(--[a-z-]+)=(.*)$/s.exec(typed.behindDashes ? '' : current) ?? [];
  const option = findOption(typed.command, flag);
  if (value !== undefined && option !== undefined) {
    const { directive, words } = await optionValues(option, typed, names);
    return { directive, words: words.map((word) => `${flag}=${word}`) };
  }
  if (current.startsWith('-') && !typed.behindDashes) return offer(flagsOf(typed.command));
  const commands = typed.command.commands.map((each) => each.name());
  if (commands.length > 0) return offer(typed.operands.length === 0 ? [...commands, ...(typed.command.parent === null ? ['help'] : [])] : []);
  return offer(await operandsOf(typed, current, names));
}

function offer(words: readonly string[]): Candidates {
  return { directive: 'words', words };
}

async function optionValues(option: Option, { name }: Typed, names: RepositoryNames): Promise<Candidates> {
  const long = option.long ?? '';
  if (FILES.has(long)) return { directive: 'files', words: [] };
  if (FOLDERS.has(long)) return { directive: 'folders', words: [] };
  if (long === '--output') return offer(FORMATS[name.split(' ')[0] as CommandName] ?? FORMATS.status);
  if (long === '--namespace') return offer(await names.namespaces());
  if (long === '--branch') return offer(await names.branches());
  if (long === '--at') return offer([...(await names.revisions()), ...TIMES]);
  if (long === '--since' || long === '--until') return offer([...TIMES, ...(await names.revisions())]);
  if (long === '--resume') return offer(['last', ...names.runs()]);
  return offer(FIXED[long] ?? option.argChoices ?? []);
}

async function operandsOf({ name, operands, behindDashes }: Typed, current: string, names: RepositoryNames): Promise<readonly string[]> {
  switch (name) {
    case 'show':
    case 'blame':
      return names.objects(current, 'one');
    case 'ls':
    case 'log':
      return names.objects(current, 'types');
    case 'diff':
    case 'verify':
      if (behindDashes) return names.objects(current, 'types');
      return operands.length >= (name === 'diff' ? 2 : 1) ? [] : names.revisions();
    case 'plan':
    case 'restore':
      return operands.length === 0 && !behindDashes ? names.revisions() : names.objects(current, 'types');
    case 'revert':
      return operands.length === 0 && !behindDashes ? rangesOf(current, await names.revisions()) : names.objects(current, 'types');
    case 'point rm':
      return operands.length === 0 ? names.points() : [];
    case 'completion':
      return operands.length === 0 ? SHELLS : [];
    case 'help':
      return operands.length === 0 ? Object.keys(FORMATS) : [];
    default:
      return [];
  }
}

/** `A..` is followed by a revision, as long as it is typed. */
function rangesOf(current: string, revisions: readonly string[]): readonly string[] {
  const dots = current.indexOf('..');
  return dots < 0 ? revisions.map((revision) => `${revision}..`) : revisions.map((revision) => `${current.slice(0, dots)}..${revision}`);
}

/** Follows commands and options as commander would, but takes everything as it comes. */
function readWords(program: Command, words: readonly string[]): Typed {
  let command = program;
  let pending: Option | undefined;
  let behindDashes = false;
  const operands: string[] = [];
  const path: string[] = [];
  const values = new Map<string, string[]>();
  const put = (option: Option, value: string): void => { values.set(option.long ?? '', [...(values.get(option.long ?? '') ?? []), value]); };
  for (const word of words) {
    const inner = command.commands.find((each) => each.name() === word);
    if (pending !== undefined) {
      put(pending, word);
      pending = undefined;
    } else if (behindDashes) {
      operands.push(word);
    } else if (word === '--') {
      behindDashes = true;
    } else if (word.startsWith('-') && word !== '-') {
      const [flag = '', value] = word.startsWith('--') ? [word.split('=', 1)[0], word.includes('=') ? word.slice(word.indexOf('=') + 1) : undefined] : [word.slice(0, 2), word.slice(2) || undefined];
      const option = findOption(command, flag);
      if (option?.required === true && value !== undefined) put(option, value);
      else if (option?.required === true) pending = option;
    } else if (inner !== undefined && operands.length === 0) {
      command = inner;
      path.push(word);
    } else {
      operands.push(word);
      if (word === 'help' && command === program) path.push(word);
    }
  }
  const help = path[0] === 'help';
  return { command: help ? new (program.constructor as typeof Command)('help') : command, name: path.join(' '), operands: help ? operands.slice(1) : operands, values, pending, behindDashes };
}

function findOption(command: Command, flag: string): Option | undefined {
  return optionsOf(command).find((option) => flag !== '' && (option.long === flag || option.short === flag));
}

function flagsOf(command: Command): string[] {
  return [...optionsOf(command).flatMap(({ long }) => long ?? []), '--help'];
}

/** Its own, and those of the commands above it. */
function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...(command.parent === null ? [] : optionsOf(command.parent))];
}
