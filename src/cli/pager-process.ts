import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pagerEnvironment } from '../config/env.js';
import { escapeText } from '../lib/escape.js';
import type { PagedContext } from './pager.js';

type Child = ChildProcessByStdio<Writable, null, null>;

/** What a shell ends with when it cannot find, or not run, a command. */
const NOT_RUN = [126, 127];

/** A pager that has the terminal: the progress line rests, and Ctrl-C is the pager's: it means nothing to us until it ends. */
export class PagerProcess {
  readonly #child: Child;
  readonly #ended: Promise<void>;
  #alive = true;

  /** Null when there is no such program. `leave` is called when it ends, or closes its input, before end(). */
  static async start(command: string, context: PagedContext, leave: () => void): Promise<PagerProcess | null> {
    // A word or two need no shell, and a program that is missing is then known to be.
    const words = /^[\w./+=@ -]+$/.test(command) ? command.split(/ +/) : ['sh', '-c', command];
    const [program = '', ...args] = words;
    const child = spawn(program, args, { stdio: ['pipe', 'inherit', 'inherit'], env: pagerEnvironment() });
    try {
      await once(child, 'spawn');
    } catch {
      return null;
    }
    return new PagerProcess(child, command, context, leave);
  }

  /** For start(). */
  constructor(child: Child, command: string, context: PagedContext, leave: () => void) {
    this.#child = child;
    const interrupts = context.holdInterrupts();
    const progress = context.activity.hold();
    child.stdin.on('error', leave);
    this.#ended = once(child, 'close').then(([code]) => {
      this.#alive = false;
      interrupts[Symbol.dispose]();
      progress[Symbol.dispose]();
      leave();
      if (NOT_RUN.includes(code as number)) context.streams.err(`warning: The pager could not be run: ${escapeText(command)}\n`);
    });
  }

  async write(text: string): Promise<void> {
    const { stdin } = this.#child;
    if (!this.#alive || stdin.destroyed || stdin.write(text)) return;
    await Promise.race([once(stdin, 'drain'), this.#ended]).catch(() => undefined);
  }

  /** Closes its input and waits until the person has read enough. */
  async end(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
