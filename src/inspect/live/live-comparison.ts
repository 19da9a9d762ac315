import type { Logger } from '../../lib/log.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { Finding } from '../../model/comparison.js';
import type { History } from '../../model/history.js';
import type { LiveTally } from './live-tally.js';

export interface LiveDeps {
  readonly reader: ClusterReader;
  readonly history: History;
  /** The key of the Secret digests, where it is here. */
  readonly digestKey: Uint8Array | null;
  readonly log?: Logger;
}

export interface LiveOptions {
  /** Values of Secrets are shown. */
  readonly reveal: boolean;
  /** Threads beside the main one; 0: none. Default: 2. They start only when there is much to do. */
  readonly threads?: number;
  /** Compare although the commit is of another cluster. */
  readonly allowOtherCluster?: boolean;
  readonly onProgress?: (progress: LiveProgress) => void;
}

export interface LiveProgress {
  /** Types (or a type in one namespace) to be listed, those that are done, and objects that were listed. */
  readonly lists: number;
  readonly listed: number;
  readonly objects: number;
}

/** A finding, and how new the live object is. */
export interface LiveFinding extends Finding {
  /** Of the live object; for `missing`, of the complete list that did not have it; null where neither is known. */
  readonly resourceVersion: string | null;
}

/** Why something could not be compared: a type, everywhere or in one namespace. */
export interface Uncovered {
  /** `deployments.apps`; `*.group` for a group whose types are not known. */
  readonly type: string;
  readonly namespace: string | undefined;
  /** The server's words, or ours. */
  readonly reason: string;
  /** Objects of the commit that were not compared because of it. */
  readonly objects: number;
}

/**
 * Every object that is not the same, as it is found; equal ones, and skipped ones that are not in the commit, are counted
 * only. Can be iterated once; leaving it early ends every request. `tally` and `uncovered` are complete when it has ended.
 */
export interface LiveComparison extends AsyncIterable<LiveFinding> {
  readonly tally: LiveTally;
  readonly uncovered: readonly Uncovered[];
  /** What the cluster answered; null before the first finding. */
  readonly cluster: LiveCluster | null;
}

export interface LiveCluster {
  /** The server's address or the stand-in's name. */
  readonly name: string;
  readonly identity: string;
  readonly serverVersion: string;
}
