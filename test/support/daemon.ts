// The built program as a child process.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { eventually } from './eventually.js';

export interface DaemonOptions {
  readonly args: readonly string[];
  /** Beside PATH and a HOME of its own; nothing else of this process' environment reaches the child. */
  readonly env?: Readonly<Record<string, string>>;
  /** Working folder and HOME. */
  readonly cwd: string;
  /** Default: dist/main.js. */
  readonly program?: string;
  /** Options of node itself, such as --max-old-space-size=200. */
  readonly nodeArgs?: readonly string[];
}

export interface Exit {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

/** `node dist/main.js …` (`npm run build` makes it). It is killed when this process ends. */
export class Daemon {
  readonly pid: number;
  readonly exited: Promise<Exit>;
  private readonly child: ChildProcess;
  private readonly output = { stdout: '', stderr: '' };
  private end: Exit | null = null;

  private constructor(child: ChildProcess) {
    this.child = child;
    this.pid = child.pid ?? -1;
    const kill = (): void => void child.kill('SIGKILL');
    process.once('exit', kill);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output.stderr += text));
    this.exited = new Promise((done, fail) => {
      child.once('error', fail);
      child.once('close', (code, signal) => {
        process.off('exit', kill);
        this.end = { code, signal, ...this.output };
        done(this.end);
      });
    });
    this.exited.catch(() => undefined); // whoever waits for it gets the failure
  }

  static start(options: DaemonOptions): Daemon {
    const program = options.program ?? fileURLToPath(new URL('../../dist/main.js', import.meta.url));
    if (!existsSync(program)) throw new Error(`There is no ${program}: run npm run build`);
    const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd, NO_COLOR: '1', ...options.env };
    return new Daemon(spawn(process.execPath, [...(options.nodeArgs ?? []), program, ...options.args], { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe'] }));
  }

  /** Runs it to its end. */
  static async run(options: DaemonOptions): Promise<Exit> {
    return Daemon.start(options).exited;
  }

  get stdout(): string {
    return this.output.stdout;
  }

  get stderr(): string {
    return this.output.stderr;
  }

  get running(): boolean {
    return this.end === null;
  }

  /** Waits for a line on standard output or error; throws with everything that was written when it ends before. */
  async waitForLine(pattern: RegExp, timeoutMs = 30_000): Promise<RegExpExecArray> {
    return this.until(() => {
      const lines = `${this.output.stdout}\n${this.output.stderr}`.split('\n');
      return lines.map((line) => new RegExp(pattern.source, pattern.flags.replace('g', '')).exec(line)).find((found) => found !== null);
    }, `a line like ${pattern}`, timeoutMs);
  }

  /** Waits until the URL answers with the status. */
  async waitForHttp(url: string, status = 200, timeoutMs = 30_000): Promise<HttpAnswer> {
    return this.until(async () => {
      const answer = await httpGet(url);
      if (answer.status !== status) throw new Error(`${url} answers ${answer.status} ${answer.body.slice(0, 300)}`);
      return answer;
    }, `${status} of ${url}`, timeoutMs);
  }

  /** Sends a signal. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', timeoutMs = 20_000): Promise<Exit> {
    this.signal(signal);
    return this.waitForExit(timeoutMs);
  }

  /** Waits for the end; when that does not come, kills it and throws. */
  async waitForExit(timeoutMs = 30_000): Promise<Exit> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((done) => (timer = setTimeout(() => done('late'), timeoutMs)));
    const first = await Promise.race([this.exited, late]);
    clearTimeout(timer);
    if (first !== 'late') return first;
    this.signal('SIGKILL');
    await this.exited;
    throw new Error(`The program did not end within ${timeoutMs} ms\n${this.story()}`);
  }

  private async until<T>(check: () => T | Promise<T>, describe: string, timeoutMs: number): Promise<NonNullable<T>> {
    let dead = false;
    const found = await eventually(async () => {
      const ended = !this.running; // looked at first: what it wrote before its end counts
      try {
        const value = await check();
        if (value !== null && value !== undefined) return { value };
      } catch (error) {
        if (!ended) throw error;
      }
      dead = ended;
      return ended ? { value: undefined } : undefined;
    }, { timeoutMs, describe }).catch((error: unknown) => {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${this.story()}`);
    });
    if (dead) throw new Error(`The program ended (exit ${this.end?.code ?? this.end?.signal}) before ${describe}\n${this.story()}`);
    return found.value as NonNullable<T>;
  }

  private story(): string {
    return `stdout:\n${this.output.stdout.slice(-3000)}\nstderr:\n${this.output.stderr.slice(-3000)}`;
  }
}

/** GET over HTTP/1.1 without keep-alive. */
export async function httpGet(url: string): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    const sent = request(url, { agent: false, timeout: 5000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('error', fail).once('end', () => done({ status: response.statusCode ?? 0, body }));
    });
    sent.once('timeout', () => sent.destroy(new Error(`${url} does not answer`))).once('error', fail);
    sent.end();
  });
}
