/** Why a type is listed again. */
export const RELIST_REASONS = ['gone', 'cut', 'store-went-back', 'confirm', 'rules', 'poll', 'request'] as const;

export type RelistReason = (typeof RELIST_REASONS)[number];

export interface CommitMeasure {
  /** 40 hexadecimal digits. */
  readonly oid: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Paths that differ from the parent. */
  readonly changes: number;
  readonly durationMs: number;
  /** From the arrival of each committed event to the durable commit; empty for a baseline. */
  readonly lagsMs: readonly number[];
}

/** How a verification of the repository against the cluster ended. */
export interface VerificationMeasure {
  /** failed: it could not be done, and counts are empty. */
  readonly result: 'equal' | 'differences' | 'incomplete' | 'failed';
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly durationMs: number;
  /** Objects by verdict. */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * What the mirror counts. `type` is a type's name (`deployments.apps`): the only label, with short lists of words
 * beside it, so that the number of series stays bounded. Every method is cheap and never throws.
 */
export interface Metrics {
  /** Watch events of a type that arrived. */
  observed(type: string, change: 'ADDED' | 'MODIFIED' | 'DELETED', count?: number): void;
  /** A complete list of a type held this many objects. */
  listed(type: string, objects: number): void;
  relisted(type: string, reason: RelistReason): void;
  /** The server answered 410 to a list or a watch. */
  gone410(type: string): void;
  /** The type is no longer served: its series end. */
  typeGone(type: string): void;
  committed(measure: CommitMeasure): void;
  /** Something failed; `code` is an AppError's code. */
  failed(code: string): void;
  /** Types that have no complete list yet, or lost it. */
  unsynced(count: number): void;
  /** The store's resourceVersion went below what we hold. */
  storeWentBack(): void;
  /** A sweep that would delete too much waits for a second complete list. */
  sweepHeld(type: string): void;
  /** The daemon compared the cluster with its repository. */
  verified(measure: VerificationMeasure): void;
}

/** Counts nothing: for commands that serve no metrics. */
export const noMetrics: Metrics = {
  observed() {},
  listed() {},
  relisted() {},
  gone410() {},
  typeGone() {},
  committed() {},
  failed() {},
  unsynced() {},
  storeWentBack() {},
  sweepHeld() {},
  verified() {},
};
