import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { FieldChange } from './field-changes.js';
import { itemStep, joinSteps, keyStep } from './field-path.js';
import type { ListKeys } from './list-keys.js';
import { isSameOrder, matchItems, type ItemPair, type Matching } from './match-items.js';
import { isLeftOutByServer, isLeftToServer } from './omitted-values.js';
import { isDeeplyEqual, isExactlyEqual, isSameValue } from './same-value.js';

export interface CompareOptions {
  /** The merge keys of the type's lists; without it lists are matched by distinct names, else by position. */
  readonly listKeys?: ListKeys;
  /** Numbers, quantities and int-or-string fields are equal when their values are: `1` and `1000m`, `80` and `"80"`. */
  readonly semantic?: boolean;
  /**
   * Only what `after` names is compared, as `kubectl apply` would: maps member by member, list maps and sets item by item
   * (further items of `before` are no difference), any other list item by item with the same number of items.
   */
  readonly onlyNamed?: boolean;
  /** At most so many changes. */
  readonly limit?: number;
}

/** What a path of a list ends in whose items are the same and stand in another order. */
export const ORDER_STEP = ' (order)';

/**
 * The fields that differ, in the order of `after`; of a subtree that only one side has one change. Without `semantic` and
 * `onlyNamed` no changes means the same JSON, number tokens included. Another order of a matched list is a change of its
 * own (path `…containers (order)`, the values are the labels of the items that both sides have); it counts for a set only
 * in the exact comparison, because a set has none.
 */
export function compareObjects(before: JsonObject, after: JsonObject, options: CompareOptions = {}): FieldChange[] {
  const comparison = new Comparison(options, own(after, 'apiVersion'));
  comparison.compare(before, after);
  return comparison.changes;
}

class Comparison {
  readonly changes: FieldChange[] = [];
  readonly #listKeys: ListKeys | undefined;
  readonly #semantic: boolean;
  readonly #onlyNamed: boolean;
  readonly #limit: number;
  readonly #apiVersion: Json | undefined;
  /** Where the walk is in `after` (in `before` for an item that only this has), where in `before`, and for people. */
  readonly #keys: (string | number)[] = [];
  readonly #oldKeys: (string | number)[] = [];
  /** What an item is called; null for the member of a map. */
  readonly #labels: (string | number | null)[] = [];

  constructor(options: CompareOptions, apiVersion: Json | undefined) {
    this.#listKeys = options.listKeys;
    this.#semantic = options.semantic === true;
    this.#onlyNamed = options.onlyNamed === true;
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY;
    this.#apiVersion = apiVersion;
  }

  compare(before: Json | undefined, after: Json | undefined): void {
    if (this.changes.length >= this.#limit) return;
    if (isObject(before) && isObject(after)) this.#maps(before, after);
    else if (Array.isArray(before) && Array.isArray(after)) this.#lists(before, after);
    else if (!this.#isSame(before, after)) this.#add(before, after);
  }

  #isSame(before: Json | undefined, after: Json | undefined): boolean {
    if (isExactlyEqual(before, after)) return true;
    if (after === undefined) return false;
    if (this.#onlyNamed && isLeftToServer(this.#keys, after, this.#apiVersion)) return true;
    // The server writes some empty lists as null (`drivers: null` of a CSINode).
    if (before === undefined || before === null) return this.#onlyNamed && isLeftOutByServer(this.#keys, after, this.#apiVersion);
    return this.#semantic && isSameValue(before, after, this.#keys);
  }

  #maps(before: JsonObject, after: JsonObject): void {
    for (const key of Object.keys(after)) this.#below(key, null, own(before, key), after[key]);
    if (this.#onlyNamed) return;
    for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) this.#below(key, null, before[key], undefined);
  }

  #lists(before: Json[], after: Json[]): void {
    // Most lists are equal, and matching costs much more than looking.
    if (isDeeplyEqual(before, after)) return;
    const matching = matchItems(before, after, this.#listKeys?.(this.#keys) ?? null);
    // What a manifest does not name of a list map or set may be somebody else's.
    const others = this.#onlyNamed && (matching.by === 'map' || matching.by === 'set');
    for (const pair of matching.pairs) {
      if (others && pair.after === null) continue;
      const [old, now] = [itemAt(before, pair.before), itemAt(after, pair.after)];
      this.#below(pair.after ?? pair.before ?? 0, pair.label, old, now, pair.before ?? pair.after ?? 0);
    }
    if (this.#countsOrder(matching) && !isSameOrder(matching.pairs)) this.#addOrder(matching.pairs);
  }

  #countsOrder({ by }: Matching): boolean {
    return by !== 'set' || !(this.#semantic || this.#onlyNamed);
  }

  #below(key: string | number, label: string | number | null, before: Json | undefined, after: Json | undefined, oldKey = key): void {
    this.#keys.push(key);
    this.#oldKeys.push(oldKey);
    this.#labels.push(label);
    this.compare(before, after);
    this.#keys.pop();
    this.#oldKeys.pop();
    this.#labels.pop();
  }

  #add(before: Json | undefined, after: Json | undefined): void {
    this.changes.push({ path: this.#path(), keys: after === undefined ? [...this.#oldKeys] : [...this.#keys], before, after });
  }

  #path(): string {
    return joinSteps(this.#labels.map((label, i) => (label === null ? keyStep(this.#keys[i] as string) : itemStep(label))));
  }

  #addOrder(pairs: readonly ItemPair[]): void {
    if (this.changes.length >= this.#limit) return;
    const both = pairs.filter(({ before, after }) => before !== null && after !== null);
    const labels = (list: readonly ItemPair[]): Json[] => list.map(({ label }) => label);
    const old = [...both].sort((a, b) => (a.before ?? 0) - (b.before ?? 0));
    this.changes.push({ path: this.#path() + ORDER_STEP, keys: [...this.#keys], before: labels(old), after: labels(both) });
  }
}

function itemAt(list: readonly Json[], index: number | null): Json | undefined {
  return index === null ? undefined : list[index];
}
