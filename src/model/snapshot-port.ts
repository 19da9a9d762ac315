import type { JsonObject } from '../lib/json.js';
import type { ObjectId } from './object-id.js';
import type { ClaimAnswer } from './restore-plan.js';

/** A PersistentVolumeClaim that a restore meets. */
export interface Claim {
  readonly id: ObjectId;
  /** As the commit has it, with the volume that it was bound to. */
  readonly desired: JsonObject;
  /** null: it is not there. */
  readonly live: JsonObject | null;
  /** The PersistentVolume that the desired claim names is there and free, or bound to this claim. */
  readonly volumeThere: boolean;
}

/** Who knows what becomes of the data of claims (restore.md §6.19). */
export interface SnapshotPort {
  readonly name: string;
  /** Called while planning: writes nothing. Idempotent. */
  answer(claims: readonly Claim[], signal: AbortSignal): Promise<readonly ClaimAnswer[]>;
}
