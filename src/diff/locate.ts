import type { Container, Site } from '../canon/rules/sites.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { ListKeys } from './list-keys.js';
import { matchItems } from './match-items.js';

/**
 * The place in `there` that is the place `keys` in `here`: items of lists are found by their identity, because the two
 * forms need not have the same items. Null when there is no such place.
 */
export function counterpart(keys: readonly (string | number)[], here: JsonObject, there: JsonObject, listKeys: ListKeys | undefined): Site | null {
  const containers: Container[] = [];
  const found: (string | number)[] = [];
  let from: Json | undefined = here;
  let to: Json | undefined = there;
  for (let depth = 0; depth < keys.length; depth++) {
    const key = keys[depth] as string | number;
    const step: string | number | null = stepTo(key, from, to, listKeys?.(found) ?? null);
    if (step === null) return null;
    containers.push(to as Container);
    found.push(step);
    from = childOf(from, key);
    to = childOf(to, step);
    if (to === undefined) return null;
  }
  return { containers, keys: found };
}

function stepTo(key: string | number, from: Json | undefined, to: Json | undefined, mergeKeys: readonly string[] | null): string | number | null {
  if (typeof key === 'string') return isObject(to) ? key : null;
  if (!Array.isArray(from) || !Array.isArray(to)) return null;
  return matchItems(from, to, mergeKeys).pairs.find((pair) => pair.before === key)?.after ?? null;
}

function childOf(value: Json | undefined, key: string | number): Json | undefined {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) ? own(value, key) : undefined;
}
