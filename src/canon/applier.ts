import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { elementNamed, fieldEntries, type FieldEntry } from './rules/ownership.js';

/**
 * Who applies an object: the entries of managedFields with operation Apply and no subresource; null when there is none.
 * To be taken before managedFields is removed.
 */
export function applyEntries(metadata: JsonObject): readonly FieldEntry[] | null {
  if (!Object.hasOwn(metadata, 'managedFields')) return null;
  const entries = fieldEntries(metadata).filter(({ operation, subresource }) => operation === 'Apply' && subresource === '');
  return entries.length === 0 ? null : entries;
}

/** The manager that owns most fields of what is left of the object (the first by name among equals), or null. */
export function applierOf(entries: readonly FieldEntry[], kept: JsonObject): string | null {
  const counts = new Map<string, number>();
  for (const { manager, fields } of entries) counts.set(manager, (counts.get(manager) ?? 0) + countKept(fields, kept));
  let best: string | null = null;
  for (const [manager, count] of counts) {
    const most = best === null ? 0 : (counts.get(best) ?? 0);
    if (count > most || (count === most && count > 0 && best !== null && manager < best)) best = manager;
  }
  return best;
}

/** Leaves of a field set that are in the object. */
function countKept(fields: JsonObject, value: Json): number {
  let count = 0;
  let children = 0;
  for (const name of Object.keys(fields)) {
    if (name === '.') continue;
    children++;
    const child = isObject(value) && name.startsWith('f:') ? own(value, name.slice(2)) : Array.isArray(value) ? elementNamed(name, value) : undefined;
    const below = fields[name];
    if (child !== undefined && isObject(below)) count += countKept(below, child);
  }
  return children === 0 ? 1 : count;
}
