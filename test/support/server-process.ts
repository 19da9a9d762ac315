import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import type { Program } from './control-plane-binary.js';
import type { ProcessGuard } from './process-guard.js';

export interface ServerProcessOptions {
  readonly name: string;
  readonly program: Program;
  readonly args: readonly string[];
  /** Standard output and error, appended. */
  readonly log: string;
  readonly cwd: string;
  readonly guard: ProcessGuard;
}

/** One server as a child process. */
export class ServerProcess {
  readonly name: string;
  readonly log: string;
  readonly pid: number;
  /** Resolves when it has ended, with how. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;
  private readonly logStart: number;
  private how: string | null = null;

  private constructor(options: ServerProcessOptions, child: ChildProcess, logStart: number) {
    this.name = options.name;
    this.log = options.log;
    this.child = child;
    this.logStart = logStart;
    this.pid = child.pid ?? -1;
    if (child.pid !== undefined) options.guard.add(child.pid);
    this.ended = new Promise((done) => {
      const finish = (how: string): void => {
        this.how = how;
        if (child.pid !== undefined) options.guard.remove(child.pid);
        done(how);
      };
      child.once('error', (error) => finish(error.message));
      child.once('exit', (code, signal) => finish(signal ?? `exit ${code}`));
    });
  }

  /** Starts the program; it runs, but does not serve yet. */
  static start(options: ServerProcessOptions): ServerProcess {
    const log = openSync(options.log, 'a');
    const logStart = statSync(options.log).size;
    const { file, args } = options.program;
    // No proxy and no credentials of the person who runs the tests reach the servers; two cores are enough for all.
    const env = { PATH: process.env['PATH'] ?? '', HOME: options.cwd, TMPDIR: options.cwd, NO_PROXY: '*' };
    const child = spawn(file, [...args, ...options.args], { cwd: options.cwd, env, stdio: ['ignore', log, log] });
    closeSync(log);
    child.unref(); // a control plane that nobody stopped does not keep the tests from ending; the guard ends it then
    return new ServerProcess(options, child, logStart);
  }

  get running(): boolean {
    return this.how === null;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.child.kill(signal);
  }

  /** SIGTERM, and SIGKILL when that did not end it within `graceMs`. */
  async stop(graceMs = 10_000): Promise<void> {
    this.child.ref();
    this.signal('SIGTERM');
    const timer = setTimeout(() => this.signal('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  async kill(): Promise<void> {
    this.child.ref();
    this.signal('SIGKILL');
    await this.ended;
  }

  /** What this process wrote to its log, the last `bytes` of it. */
  lastWords(bytes = 2000): string {
    return readFileSync(this.log).subarray(this.logStart).subarray(-bytes).toString('utf8');
  }

  /** Waits until `check` is true. Throws with the log's end when the process ends first or the time is over. */
  async waitFor(check: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await check())) {
      if (!this.running) throw new Error(`${this.name} ended (${await this.ended}) before it served; ${this.log} ends with:\n${this.lastWords()}`);
      if (Date.now() > deadline) throw new Error(`${this.name} does not serve after ${timeoutMs} ms; ${this.log} ends with:\n${this.lastWords()}`);
      await new Promise((done) => setTimeout(done, 25));
    }
  }
}

/** Starts a server and waits until it serves; again when another process took its port in between (at most 5 times). */
export async function startServing(options: ServerProcessOptions, serves: () => Promise<boolean>, timeoutMs = 60_000): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    const server = ServerProcess.start(options);
    try {
      await server.waitFor(serves, timeoutMs);
      return server;
    } catch (error) {
      const taken = !server.running && /address already in use/.test(server.lastWords(20_000));
      await server.kill();
      if (!taken || attempt === 5) throw error;
      await new Promise((done) => setTimeout(done, 500));
    }
  }
}

/** `count` ports of 127.0.0.1 that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const listening = servers.map((server) => new Promise<number>((done, fail) => {
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => done((server.address() as AddressInfo).port));
  }));
  const ports = await Promise.all(listening);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}
