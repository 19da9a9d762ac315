// A real terminal: tmux, on a server of its own. What a person sees is read from its screen.
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

export interface TerminalOptions {
  /** Working folder and HOME; must not be in use by another terminal. */
  readonly folder: string;
  readonly columns?: number;
  readonly rows?: number;
  /** Of the shell and what it starts, beside PATH, HOME, TERM and a UTF-8 locale. */
  readonly env?: Readonly<Record<string, string>>;
}

const PROMPT = 'ready>';
/** The shell says how the last command ended before it asks for the next. */
const ENDED = new RegExp(`\\[exit \\d+\\]\\r*\\n[^\\n]*${PROMPT} $`);
const DEADLINE_MS = 15_000;
let terminals = 0;

/** Whether this machine has tmux. Under CI=true a missing one is an error. */
export function hasTerminal(): boolean {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
    return true;
  } catch (error) {
    if (process.env['CI'] === 'true') throw new Error('CI=true, and there is no tmux: apt-get install tmux', { cause: error });
    return false;
  }
}

export interface Finished {
  readonly code: number;
  readonly text: string;
}

/** Puts a program `kubetape` (the built one) into a folder; returns the PATH that finds it there. */
export function kubetapeIn(folder: string): string {
  const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
  const file = join(folder, 'kubetape');
  writeFileSync(file, `#!/bin/sh\nexec ${quoted(process.execPath)} ${quoted(main)} "$@"\n`);
  chmodSync(file, 0o755);
  return `${folder}:${process.env['PATH'] ?? ''}`;
}

/** An interactive bash in a terminal. */
export class Terminal {
  private readonly socket: string;
  private readonly recording: string;
  private readonly onExit = (): void => this.kill();

  private constructor(socket: string, recording: string) {
    this.socket = socket;
    this.recording = recording;
    process.once('exit', this.onExit);
  }

  static async open(options: TerminalOptions): Promise<Terminal> {
    const { folder, columns = 100, rows = 30 } = options;
    const terminal = new Terminal(join(folder, `tmux-${++terminals}`), join(folder, `recording-${terminals}`));
    writeFileSync(terminal.recording, '');
    const env = { PATH: process.env['PATH'] ?? '', HOME: folder, LC_ALL: 'C.UTF-8', PS1: `[exit $?]\\n${PROMPT} `, HISTFILE: '', ...options.env };
    const shell = ['env', '-i', ...Object.entries({ TERM: 'screen-256color', ...env }).map(([name, value]) => `${name}=${value}`), 'bash', '--norc', '--noprofile'];
    await terminal.tmux('-f', '/dev/null', 'new-session', '-d', '-x', String(columns), '-y', String(rows), '-c', folder, shell.map(quoted).join(' '));
    await terminal.tmux('pipe-pane', '-o', `exec cat >> ${quoted(terminal.recording)}`);
    await terminal.waitFor(new RegExp(`^${PROMPT}`, 'm'));
    return terminal;
  }

  /** Types a line and Enter. */
  async type(line: string): Promise<void> {
    await this.tmux('send-keys', '-l', line);
    await this.keys('Enter');
  }

  /** Presses keys by tmux' names: `C-c`, `q`, `Enter`. */
  async keys(...names: readonly string[]): Promise<void> {
    await this.tmux('send-keys', ...names);
  }

  /** What is on the screen now, without blanks at the ends of lines. */
  async screen(): Promise<string> {
    return this.tmux('capture-pane', '-p');
  }

  /** The same with what has scrolled away, in lines as they were written: a line that was wrapped is one. */
  async everything(): Promise<string> {
    return this.tmux('capture-pane', '-p', '-J', '-S', '-');
  }

  /** Every byte that was written to the terminal since the last forget(). */
  recorded(): string {
    return readFileSync(this.recording, 'utf8');
  }

  forget(): void {
    writeFileSync(this.recording, '');
  }

  /** Waits until the screen shows something; throws with the screen when it does not. */
  async waitFor(pattern: RegExp, timeoutMs = DEADLINE_MS): Promise<string> {
    let last = '';
    return eventually(async () => (pattern.test((last = await this.screen())) ? last : null), { timeoutMs, everyMs: 20 }).catch(() => {
      throw new Error(`The terminal does not show ${pattern}; it shows:\n${last}`);
    });
  }

  /** Runs a command line to its end; what it left on the screen, and its exit code. */
  async run(line: string): Promise<Finished> {
    await this.start(line);
    return this.finished();
  }

  /** Starts a command line, on a clean screen and with an empty recording. */
  async start(line: string): Promise<void> {
    this.forget();
    await this.type('clear');
    await eventually(() => ENDED.test(this.recorded().split('clear')[1] ?? ''), { timeoutMs: DEADLINE_MS, everyMs: 20, describe: 'a clean screen' });
    await this.waitFor(new RegExp(`^\\[exit 0\\]\\n${PROMPT}\\s*$`));
    await this.tmux('clear-history');
    this.forget();
    await this.type(line);
  }

  /** Waits for the end of what start() started. */
  async finished(timeoutMs = DEADLINE_MS): Promise<Finished> {
    await eventually(() => ENDED.test(this.recorded()), { timeoutMs, everyMs: 20 }).catch(async () => {
      throw new Error(`The command does not end; the terminal shows:\n${await this.screen()}`);
    });
    await this.waitFor(new RegExp(`\\[exit \\d+\\]\\n${PROMPT}\\s*$`));
    const all = await this.everything();
    const end = all.lastIndexOf('[exit ');
    const [, ...lines] = all.slice(all.indexOf(`\n${PROMPT} `) + 1, end).split('\n');
    return { code: Number.parseInt(all.slice(end + '[exit '.length), 10), text: lines.map((each) => each.trimEnd()).join('\n') };
  }

  /** Ends the shell and what it started. */
  close(): void {
    process.off('exit', this.onExit);
    this.kill();
  }

  private kill(): void {
    try {
      execFileSync('tmux', ['-S', this.socket, 'kill-server'], { stdio: 'ignore' });
    } catch {
      // It has ended by itself.
    }
  }

  private async tmux(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('tmux', ['-S', this.socket, ...args], { maxBuffer: 64 << 20 });
    return stdout;
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
