import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { jsonEqual } from './json-equal.js';
import type { Path } from './path.js';
import type { Container, Site } from './sites.js';

/** One entry of managedFields. */
export interface FieldEntry {
  readonly manager: string;
  readonly operation: string;
  readonly subresource: string;
  readonly fields: JsonObject;
}

/** The entries of managedFields that hold a set of fields. */
export function fieldEntries(metadata: JsonObject): FieldEntry[] {
  const list = own(metadata, 'managedFields');
  if (!Array.isArray(list)) return [];
  const entries: FieldEntry[] = [];
  for (const entry of list) {
    const fields = isObject(entry) ? own(entry, 'fieldsV1') : undefined;
    if (!isObject(entry) || !isObject(fields)) continue;
    const text = (key: string): string => {
      const value = own(entry, key);
      return typeof value === 'string' ? value : '';
    };
    entries.push({ manager: text('manager'), operation: text('operation'), subresource: text('subresource'), fields });
  }
  return entries;
}

/**
 * Whether an entry owns the value at a place, a part of it, or, without parts of its own (atomic), something above it.
 * fieldsV1 has `f:<key>` for a key, `k:{…}` for a list's element with these key fields, `v:…` for one with this value,
 * `i:<n>` for one by position, `.` for the container itself (sigs.k8s.io/structured-merge-diff, fieldpath/serialize).
 */
export function covers(fields: JsonObject, site: Site): boolean {
  let node: Json = fields;
  for (let depth = 0; depth < site.keys.length; depth++) {
    const key = site.keys[depth] as string | number;
    const container = site.containers[depth] as Container;
    if (depth > 0 && isLeaf(node)) return true;
    const next: Json | undefined = childOf(node, container, key);
    if (next === undefined) return false;
    node = next;
  }
  return true;
}

function isLeaf(node: Json): boolean {
  if (!isObject(node)) return true;
  for (const _ in node) return false;
  return true;
}

function childOf(node: Json, container: Container, key: string | number): Json | undefined {
  if (!isObject(node)) return undefined;
  if (typeof key === 'string') return own(node, `f:${key}`);
  const element = (container as Json[])[key] ?? null;
  for (const name of Object.keys(node)) {
    if (names(name, element, key)) return node[name];
  }
  return undefined;
}

/** The element of a list that a path element of fieldsV1 (`k:{…}`, `v:…`, `i:…`) names. */
export function elementNamed(name: string, list: readonly Json[]): Json | undefined {
  return list.find((element, i) => names(name, element, i));
}

/** Whether a path element of fieldsV1 names this element of a list. */
function names(name: string, element: Json, index: number): boolean {
  const rest = name.slice(2);
  if (name.startsWith('k:') && isObject(element)) {
    const wanted = parsed(rest);
    return isObject(wanted) && Object.keys(wanted).every((field) => jsonEqual(own(element, field), own(wanted, field)));
  }
  if (name.startsWith('v:')) return jsonEqual(parsed(rest), element);
  return name.startsWith('i:') && Number(rest) === index;
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Who owns what of one object. */
export class Ownership {
  readonly #entries: readonly FieldEntry[];
  /** False: there are no entries (any more), or the server made one up for all that was there before the first apply. */
  readonly #known: boolean;

  constructor(metadata: JsonObject) {
    this.#entries = fieldEntries(metadata);
    this.#known = this.#entries.length > 0 && !this.#entries.some(({ manager }) => manager === 'before-first-apply');
  }

  /** It is known that nobody set the value: the server chose it. */
  isUnowned(site: Site): boolean {
    return this.#known && !this.#entries.some((entry) => covers(entry.fields, site));
  }

  /** Somebody owns the place, and every owner satisfies `accepts`; false when unknown. */
  allOwners(site: Site, accepts: (entry: FieldEntry) => boolean): boolean {
    const owners = this.#entries.filter((entry) => covers(entry.fields, site));
    return this.#known && owners.length > 0 && owners.every(accepts);
  }

  /** Whether the manager owns, by any of its entries, one of the places. */
  ownsOne(manager: string, sites: readonly Site[]): boolean {
    return this.#entries.some((entry) => entry.manager === manager && sites.some((site) => covers(entry.fields, site)));
  }
}

/** The places of `path` that belong to the same list elements as `site`: `webhooks[2].rules` for `webhooks[2].caBundle`. */
export function besides(site: Site, path: Path, places: readonly Site[]): Site[] {
  return places.filter((place) => {
    for (let i = 0; i < path.steps.length; i++) {
      if (site.containers[i] !== place.containers[i]) return true;
      if (path.steps[i]?.kind !== 'key' && site.keys[i] !== place.keys[i]) return false;
    }
    return true;
  });
}
