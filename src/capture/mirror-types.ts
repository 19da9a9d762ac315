import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { Metrics } from '../model/metrics.js';
import type { Progress } from '../model/progress.js';
import type { CommitInfo, Tape } from '../model/tape.js';

export interface MirrorOptions {
  /** export: one complete snapshot; once-synced: the same, but wait for every type; follow: for ever. */
  readonly mode: 'export' | 'once-synced' | 'follow';
  readonly windowMs: number;
  /** Only these namespaces, listed one by one; null: all. */
  readonly namespaces: readonly string[] | null;
  /** Names the key of the Secret digests without giving it away; null when there is none. */
  readonly digestKeyId: string | null;
  /** Threads that canonicalise while a big sync lasts; 0: none. */
  readonly threads: number;
}

export interface MirrorDeps {
  readonly reader: ClusterReader;
  readonly tape: Tape;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly progress: Progress;
  /** Of the program, for the trailer. */
  readonly version: string;
  /** Called after every commit, oldest first, with the paths that were touched for it (of many, the first 10,000). */
  readonly onCommit?: ((commit: CommitInfo, paths: Iterable<string>) => void) | undefined;
}

export interface MirrorResult {
  /** The last commit that this run made; null when nothing changed. */
  readonly commit: CommitInfo | null;
  readonly head: CommitInfo | null;
  /** Objects that were listed, skipped ones included. */
  readonly objects: number;
  /** Types (in a namespace, or everywhere) that are not seen completely, with the reason. */
  readonly uncovered: readonly { readonly type: string; readonly namespace: string | undefined; readonly reason: string }[];
}
