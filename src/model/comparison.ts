import type { Json, JsonObject } from '../lib/json.js';
import type { ObjectId } from './object-id.js';

/**
 * Why a field differs. *intent*: somebody owns it. The others are noise: *allocated* by server or controller, *default* when
 * no managedFields entry owns it, *injected* when a rule of class admission or controller names it.
 */
export type DifferenceClass = 'intent' | 'default' | 'allocated' | 'injected';

/** One field that differs between two sides of an object. */
export interface Difference {
  /** For people: `spec.template.spec.containers[web].image`; `kubetape:owner …` for a comment line. */
  readonly path: string;
  /** Keys and indices from the root: in the after side, in the before side for what was removed; empty for a comment line. */
  readonly keys: readonly (string | number)[];
  /** undefined: absent on that side. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
  readonly class: DifferenceClass;
  /** What the class was told from: `no field manager owns it`, a rule id, a comment line; absent for intent. */
  readonly because?: string;
  /** Field managers that own it live, where that is known. */
  readonly managers?: readonly string[];
}

/** One side of a comparison: a file of the tree, a live object in canonical form, or a manifest. */
export interface Side {
  /** Canonical text, comment lines included. */
  readonly text: string;
  readonly comments: readonly string[];
  readonly body: JsonObject;
}

/** An object that is not the same on both sides; a Secret's values are redacted unless that was waived. */
export interface ObjectDifference {
  readonly id: ObjectId;
  readonly apiVersion: string;
  readonly kind: string;
  /** Its path in the tree. */
  readonly path: string;
  /** From before to after. */
  readonly change: 'added' | 'removed' | 'changed';
  readonly before: Side | null;
  readonly after: Side | null;
  /** Empty unless `changed`. */
  readonly fields: readonly Difference[];
}

/** What a comparison of live with a commit says of one object. */
export type Verdict =
  | 'equal'
  | 'differs'
  | 'missing' // in the commit, not live
  | 'extra' // live, not in the commit
  | 'terminating' // live, and being deleted: its file is frozen
  | 'held' // cannot be compared: no canonical form, or a Secret whose digest key is not here
  | 'skipped' // by a rule or filter in force now
  | 'not covered'; // its type (or namespace) was not listed completely, now or at the commit

export const VERDICTS: readonly Verdict[] = ['equal', 'differs', 'missing', 'extra', 'terminating', 'held', 'skipped', 'not covered'];

/** One object's verdict; equal objects are counted, not listed. */
export interface Finding {
  readonly verdict: Verdict;
  readonly id: ObjectId;
  readonly kind: string;
  readonly path: string;
  /** Why; null where the verdict says it all. */
  readonly reason: string | null;
  /** For differs, missing and extra. */
  readonly difference: ObjectDifference | null;
}
