import type { Canonicaliser } from '../../canon/canonicaliser.js';
import type { Clock } from '../../lib/clock.js';
import type { Uncovered } from '../../inspect/live/live-comparison.js';
import type { Selection } from '../../inspect/selection.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ClusterWriter } from '../../model/cluster-writer.js';
import type { Difference } from '../../model/comparison.js';
import type { History, Snapshot } from '../../model/history.js';
import type { ObjectClass, RestoreOptions, RestoreScope } from '../../model/restore-plan.js';
import type { SnapshotPort } from '../../model/snapshot-port.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { World } from './world.js';

export interface PlanDeps {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  readonly history: History;
  readonly snapshots: SnapshotPort;
  /** The key of the Secret digests, where it is here. */
  readonly digestKey: Uint8Array | null;
  readonly clock: Clock;
  readonly random: () => number;
  /** Of this program. */
  readonly version: string;
}

export interface PlanRequest {
  readonly snapshot: Snapshot;
  readonly selection: Selection;
  readonly scope: RestoreScope;
  readonly options: RestoreOptions;
  /** Requests at the same time. Default: 32. */
  readonly concurrency?: number;
  readonly onProgress?: (progress: PlanProgress) => void;
}

export interface PlanProgress {
  readonly phase: 'comparing' | 'trying';
  readonly done: number;
  /** null: not known yet. */
  readonly total: number | null;
}

/** What a comparison with live said of one file of the commit. */
export interface Candidate {
  readonly path: string;
  readonly oid: string;
  /** As recorded by the commit. */
  readonly type: ResourceType;
  readonly verdict: 'missing' | 'differs' | 'terminating' | 'held' | 'skipped' | 'not covered' | 'not served';
  readonly reason: string | null;
  /** From the commit to live. */
  readonly fields: readonly Difference[];
}

/** A candidate, read and classified; its body is read again when it is tried. */
export interface Draft extends Candidate {
  readonly class: ObjectClass;
  readonly skip: string | null;
}

/** What a plan was made from; a run goes on with it. */
export interface PlanContext {
  readonly request: PlanRequest;
  readonly world: World;
  /** Under the policy of the commit. */
  readonly canonicaliser: Canonicaliser;
  readonly uncovered: readonly Uncovered[];
}
