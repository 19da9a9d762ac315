import { resolve } from 'node:path';
import { Mirror } from '../capture/mirror.js';
import type { MirrorResult } from '../capture/mirror-types.js';
import { GitTape } from '../git/git-tape.js';
import { linked } from '../lib/abort.js';
import type { Clock } from '../lib/clock.js';
import { AppError, codeOf, messageOf } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { Metrics } from '../model/metrics.js';
import type { Progress } from '../model/progress.js';
import type { Settings } from '../model/settings.js';
import type { CommitInfo } from '../model/tape.js';
import { mirrorPolicy } from './policy.js';

/** Threads beside the main one that canonicalise while a big sync lasts: one fewer than brings nothing on two cores. */
const THREADS = 2;
/** Between two looks whether packs should be merged. */
const MAINTENANCE_MS = 60_000;

/** Something that a command cannot do without was not given. */
export class SetupError extends AppError<'SETUP'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
}

export interface MirrorRunDeps {
  readonly reader: ClusterReader;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly progress: Progress;
  readonly version: string;
  readonly random: () => number;
  /** Called after every commit, oldest first, with the paths that were touched for it. */
  readonly onCommit?: (commit: CommitInfo, paths: Iterable<string>) => void;
}

export type MirrorMode = 'export' | 'once-synced' | 'follow';

/** One mirror with its repository open: between two changes of the configuration there is exactly one. */
export class MirrorRun {
  readonly tape: GitTape;
  readonly mirror: Mirror;
  readonly #deps: MirrorRunDeps;
  /** The head when this run began. */
  readonly before: CommitInfo | null;
  #counted: { readonly head: string; readonly objects: number } = { head: '', objects: 0 };

  /** Opens (or makes) the repository and takes its lock. */
  static async open(settings: Settings, mode: MirrorMode, deps: MirrorRunDeps, signal: AbortSignal): Promise<MirrorRun> {
    const path = repositoryPath(settings);
    const { policy, digestKeyId, namespaces } = mirrorPolicy(settings, path);
    const tape = await GitTape.open({
      path, branch: settings.repository.branch, create: true, log: deps.log, now: () => deps.clock.now(),
      lock: { onWait: (holder) => deps.log.info('Waiting to see whether the holder of the lock is alive', { ...holder }) },
    }, signal);
    const options = { mode, windowMs: settings.windowMs, namespaces, digestKeyId, threads: THREADS };
    try {
      return new MirrorRun(tape, new Mirror(options, policy, { ...deps, tape }), deps);
    } catch (error) {
      tape.close();
      throw error;
    }
  }

  /** For open(). */
  constructor(tape: GitTape, mirror: Mirror, deps: MirrorRunDeps) {
    this.tape = tape;
    this.mirror = mirror;
    this.#deps = deps;
    this.before = tape.head();
  }

  /** Files of objects in the head; counted once a commit. */
  objects(): number {
    const head = this.tape.head()?.oid ?? '';
    if (head !== this.#counted.head) {
      let objects = 0;
      for (const root of ['cluster', 'namespaces']) for (const _ of this.tape.files(root)) objects++;
      this.#counted = { head, objects };
    }
    return this.#counted.objects;
  }

  /** Runs to its end and gives the repository free, after `whileOpen`. Packs are merged meanwhile. */
  async run(signal: AbortSignal, whileOpen: () => void = () => undefined): Promise<MirrorResult> {
    using upkeep = linked(signal);
    const maintained = this.#maintain(upkeep.signal);
    try {
      const result = await this.mirror.run(signal);
      whileOpen();
      return result;
    } finally {
      upkeep.abort();
      await maintained;
      this.tape.close();
    }
  }

  async #maintain(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#deps.clock.sleep(MAINTENANCE_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        const report = await this.tape.maintain(signal);
        if (report !== null) this.#deps.log.debug('Merged packs', { packs: report.merged, objects: report.objects });
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.metrics.failed(codeOf(error));
        this.#deps.log.warn('Could not merge packs; trying again later', { reason: messageOf(error) });
      }
    }
  }
}

/** The path of the repository to write; SetupError where none, or an address, was given. */
export function repositoryPath(settings: Settings): string {
  const { path } = settings.repository;
  if (path === undefined) {
    throw new SetupError('SETUP', 'No repository was named', { hint: 'Give one with --repo DIR, KUBETAPE_REPOSITORY_PATH or repository.path in the configuration' });
  }
  if (/^[a-z][a-z+]*:\/\//.test(path)) {
    throw new SetupError('SETUP', `The mirror writes into a folder, not to ${path}`, { hint: 'Give --repo DIR; push from there with git' });
  }
  return resolve(path);
}
