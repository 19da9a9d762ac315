import { isObject, NumberToken, own, type Json } from '../lib/json.js';

/** Two items that are the same one; null where a side does not have it. */
export interface ItemPair {
  readonly before: number | null;
  readonly after: number | null;
  /** What the item is called in a path: its identity, or its index in a list that is compared by position. */
  readonly label: string | number;
}

/**
 * How the items of two lists belong together. `map`: by their merge keys; `set`: by their value; `name`: by a distinct
 * `name` that every item has, which is a guess; `index`: by position.
 */
export interface Matching {
  readonly by: 'map' | 'set' | 'name' | 'index';
  /** The items of `after` in their order, then those that only `before` has in theirs. */
  readonly pairs: readonly ItemPair[];
}

/** Merge keys that the API fills in when they are absent (Kubernetes OpenAPI: x-kubernetes-list-map-keys with a default). */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/**
 * Matches the items of two lists. `mergeKeys`: the keys of a list map, none for a set, null where the type names neither.
 * A list in which an identity is missing or repeated (real clusters hold repeated names of environment variables) is
 * matched by name, else by position, so that no item is lost.
 */
export function matchItems(before: readonly Json[], after: readonly Json[], mergeKeys: readonly string[] | null): Matching {
  if (mergeKeys !== null) {
    const identity = mergeKeys.length === 0 ? valueIdentity : mapIdentity(mergeKeys);
    const [old, now] = [distinct(before, identity), distinct(after, identity)];
    if (old !== null && now !== null) return mergeKeys.length === 0 ? { by: 'set', pairs: paired(old, now) } : { by: 'map', pairs: renamed(paired(old, now), before, after) };
  }
  const [old, now] = [distinct(before, nameIdentity), distinct(after, nameIdentity)];
  if (old !== null && now !== null) return { by: 'name', pairs: paired(old, now) };
  const longest = Math.max(before.length, after.length);
  const pairs = Array.from({ length: longest }, (_, i) => ({ before: i < before.length ? i : null, after: i < after.length ? i : null, label: i }));
  return { by: 'index', pairs };
}

/** Whether the items that both sides have stand in the same order. */
export function isSameOrder(pairs: readonly ItemPair[]): boolean {
  let last = -1;
  for (const { before, after } of pairs) {
    if (before === null || after === null) continue;
    if (before < last) return false;
    last = before;
  }
  return true;
}

interface Identity {
  /** Equal for the same item only. */
  readonly key: string;
  readonly label: string;
}

/** The identities of all items in their order; null when one has none or two are equal. */
function distinct(list: readonly Json[], identityOf: (item: Json) => Identity | null): Map<string, { readonly index: number; readonly label: string }> | null {
  const found = new Map<string, { index: number; label: string }>();
  for (let index = 0; index < list.length; index++) {
    const identity = identityOf(list[index] as Json);
    if (identity === null || found.has(identity.key)) return null;
    found.set(identity.key, { index, label: identity.label });
  }
  return found;
}

type Identities = NonNullable<ReturnType<typeof distinct>>;

function paired(before: Identities, after: Identities): ItemPair[] {
  const pairs: ItemPair[] = [...after].map(([key, { index, label }]) => ({ before: before.get(key)?.index ?? null, after: index, label }));
  for (const [key, { index, label }] of before) if (!after.has(key)) pairs.push({ before: index, after: null, label });
  return pairs;
}

/** An item whose merge key changed and whose name did not (port 80 → 8080 of `http`) is one item that changed. */
function renamed(pairs: readonly ItemPair[], before: readonly Json[], after: readonly Json[]): readonly ItemPair[] {
  const gone = pairs.filter((pair) => pair.after === null);
  const came = pairs.filter((pair) => pair.before === null);
  if (gone.length === 0 || came.length === 0) return pairs;
  const old = distinct(gone.map((pair) => before[pair.before ?? 0] as Json), nameIdentity);
  const now = distinct(came.map((pair) => after[pair.after ?? 0] as Json), nameIdentity);
  if (old === null || now === null) return pairs;
  const result: ItemPair[] = [];
  const taken = new Set<number | null>();
  for (const [name, { index, label }] of now) {
    const match = old.get(name);
    if (match === undefined) continue;
    const same = { before: gone[match.index]?.before ?? null, after: came[index]?.after ?? null, label };
    result.push(same);
    taken.add(same.before);
  }
  const joined = new Map(result.map((pair) => [pair.after, pair]));
  return pairs.filter((pair) => pair.after !== null || !taken.has(pair.before)).map((pair) => (pair.before === null ? (joined.get(pair.after) ?? pair) : pair));
}

function mapIdentity(keys: readonly string[]): (item: Json) => Identity | null {
  return (item) => {
    if (!isObject(item)) return null;
    const values: string[] = [];
    const labels: string[] = [];
    for (const key of keys) {
      const identity = valueIdentity(own(item, key) ?? KEY_DEFAULTS[key] ?? null);
      if (identity === null) return null;
      values.push(identity.key);
      labels.push(identity.label);
    }
    return { key: JSON.stringify(values), label: labels.join('/') };
  };
}

function nameIdentity(item: Json): Identity | null {
  const name = isObject(item) ? own(item, 'name') : undefined;
  return typeof name === 'string' ? { key: name, label: name } : null;
}

/** Of a text, number or truth value; nothing else can be a key or an item of a set. */
function valueIdentity(value: Json): Identity | null {
  if (typeof value === 'string') return { key: `"${value}`, label: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { key: String(value), label: String(value) };
  return value instanceof NumberToken ? { key: value.text, label: value.text } : null;
}
