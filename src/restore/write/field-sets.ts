import { copyJson, isObject, own, setOwn, type JsonObject } from '../../lib/json.js';

/*
 * Arithmetic of fieldsV1 trees (sigs.k8s.io/structured-merge-diff, fieldpath): an entry owns the places of its leaves, and
 * of the containers that it marks with ".".
 */

/** Places of either. */
export function unionOfFields(a: JsonObject, b: JsonObject): JsonObject {
  const union = copyJson(a);
  for (const key of Object.keys(b)) {
    const mine = own(union, key);
    const other = own(b, key);
    setOwn(union, key, isObject(mine) && isObject(other) ? unionOfFields(mine, other) : copyJson(other ?? {}));
  }
  return union;
}

/** Places of `a` that `b` does not own; null when none is left. */
export function fieldsWithout(a: JsonObject, b: JsonObject): JsonObject | null {
  const left: JsonObject = {};
  for (const key of Object.keys(a)) {
    const mine = own(a, key);
    const other = own(b, key);
    if (!isObject(other)) setOwn(left, key, copyJson(mine ?? {}));
    else if (isObject(mine) && Object.keys(mine).length > 0) {
      // A leaf of `b` owns all that is below it (an atomic value).
      const below = Object.keys(other).length === 0 ? null : fieldsWithout(mine, other);
      if (below !== null) setOwn(left, key, below);
    }
  }
  const keys = Object.keys(left);
  return keys.length === 0 || (keys.length === 1 && keys[0] === '.') ? null : left;
}

/** A tree that owns exactly one place, given as keys and, for list elements, the body that they stand in. */
export function fieldsOfPlace(keys: readonly (string | number)[], elementKey: (keys: readonly (string | number)[]) => string | null): JsonObject | null {
  const root: JsonObject = {};
  let node = root;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] as string | number;
    const name = typeof key === 'string' ? `f:${key}` : elementKey(keys.slice(0, i + 1));
    if (name === null) return null;
    const next: JsonObject = {};
    setOwn(node, name, next);
    node = next;
  }
  return root;
}
