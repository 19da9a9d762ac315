import { escapeLine } from '../lib/escape.js';
import { isObject, NumberToken, own, type Json, type JsonObject } from '../lib/json.js';

/** One field that differs between two canonical forms of an object. */
export interface FieldChange {
  /** For people: `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** Keys and indices from the root. */
  readonly keys: readonly (string | number)[];
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/**
 * The fields that differ, in the order of the new form; at most `limit`. Lists whose items all have a distinct
 * `name` are matched by it, others by index.
 */
export function fieldChanges(before: JsonObject, after: JsonObject, limit = 100): FieldChange[] {
  const changes: FieldChange[] = [];
  compare(before, after, { path: '', keys: [], changes, limit });
  return changes;
}

interface Walk {
  readonly path: string;
  readonly keys: readonly (string | number)[];
  readonly changes: FieldChange[];
  readonly limit: number;
}

function compare(before: Json | undefined, after: Json | undefined, walk: Walk): void {
  if (walk.changes.length >= walk.limit) return;
  if (isObject(before) && isObject(after)) return compareObjects(before, after, walk);
  if (Array.isArray(before) && Array.isArray(after)) return compareLists(before, after, walk);
  if (!equal(before, after)) walk.changes.push({ path: walk.path, keys: walk.keys, before, after });
}

function compareObjects(before: JsonObject, after: JsonObject, walk: Walk): void {
  const keys = [...Object.keys(after), ...Object.keys(before).filter((key) => !Object.hasOwn(after, key))];
  for (const key of keys) {
    compare(own(before, key), own(after, key), { ...walk, path: childPath(walk.path, key), keys: [...walk.keys, key] });
  }
}

function compareLists(before: readonly Json[], after: readonly Json[], walk: Walk): void {
  const named = namesOf(before) !== null && namesOf(after) !== null;
  if (named) {
    const old = new Map((namesOf(before) ?? []).map((name, i) => [name, before[i]]));
    (namesOf(after) ?? []).forEach((name, i) => {
      compare(old.get(name), after[i], { ...walk, path: `${walk.path}[${escapeLine(name, 60)}]`, keys: [...walk.keys, i] });
      old.delete(name);
    });
    for (const [name, value] of old) compare(value, undefined, { ...walk, path: `${walk.path}[${escapeLine(name, 60)}]` });
    return;
  }
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    compare(before[i], after[i], { ...walk, path: `${walk.path}[${i}]`, keys: [...walk.keys, i] });
  }
}

function namesOf(list: readonly Json[]): string[] | null {
  const names = list.map((item) => (isObject(item) ? item['name'] : undefined));
  if (!names.every((name): name is string => typeof name === 'string')) return null;
  return new Set(names).size === names.length ? names : null;
}

function childPath(path: string, key: string): string {
  const plain = /^[A-Za-z0-9_-]+$/.test(key);
  if (!plain) return `${path}["${escapeLine(key, 80)}"]`;
  return path === '' ? key : `${path}.${key}`;
}

function equal(a: Json | undefined, b: Json | undefined): boolean {
  if (a instanceof NumberToken && b instanceof NumberToken) return a.text === b.text;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  return false;
}

/** A value as one short piece of a line; what is long or has several lines is only said to be there. */
export function shortValue(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (value instanceof NumberToken) return value.text;
  if (typeof value === 'string') {
    return value.length > 80 || value.includes('\n') ? `(${value.length} characters)` : escapeLine(value === '' ? '""' : value, 80);
  }
  if (Array.isArray(value)) return `[${value.length}]`;
  return isObject(value) ? `{${Object.keys(value).length}}` : String(value);
}
