import { jsonEqual } from '../canon/rules/json-equal.js';
import type { Site } from '../canon/rules/sites.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';

/** Fields that tell the elements of a list apart, tried in this order (merge keys of built-in types). */
const IDENTITIES: readonly (readonly string[])[] = [['name'], ['containerPort', 'protocol'], ['port', 'protocol'], ['mountPath'], ['key', 'effect'], ['type'], ['ip']];

/**
 * Copies into `body` what rules remove from the live object, so that a PUT does not reset what the repository does not
 * keep (restore.md §6.3, column "carry"). A value that `body` has itself stays. Elements of lists are found again by what identifies
 * them; what belongs to an element that `body` does not have is left.
 */
export function carry(body: JsonObject, removed: readonly Site[]): void {
  for (const site of removed) carryOne(body, site);
}

function carryOne(body: JsonObject, { containers, keys }: Site): void {
  let target: Json = body;
  for (let i = 0; i < keys.length - 1; i++) {
    const next = counterpart(target, containers[i] as Json, keys[i] as string | number, containers[i + 1] as Json);
    if (next === undefined) return;
    target = next;
  }
  const container = containers.at(-1) as Json;
  const key = keys.at(-1) as string | number;
  if (typeof key === 'string') {
    if (isObject(target) && !Object.hasOwn(target, key)) setOwn(target, key, copyJson(own(container as JsonObject, key) ?? null));
    return;
  }
  const element = (container as Json[])[key] ?? null;
  if (Array.isArray(target) && !target.some((item) => sameElement(item, element))) target.push(copyJson(element));
}

/** The container in the body that stands where the live one does; containers that rules emptied are made again. */
function counterpart(target: Json, container: Json, key: string | number, child: Json): Json | undefined {
  if (typeof key === 'number') {
    const element = (container as Json[])[key] ?? null;
    return Array.isArray(target) ? target.find((item) => sameElement(item, element)) : undefined;
  }
  if (!isObject(target)) return undefined;
  const there = own(target, key);
  if (there !== undefined) return there;
  const made: Json = Array.isArray(child) ? [] : {};
  setOwn(target, key, made);
  return made;
}

/** Whether two list elements are the same thing: by the first identity that both have, else by value. */
export function sameElement(a: Json, b: Json): boolean {
  if (!isObject(a) || !isObject(b)) return jsonEqual(a, b);
  const identity = IDENTITIES.find((fields) => own(a, fields[0] as string) !== undefined && own(b, fields[0] as string) !== undefined);
  if (identity === undefined) return jsonEqual(a, b);
  return identity.every((field) => jsonEqual(own(a, field) ?? null, own(b, field) ?? null));
}
