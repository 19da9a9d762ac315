// The built program's reading commands, run over one repository as a person would.
import { Daemon, type Exit } from './daemon.js';
import type { AnyJson } from './api-client.js';

export interface ReadOptions {
  /** Working folder and HOME of the commands. */
  readonly cwd: string;
  /** Before every command's own words. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** `kubetape … --repo REPO`. Answers are checked for their exit code, because a wrong one is a wrong answer. */
export class ReadCommands {
  readonly repo: string;
  private readonly options: ReadOptions;

  constructor(repo: string, options: ReadOptions) {
    this.repo = repo;
    this.options = options;
  }

  /** Runs it; any exit code. */
  run(...args: readonly string[]): Promise<Exit> {
    const { cwd, env = {}, args: always = [] } = this.options;
    const end = args.indexOf('--');
    const [line, objects] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end)];
    return Daemon.start({ args: [...line, '--repo', this.repo, ...always, ...objects], cwd, env: { TZ: 'UTC', ...env } }).waitForExit(60_000);
  }

  /** Its standard output; throws unless it ended with 0 (or 1: there are differences) and said nothing else. */
  async text(...args: readonly string[]): Promise<string> {
    const { code, signal, stdout, stderr } = await this.run(...args);
    if (code !== 0 && code !== 1) throw new Error(`kubetape ${args.join(' ')}: exit ${code ?? signal}\n${stderr}`);
    return stdout;
  }

  /** The same with `-o json`, parsed. */
  async json(...args: readonly string[]): Promise<AnyJson> {
    const end = args.indexOf('--');
    const text = await this.text(...(end < 0 ? [...args, '-o', 'json'] : [...args.slice(0, end), '-o', 'json', ...args.slice(end)]));
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new Error(`kubetape ${args.join(' ')} -o json writes no JSON: ${text.slice(0, 500)}`, { cause: error });
    }
  }
}

/** Runs tasks, a few at a time; rejects with the first failure when all have ended. */
export async function fewAtATime(tasks: readonly (() => Promise<unknown>)[], atATime = 3): Promise<void> {
  const waiting = [...tasks];
  const worker = async (): Promise<void> => {
    for (let task = waiting.shift(); task !== undefined; task = waiting.shift()) await task();
  };
  const ends = await Promise.allSettled(Array.from({ length: atATime }, worker));
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
