import { copyJson, isObject, NumberToken, own, setOwn, type Json, type JsonObject } from '../lib/json.js';

/** Equal as JSON values; the order of keys does not matter, the characters of a number token do. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a instanceof NumberToken || b instanceof NumberToken) return jsonText(a) === jsonText(b);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, at) => equalJson(item, b[at]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => equalJson(a[key], own(b, key)));
}

/** JSON text of a value, number tokens character by character. */
export function jsonText(value: Json): string {
  if (value instanceof NumberToken) return value.text;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value).map(([key, member]) => `${JSON.stringify(key)}:${jsonText(member)}`).join(',')}}`;
}

/** RFC 7386, JSON merge patch: null removes, objects merge, everything else replaces. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return copyJson(patch);
  const merged: JsonObject = target !== undefined && isObject(target) ? copyJson(target) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else setOwn(merged, key, mergePatch(own(merged, key), value));
  }
  return merged;
}

/** The value at a path of keys, undefined where there is none. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let here = value;
  for (const key of keys) here = here !== undefined && isObject(here) ? own(here, key) : undefined;
  return here;
}

/** The object at a path, an empty one where there is none. */
export function objectAt(value: Json | undefined, ...keys: readonly string[]): JsonObject {
  const found = at(value, ...keys);
  return found !== undefined && isObject(found) ? found : {};
}

/** The list at a path, an empty one where there is none. */
export function listAt(value: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** The string at a path, '' where there is none. */
export function textAt(value: Json | undefined, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : '';
}

/** The number at a path, or the given one where there is none. */
export function numberAt(fallback: number, value: Json | undefined, ...keys: readonly string[]): number {
  const found = at(value, ...keys);
  return typeof found === 'number' ? found : fallback;
}

/** The object at `key`, put there when it is missing, to write into. */
export function ensureObject(parent: JsonObject, key: string): JsonObject {
  const found = own(parent, key);
  if (found !== undefined && isObject(found)) return found;
  const made: JsonObject = {};
  setOwn(parent, key, made);
  return made;
}

/** Sets a member that is not there. */
export function setDefault(object: JsonObject, key: string, value: Json): void {
  if (!Object.hasOwn(object, key)) setOwn(object, key, value);
}
