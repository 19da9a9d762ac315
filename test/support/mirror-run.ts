// A mirror under test: the real capture code and git store, over any ClusterReader.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { CanonicalPolicy } from '../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../src/canon/pack-files.js';
import { Mirror } from '../../src/capture/mirror.js';
import type { MirrorDeps, MirrorOptions, MirrorResult } from '../../src/capture/mirror-types.js';
import { GitTape } from '../../src/git/git-tape.js';
import type { Clock } from '../../src/lib/clock.js';
import { SILENT, type Logger } from '../../src/lib/log.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import { EVERYTHING } from '../../src/model/filter.js';
import { noMetrics } from '../../src/model/metrics.js';
import { noProgress } from '../../src/model/progress.js';

/** Time that runs `factor` times as fast: waits after errors need not be sat out. */
export function fastClock(factor = 25): Clock {
  const start = Date.now();
  return {
    now: () => start + (Date.now() - start) * factor,
    async sleep(ms, signal) {
      await delay(ms / factor, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    },
  };
}

export const TEST_KEY = Buffer.alloc(32, 7);

export function testPolicy(changes: Partial<CanonicalPolicy> = {}): CanonicalPolicy {
  return { packs: [loadCorePack()], filter: EVERYTHING, secrets: 'digest', digestKey: TEST_KEY, ...changes };
}

export interface RunOptions {
  readonly policy?: CanonicalPolicy;
  readonly options?: Partial<MirrorOptions>;
  readonly deps?: Partial<MirrorDeps>;
  readonly log?: Logger;
}

async function build(reader: ClusterReader, repo: string, run: RunOptions): Promise<{ tape: GitTape; mirror: Mirror }> {
  const log = run.log ?? SILENT;
  const tape = await GitTape.open({ path: repo, branch: 'main', create: true, log });
  const options: MirrorOptions = { mode: 'follow', windowMs: 20, namespaces: null, digestKeyId: 'test', threads: 0, ...run.options };
  const deps: MirrorDeps = {
    reader, tape, log, clock: fastClock(), random: Math.random, metrics: noMetrics, progress: noProgress, version: 'test', ...run.deps,
  };
  return { tape, mirror: new Mirror(options, run.policy ?? testPolicy(), deps) };
}

/** One complete snapshot into `repo`. */
export async function exportOnce(reader: ClusterReader, repo: string, run: RunOptions = {}): Promise<MirrorResult> {
  const { tape, mirror } = await build(reader, repo, { ...run, options: { mode: 'export', ...run.options } });
  try {
    return await mirror.run(new AbortController().signal);
  } finally {
    tape.close();
  }
}

export interface RunningMirror {
  readonly mirror: Mirror;
  readonly tape: GitTape;
  /** Resolves when it ended by itself or by stop(). */
  readonly ended: Promise<MirrorResult>;
  /** As SIGTERM: commits what is staged. */
  stop(): Promise<MirrorResult>;
}

export async function startMirror(reader: ClusterReader, repo: string, run: RunOptions = {}): Promise<RunningMirror> {
  const { tape, mirror } = await build(reader, repo, run);
  const stop = new AbortController();
  const ended = mirror.run(stop.signal).finally(() => tape.close());
  ended.catch(() => undefined);
  return {
    mirror, tape, ended,
    stop() {
      stop.abort();
      return ended;
    },
  };
}

/** A folder for repositories of one test. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'kubetape-mirror-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Polls until `check` holds; fails with its last answer. */
export async function until(what: string, check: () => boolean | Promise<boolean>, timeoutMs = 8_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await check())) {
    if (Date.now() > end) throw new Error(`Not within ${timeoutMs} ms: ${what}`);
    await delay(5);
  }
}
