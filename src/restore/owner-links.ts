import type { JsonObject } from '../lib/json.js';
import type { DesiredObject } from './desired.js';
import type { OwnerReference, ScopeFacts } from './scope-facts.js';

/** The owner references of an object as they can be written now. */
export interface OwnerLinks {
  /** With the uid of the live owner. */
  readonly resolved: readonly JsonObject[];
  /** In scope, not live yet: written without, relinked afterwards. */
  readonly pending: readonly OwnerReference[];
  /** Neither live nor in scope: left out, and reported. A stale uid is never sent: the garbage collector would take the object. */
  readonly orphaned: readonly OwnerReference[];
}

/** Sorts the owners of a desired object by what can be done about each (restore.md §6.7). */
export function ownerLinks(desired: Pick<DesiredObject, 'owners' | 'id'>, facts: Pick<ScopeFacts, 'liveUid' | 'ownerPath'>): OwnerLinks {
  const resolved: JsonObject[] = [];
  const pending: OwnerReference[] = [];
  const orphaned: OwnerReference[] = [];
  for (const owner of desired.owners) {
    const uid = facts.liveUid(owner, desired.id.namespace);
    if (uid !== null) resolved.push({ ...owner, uid });
    else if (facts.ownerPath(owner, desired.id.namespace) !== null) pending.push(owner);
    else orphaned.push(owner);
  }
  return { resolved, pending, orphaned };
}
