import type { AllocatedValue } from '../canon/comments.js';
import { keysOfPath } from '../canon/rules/sites.js';
import { copyJson, isObject, own, setOwn, type JsonObject } from '../lib/json.js';
import { apiVersionOf, typeName } from '../model/resource-type.js';
import type { DesiredObject } from './desired.js';
import { removeAt, setAt } from './field-place.js';
import { ownerLinks, type OwnerLinks } from './owner-links.js';
import type { ScopeFacts } from './scope-facts.js';

/** A body that can be sent, and what is to be known of it. */
export interface Prepared {
  readonly body: JsonObject;
  /** Values that the server chose once and that are asked for again; to be left out when they are taken. */
  readonly allocated: readonly AllocatedValue[];
  readonly owners: OwnerLinks;
  /** For the report. */
  readonly notes: readonly string[];
}

/** The body of a POST: what the file says, owners with the uids of live ones, allocations of before (restore.md §6.3). */
export function createBody(desired: DesiredObject, facts: ScopeFacts): Prepared {
  const body = copyJson(desired.body);
  setOwn(body, 'apiVersion', apiVersionOf(desired.type));
  setOwn(body, 'kind', desired.kind);
  const owners = ownerLinks(desired, facts);
  if (owners.resolved.length > 0) setMetadata(body, 'ownerReferences', owners.resolved.map((owner) => copyJson(owner)));
  const allocated = desired.allocated.filter(({ path, value }) => isWanted(desired, path, facts) && setAt(body, keysOfPath(path) ?? [], value));
  return { body, allocated, owners, notes: notesOf(owners) };
}

/** The same body without some of its allocations. */
export function withoutAllocated(prepared: Prepared, dropped: readonly AllocatedValue[]): Prepared {
  const body = copyJson(prepared.body);
  for (const { path } of dropped) removeAt(body, keysOfPath(path) ?? []);
  return { ...prepared, body, allocated: prepared.allocated.filter((value) => !dropped.includes(value)) };
}

/** A claim gets the volume that it had only where its data is kept; what a node was given is the node's. */
function isWanted(desired: DesiredObject, path: string, facts: ScopeFacts): boolean {
  const name = typeName(desired.type);
  if (name === 'persistentvolumeclaims') return path !== 'spec.volumeName' || facts.claim(desired.path)?.data === 'keep live data';
  return name !== 'nodes';
}

export function setMetadata(body: JsonObject, key: string, value: JsonObject[string]): void {
  const metadata = own(body, 'metadata');
  if (isObject(metadata)) setOwn(metadata, key, value);
  else setOwn(body, 'metadata', { [key]: value });
}

export function notesOf({ pending, orphaned }: OwnerLinks): string[] {
  return [
    ...pending.map((owner) => `its owner ${owner.kind}/${owner.name} is not live yet: linked afterwards`),
    ...orphaned.map((owner) => `its owner ${owner.kind}/${owner.name} is neither live nor in scope: restored without it`),
  ];
}
