import { jsonEqual } from '../../canon/rules/json-equal.js';
import { itemStep, joinSteps, keyStep } from '../../diff/field-path.js';
import { shortValue } from '../../diff/field-changes.js';
import type { ListKeys } from '../../diff/list-keys.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../../lib/json.js';
import { mergeLists } from './merge-lists.js';

/** A field that the change touched and somebody else has changed since. */
export interface FieldConflict {
  /** For people: `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** What the change made of it, and what it is now, in a few words; `absent` for no value. */
  readonly changed: string;
  readonly live: string;
}

export interface ThreeWay {
  /** Live, with what the change did taken back where nobody has touched it since. */
  readonly body: JsonObject;
  /** Paths that were put back. */
  readonly restored: readonly string[];
  readonly conflicts: readonly FieldConflict[];
}

/** The three values of a place; undefined: absent. */
export interface Three {
  /** Before the change: what is put back. */
  readonly before: Json | undefined;
  /** After the change. */
  readonly after: Json | undefined;
  readonly live: Json | undefined;
}

/**
 * Takes a change back, field by field: what it changed and live still has as the change made it becomes what it was before; what
 * it did not touch stays as it is live; what was changed since is a conflict, and stays. Items of lists are matched by merge keys (or distinct
 * names); a list without either is one field. Bodies are canonical; apiVersion and kind are taken to be the same.
 */
export function threeWay(before: JsonObject, after: JsonObject, live: JsonObject, listKeys: ListKeys): ThreeWay {
  const merge = new Merge(listKeys);
  const body = merge.value({ before, after, live });
  return { body: isObject(body) ? body : live, restored: merge.restored, conflicts: merge.conflicts };
}

export class Merge {
  readonly restored: string[] = [];
  readonly conflicts: FieldConflict[] = [];
  readonly #listKeys: ListKeys;
  readonly #keys: (string | number)[] = [];
  readonly #steps: string[] = [];

  constructor(listKeys: ListKeys) {
    this.#listKeys = listKeys;
  }

  /** The value of a place afterwards. */
  value(three: Three): Json | undefined {
    const { before, after, live } = three;
    if (jsonEqual(before, after) || jsonEqual(live, before)) return live;
    if (jsonEqual(live, after)) {
      this.#note();
      return before === undefined ? undefined : copyJson(before);
    }
    if (isObject(before) && isObject(after) && isObject(live)) return this.#maps(before, after, live);
    if (isPartOfTexts(three)) return filled(this.#maps(asMap(before), asMap(after), asMap(live)));
    if (!Array.isArray(before) || !Array.isArray(after) || !Array.isArray(live)) return this.conflict(three);
    const [restored, conflicts] = [this.restored.length, this.conflicts.length];
    const merged = mergeLists({ before, after, live }, this.#listKeys(this.#keys), this);
    if (merged !== null) return merged;
    this.restored.length = restored;
    this.conflicts.length = conflicts;
    return this.conflict(three);
  }

  /** The same for an item of a list. */
  item(label: string | number, three: Three): Json | undefined {
    return this.#within(typeof label === 'number' ? label : 0, itemStep(label), three);
  }

  /** Live stays. */
  conflict({ after, live }: Pick<Three, 'after' | 'live'>, what = ''): Json | undefined {
    this.conflicts.push({ path: this.#path() + what, changed: shortValue(after), live: shortValue(live) });
    return live;
  }

  /** Another order was put back. */
  reordered(): void {
    this.restored.push(`${this.#path()} (order)`);
  }

  #maps(before: JsonObject, after: JsonObject, live: JsonObject): JsonObject {
    const merged: JsonObject = {};
    const replaced = isReplacedSince(before, after, live);
    for (const key of new Set([...Object.keys(live), ...Object.keys(before), ...Object.keys(after)])) {
      const three = { before: own(before, key), after: own(after, key), live: own(live, key) };
      // One of two members that exclude each other (emptyDir and hostPath) does not come back beside a third.
      const isLeft = replaced && three.after === undefined && !jsonEqual(three.live, three.before);
      const value = this.#within(key, keyStep(key), three, isLeft);
      if (value !== undefined) setOwn(merged, key, value);
    }
    return merged;
  }

  #within(key: string | number, step: string, three: Three, isConflict = false): Json | undefined {
    this.#keys.push(key);
    this.#steps.push(step);
    try {
      return isConflict ? this.conflict(three) : this.value(three);
    } finally {
      this.#keys.pop();
      this.#steps.pop();
    }
  }

  #note(): void {
    this.restored.push(this.#path());
  }

  #path(): string {
    return joinSteps(this.#steps);
  }
}

/**
 * Whether a map that one side does not have at all is merged member by member: only one of texts (labels, data), because of a struct
 * (a probe, a volume source) the parts of two people make no whole.
 */
function isPartOfTexts({ before, after, live }: Three): boolean {
  const there = [before, after, live].filter((side) => side !== undefined);
  return there.length === 2 && there.every(isTextMap);
}

function isTextMap(value: Json): boolean {
  return isObject(value) && Object.values(value).every((member) => typeof member === 'string');
}

/** The change put one member in the place of another, and somebody has replaced or changed that since. */
function isReplacedSince(before: JsonObject, after: JsonObject, live: JsonObject): boolean {
  if ([before, after, live].every(isTextMap)) return false;
  const gone = Object.keys(before).some((key) => !Object.hasOwn(after, key));
  return gone && Object.keys(after).some((key) => !Object.hasOwn(before, key) && !jsonEqual(own(live, key), own(after, key)));
}

function filled(map: JsonObject): JsonObject | undefined {
  return Object.keys(map).length === 0 ? undefined : map;
}

function asMap(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}
