import { isSameOrder, matchItems, type ItemPair } from '../../diff/match-items.js';
import type { Json } from '../../lib/json.js';
import type { Merge } from './three-way.js';

interface Lists {
  readonly before: Json[];
  readonly after: Json[];
  readonly live: Json[];
}

/** One item, by its index in each list; null where a list does not have it. */
interface Item {
  readonly label: string | number;
  readonly before: number | null;
  readonly after: number | null;
  readonly live: number | null;
}

/** An item of the result; `at` is where it stood before, and live. */
interface Merged {
  readonly value: Json;
  readonly item: Item;
}

/**
 * Merges three lists item by item; null when items cannot be told apart, or would be the same in the result: then the list is one
 * field. Items keep the order that they have live; what comes back stands behind the item that it stood behind; where the change was
 * one of order, the order before comes back if nobody has ordered the items anew since.
 */
export function mergeLists(lists: Lists, mergeKeys: readonly string[] | null, merge: Merge): Json[] | null {
  const items = itemsOf(lists, mergeKeys);
  if (items === null) return null;
  const merged: Merged[] = [];
  for (const item of items) {
    const value = merge.item(item.label, { before: at(lists.before, item.before), after: at(lists.after, item.after), live: at(lists.live, item.live) });
    if (value !== undefined) merged.push({ value, item });
  }
  const ordered = inOrder(merged, lists, mergeKeys, merge);
  const values = ordered.map(({ value }) => value);
  return values.length === 0 || matchItems(values, values, mergeKeys).by !== 'index' ? values : null;
}

/** Null: in one of the comparisons items are told apart by their position only. */
function itemsOf({ before, after, live }: Lists, mergeKeys: readonly string[] | null): Item[] | null {
  const made = matchItems(before, after, mergeKeys);
  const since = matchItems(after, live, mergeKeys);
  const whole = matchItems(before, live, mergeKeys);
  if (made.by === 'index' || made.by !== since.by || made.by !== whole.by) return null;
  const was = new Map(made.pairs.map((pair) => [pair.after, pair.before]));
  const is = new Map(since.pairs.map((pair) => [pair.before, pair]));
  const changed: Item[] = after.map((_, index) => ({ label: labelOf(since.pairs, index), before: was.get(index) ?? null, after: index, live: is.get(index)?.after ?? null }));
  // What the change took away, and what came since, may be the same.
  const gone = new Set(made.pairs.filter((pair) => pair.after === null).map((pair) => pair.before));
  const came = new Set(since.pairs.filter((pair) => pair.before === null).map((pair) => pair.after));
  const rest = whole.pairs.flatMap((pair): Item[] => {
    const [old, now] = [gone.has(pair.before) ? pair.before : null, came.has(pair.after) ? pair.after : null];
    return old === null && now === null ? [] : [{ label: pair.label, before: old, after: null, live: now }];
  });
  return [...changed, ...rest];
}

function labelOf(pairs: readonly ItemPair[], index: number): string | number {
  return pairs.find((pair) => pair.before === index)?.label ?? index;
}

function at(list: readonly Json[], index: number | null): Json | undefined {
  return index === null ? undefined : list[index];
}

function inOrder(merged: readonly Merged[], lists: Lists, mergeKeys: readonly string[] | null, merge: Merge): Merged[] {
  const isSet = mergeKeys !== null && mergeKeys.length === 0;
  const made = matchItems(lists.before, lists.after, mergeKeys).pairs;
  if (isSet || isSameOrder(made)) return byLive(merged);
  if (isSameOrder(matchItems(lists.before, lists.live, mergeKeys).pairs)) return byLive(merged);
  if (isSameOrder(matchItems(lists.after, lists.live, mergeKeys).pairs)) {
    merge.reordered();
    return inserted(merged, ({ before }) => before, ({ live }) => live);
  }
  merge.conflict({ after: 'another order', live: 'a third order' }, ' (order)');
  return byLive(merged);
}

function byLive(merged: readonly Merged[]): Merged[] {
  return inserted(merged, ({ live }) => live, ({ before }) => before);
}

/** In the order of one list; what is only in the other stands behind the item that precedes it there. */
function inserted(merged: readonly Merged[], first: (item: Item) => number | null, other: (item: Item) => number | null): Merged[] {
  const by = (place: (item: Item) => number | null) => (a: Merged, b: Merged): number => (place(a.item) ?? 0) - (place(b.item) ?? 0);
  const ordered = merged.filter(({ item }) => first(item) !== null).sort(by(first));
  for (const each of merged.filter(({ item }) => first(item) === null).sort(by(other))) {
    const before = other(each.item) ?? 0;
    const neighbours = ordered.filter(({ item }) => (other(item) ?? Infinity) < before);
    const last = neighbours.reduce<Merged | null>((nearest, next) => (nearest === null || (other(next.item) ?? 0) > (other(nearest.item) ?? 0) ? next : nearest), null);
    ordered.splice(last === null ? 0 : ordered.indexOf(last) + 1, 0, each);
  }
  return ordered;
}
