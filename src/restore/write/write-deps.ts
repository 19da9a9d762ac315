import type { Canonicaliser } from '../../canon/canonicaliser.js';
import type { Clock } from '../../lib/clock.js';
import type { JsonObject } from '../../lib/json.js';
import type { Facts } from '../../model/canonical.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ClusterWriter, WriteOptions } from '../../model/cluster-writer.js';
import type { RestoreOptions } from '../../model/restore-plan.js';
import type { DesiredObject } from '../desired.js';
import type { ScopeFacts } from '../scope-facts.js';
import type { RefusalSort } from './answers.js';

/** The name under which kubetape owns fields until it hands them back. */
export const FIELD_MANAGER = 'kubetape';
export const WRITE: WriteOptions = { dryRun: false, fieldManager: FIELD_MANAGER };
export const DRY_RUN: WriteOptions = { dryRun: true, fieldManager: FIELD_MANAGER, verdictOnly: true };

/** Something that cannot be undone by looking: told, and made durable, before it is done. */
export interface DestructiveIntent {
  readonly path: string;
  readonly verb: 'DELETE';
  /** The live object, whole, as it was. */
  readonly saved: JsonObject;
}

export interface WriteDeps {
  readonly reader: ClusterReader;
  readonly writer: ClusterWriter;
  /** Under the policy of the commit. */
  readonly canonicaliser: Canonicaliser;
  /** Declared facts on which the canonical form depends. */
  readonly ruleFacts: Facts;
  readonly clock: Clock;
  readonly random: () => number;
  /** Resolves when the intent is on disk. */
  readonly onIntent: (intent: DestructiveIntent) => Promise<void>;
  /** The server asked for less (429, 503) or answered well: for the throttle. */
  readonly onPressure?: (busy: boolean) => void;
}

export interface WriteRequest {
  readonly desired: DesiredObject;
  /** As it was read; null: absent. */
  readonly live: JsonObject | null;
  readonly dryRun: boolean;
  readonly options: Pick<RestoreOptions, 'onExisting' | 'onImmutable' | 'onlyMissing' | 'strategy'>;
  readonly facts: ScopeFacts;
  /** What was planned: anything more dangerous is left, and said. Default: recreate, when the options allow it. */
  readonly limit?: 'create' | 'update' | 'recreate';
}

/**
 * done: live is as desired, but for `immutable` and `dropped`. unchanged: it was. left: options say so. pending: what it needs is not
 * there (yet). stale: it would take more than was planned. refused: the server said no; nothing was changed, or what was deleted is back.
 */
export type WriteKind = 'done' | 'unchanged' | 'left' | 'pending' | 'stale' | 'refused';

export interface WriteOutcome {
  readonly kind: WriteKind;
  /** Live afterwards, as far as it was answered; in a dry run what it would be. */
  readonly object: JsonObject | null;
  /** As the server answered the write itself, before anybody else could write; null: not written, or nobody answered. */
  readonly written: JsonObject | null;
  readonly action: 'create' | 'update' | 'recreate' | null;
  /** POST, PUT, PATCH, DELETE in order. */
  readonly verbs: readonly string[];
  readonly attempts: number;
  /** Of the last answer; null: none. */
  readonly status: number | null;
  /** What the last refusal meant; null: it was not refused. */
  readonly sort: RefusalSort | null;
  /** The server's words or ours, escaped. */
  readonly message: string | null;
  readonly warnings: readonly string[];
  /** Fields that were proven immutable; the live values stay unless the object was recreated. */
  readonly immutable: readonly string[];
  /** Paths of allocations that belong to somebody else now. */
  readonly dropped: readonly string[];
  readonly notes: readonly string[];
}
