import { itemStep, joinSteps, keyStep } from '../diff/field-path.js';
import type { ListKeys } from '../diff/list-keys.js';
import { matchItems } from '../diff/match-items.js';
import { isExactlyEqual } from '../diff/same-value.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';

/**
 * A part of the newest version of an object, followed back through older ones: a scalar, an empty map or list, or a
 * container with parts of its own. `origin`: what first had it as it is (a container: what first had one here); null while
 * older versions may still have it.
 */
export interface Part<T> {
  /** Where it is in the version that was reached: the key in its map, the index in its list. */
  at: string | number;
  origin: T | null;
  /** Parts in the order of the value; none for what is not divided. */
  readonly parts: readonly Part<T>[];
  readonly keys: readonly (string | number)[];
  /** For people; a list's items by their identity. */
  readonly path: string;
}

/** Follows every part of one object from version to version, newest first. */
export class Attribution<T> {
  readonly root: Part<T>;
  #version: JsonObject;
  #open: number;
  readonly #listKeys: ListKeys;

  constructor(newest: JsonObject, listKeys: ListKeys) {
    this.#version = newest;
    this.#listKeys = listKeys;
    this.root = partOf<T>(newest, 'root', [], [], listKeys);
    this.#open = countParts(this.root);
  }

  /** Every part has its origin. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /**
   * Goes on to the version before; what that one lacks, or has otherwise, comes from `origin`. Null: there is no such
   * version. `seenThrough`: the step says nothing of where a value comes from, unless the older version has none at all.
   */
  step(before: JsonObject | null, origin: T, seenThrough = false): void {
    this.#follow(this.root, this.#version, before ?? undefined, origin, seenThrough, []);
    if (before !== null) this.#version = before;
  }

  #follow(part: Part<T>, after: Json, before: Json | undefined, origin: T, seenThrough: boolean, place: (string | number)[]): void {
    if (part.parts.length === 0) {
      if (part.origin === null && !(before !== undefined && (seenThrough || isSame(after, before)))) this.#close(part, origin);
    } else if (isObject(after) && isObject(before)) {
      for (const child of part.parts) this.#into(child, after[child.at] as Json, own(before, String(child.at)), origin, seenThrough, place);
    } else if (Array.isArray(after) && Array.isArray(before)) {
      this.#list(part, after, before, origin, seenThrough, place);
    } else {
      this.#closeAll(part, origin);
    }
  }

  #list(part: Part<T>, after: readonly Json[], before: readonly Json[], origin: T, seenThrough: boolean, place: (string | number)[]): void {
    const older = new Map(matchItems(before, after, this.#listKeys(place)).pairs.map((pair) => [pair.after, pair.before]));
    for (const child of part.parts) {
      const index = child.at as number;
      const there = older.get(index) ?? null;
      this.#into(child, after[index] as Json, there === null ? undefined : before[there], origin, seenThrough, place);
      if (there !== null) child.at = there;
    }
  }

  #into(part: Part<T>, after: Json, before: Json | undefined, origin: T, seenThrough: boolean, place: (string | number)[]): void {
    // A container has its origin only together with everything in it.
    if (part.origin !== null) return;
    place.push(part.at);
    if (before === undefined) this.#closeAll(part, origin);
    else this.#follow(part, after, before, origin, seenThrough, place);
    place.pop();
  }

  #closeAll(part: Part<T>, origin: T): void {
    if (part.origin === null) this.#close(part, origin);
    for (const child of part.parts) this.#closeAll(child, origin);
  }

  #close(part: Part<T>, origin: T): void {
    part.origin = origin;
    this.#open--;
  }
}

function partOf<T>(value: Json, at: string | number, keys: readonly (string | number)[], steps: readonly string[], listKeys: ListKeys): Part<T> {
  const part = { at, origin: null, keys, path: joinSteps(steps) };
  if (isObject(value)) {
    return { ...part, parts: Object.keys(value).map((key) => partOf<T>(value[key] as Json, key, [...keys, key], [...steps, keyStep(key)], listKeys)) };
  }
  if (!Array.isArray(value)) return { ...part, parts: [] };
  const labels = matchItems(value, value, listKeys(keys)).pairs.map(({ label }) => label);
  return { ...part, parts: value.map((item, i) => partOf<T>(item, i, [...keys, i], [...steps, itemStep(labels[i] ?? i)], listKeys)) };
}

function countParts<T>(part: Part<T>): number {
  return part.parts.reduce((sum, child) => sum + countParts(child), 1);
}

/** What is not divided is equal as JSON, or is empty in the same way. */
function isSame(a: Json, b: Json): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === 0 && b.length === 0;
  if (isObject(a) && isObject(b)) return isEmpty(a) && isEmpty(b);
  return isExactlyEqual(a, b);
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}
