import { elementNamed } from '../../canon/rules/ownership.js';
import { keysOfPath } from '../../canon/rules/sites.js';
import { copyJson, isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { valueAt } from '../field-place.js';
import { fieldsOfPlace, fieldsWithout, unionOfFields } from './field-sets.js';

/** What decides to whom fields are given back. */
export interface HandBack {
  /** Our field manager. */
  readonly manager: string;
  /** The object before the write; null: it was absent. */
  readonly before: JsonObject | null;
  /** The object as the server answered. */
  readonly after: JsonObject;
  /** The manager that applied it when it was recorded; null: none. */
  readonly applier: string | null;
  /** Paths that the server or a controller chose once and that we only asked for again. */
  readonly allocated: readonly string[];
  /** The controller that owns them where it chose them itself; null: nobody does. */
  readonly allocatedBy: string | null;
}

/**
 * The managedFields that an object should have after our write, or null when they are right as they are. Allocations belong
 * to nobody again. What we changed goes to the applier that the file names, so that its next apply meets no conflict: also from
 * whoever wrote the wrong value by hand, but not from another applier, nor from who scales. Without an applier it goes back to its owners
 * of before the write, and what they did not own stays ours (decisions.md §8).
 */
export function handedBack(given: HandBack): Json[] | null {
  const entries = entriesOf(given.after);
  const ours = entries.find((entry) => isOurs(entry, given.manager));
  if (ours === undefined) return null;
  let others = givenBack(entries.filter((entry) => entry !== ours), given.before, given.after, given.manager);
  let fields: JsonObject | null = fieldsOf(ours);
  let chosen: JsonObject | null = null;
  for (const path of given.allocated) {
    const place: JsonObject | null = fields === null ? null : placeOf(fields, path, given.after);
    if (place === null || fields === null) continue;
    fields = fieldsWithout(fields, place);
    chosen = chosen === null ? place : unionOfFields(chosen, place);
  }
  if (given.applier !== null && given.before !== null && fields !== null) others = takenFromHands(others, fields);
  for (const entry of given.before === null ? [] : others) fields = fields === null ? null : fieldsWithout(fields, fieldsOf(entry));
  const kept = chosen === null || given.allocatedBy === null ? others : withController(others, ours, chosen, given.allocatedBy);
  const next = fields === null ? kept : [...kept.filter((entry) => !isApplier(entry, given.applier)), ...lastOwner(kept, ours, fields, given.applier)];
  return JSON.stringify(next) === JSON.stringify(entries) ? null : next;
}

/** Entries without the fields that an Update of the object itself wrote; what is left empty goes. */
function takenFromHands(entries: readonly JsonObject[], fields: JsonObject): JsonObject[] {
  return entries.flatMap((entry) => {
    if (entry['operation'] !== 'Update' || (entry['subresource'] ?? '') !== '') return [entry];
    const left = fieldsWithout(fieldsOf(entry), fields);
    return left === null ? [] : [{ ...entry, fieldsV1: left }];
  });
}

/** Entries of before, as far as the server took fields out of them for us. */
function givenBack(now: readonly JsonObject[], before: JsonObject | null, after: JsonObject, manager: string): JsonObject[] {
  if (before === null) return [...now];
  const known = entriesOf(before).filter((entry) => !isOurs(entry, manager));
  const keyOf = (entry: JsonObject): string => JSON.stringify([entry['manager'], entry['operation'], entry['apiVersion'], entry['subresource']]);
  const kept = new Map(now.map((entry) => [keyOf(entry), entry]));
  for (const entry of known) {
    const there = pruned(fieldsOf(entry), after);
    const current = kept.get(keyOf(entry));
    if (there === null) continue;
    kept.set(keyOf(entry), { ...copyJson(entry), fieldsV1: current === undefined ? there : unionOfFields(fieldsOf(current), there) });
  }
  return [...kept.values()];
}

/** The part of a field set that the object still has. */
function pruned(fields: JsonObject, value: Json): JsonObject | null {
  const left: JsonObject = {};
  for (const key of Object.keys(fields)) {
    const below = own(fields, key);
    if (key === '.') {
      left['.'] = {};
      continue;
    }
    const child = key.startsWith('f:') ? (isObject(value) ? own(value, key.slice(2)) : undefined) : Array.isArray(value) ? elementNamed(key, value) : undefined;
    if (child === undefined || !isObject(below)) continue;
    const kept = Object.keys(below).length === 0 ? {} : pruned(below, child);
    if (kept !== null) left[key] = kept;
  }
  return Object.keys(left).length === 0 ? null : left;
}

function lastOwner(others: readonly JsonObject[], ours: JsonObject, fields: JsonObject, applier: string | null): JsonObject[] {
  if (applier === null) return [{ ...ours, fieldsV1: fields }];
  const entry = others.find((other) => isApplier(other, applier));
  return [{ ...copyJson(entry ?? ours), manager: applier, operation: 'Apply', fieldsV1: entry === undefined ? fields : unionOfFields(fieldsOf(entry), fields) }];
}

/** A volume that a claim was bound to is its binder's field, and only then no part of what is desired. */
function withController(others: readonly JsonObject[], ours: JsonObject, fields: JsonObject, manager: string): JsonObject[] {
  const isIts = (entry: JsonObject): boolean => entry['manager'] === manager && entry['operation'] === 'Update' && !isStatus(entry);
  const entry = others.find(isIts);
  return [...others.filter((other) => other !== entry), { ...copyJson(entry ?? ours), manager, operation: 'Update', fieldsV1: entry === undefined ? fields : unionOfFields(fieldsOf(entry), fields) }];
}

function placeOf(fields: JsonObject, path: string, object: JsonObject): JsonObject | null {
  const keys = keysOfPath(path);
  return keys === null ? null : fieldsOfPlace(keys, (prefix) => elementName(fields, prefix, object));
}

/** The `k:{…}` under which a list element stands in a field set. */
function elementName(fields: JsonObject, keys: readonly (string | number)[], object: JsonObject): string | null {
  let node: Json | undefined = fields;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i] as string | number;
    const name = typeof key === 'string' ? `f:${key}` : elementName(fields, keys.slice(0, i + 1), object);
    node = isObject(node) && name !== null ? own(node, name) : undefined;
  }
  const list = valueAt(object, keys.slice(0, -1));
  const element = valueAt(object, keys);
  if (!isObject(node) || !Array.isArray(list)) return null;
  return Object.keys(node).find((name) => name !== '.' && elementNamed(name, list) === element) ?? null;
}

function entriesOf(object: JsonObject): JsonObject[] {
  const list = own(metadataOf(object), 'managedFields');
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function fieldsOf(entry: JsonObject): JsonObject {
  const fields = own(entry, 'fieldsV1');
  return isObject(fields) ? fields : {};
}

function isOurs(entry: JsonObject, manager: string): boolean {
  return entry['manager'] === manager && !isStatus(entry);
}

function isStatus(entry: JsonObject): boolean {
  return entry['subresource'] !== undefined && entry['subresource'] !== '';
}

function isApplier(entry: JsonObject, applier: string | null): boolean {
  return applier !== null && entry['manager'] === applier && entry['operation'] === 'Apply' && !isStatus(entry);
}
