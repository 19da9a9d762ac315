import type { JsonObject } from '../lib/json.js';
import type { ObjectId } from './object-id.js';

/** What the canonical form makes of one object. */
export type Canonical =
  | {
      readonly kind: 'file';
      readonly id: ObjectId;
      readonly path: string;
      readonly text: string;
      /** The object has a deletionTimestamp: a file that exists is frozen. */
      readonly terminating: boolean;
    }
  | {
      readonly kind: 'skip';
      readonly id: ObjectId;
      readonly path: string;
      /** The rule (or filter) that skips it: `core/skip-leases`, `filter/exclude`. */
      readonly rule: string;
    };

/** Facts about other objects on which a canonical form depends; declared, so that a change re-reads the target. */
export interface Facts {
  /** scaleKey of every object that an HPA or ScaledObject targets. */
  readonly scaled: ReadonlySet<string>;
}

export const NO_FACTS: Facts = { scaled: new Set() };

export function scaleKey(group: string, kind: string, namespace: string, name: string): string {
  return `${namespace}/${group}/${kind}/${name}`;
}

/** `metadata` of an object, or an empty one. */
export function metadataOf(object: JsonObject): JsonObject {
  const metadata = object['metadata'];
  return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? (metadata as JsonObject) : {};
}
