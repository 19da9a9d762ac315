import type { JsonObject } from '../lib/json.js';

/**
 * Where a map stands, which alone decides the order of its keys:
 * - ROOT: the document. apiVersion, kind, metadata, type, immutable, spec; the rest by bytes; status last.
 * - METADATA: the map under a key `metadata` of a map that is not FREE (the object's and those of embedded templates).
 *   name, namespace, labels, annotations; the rest by bytes.
 * - ITEM: a map that is an item of a list. name, key, type; the rest by bytes.
 * - FREE: the map under a key of FREE_KEYS, and everything below it, lists included: by bytes, for its keys are a
 *   person's words and not fields. (A list under such a key is a field of some custom resource; its items are ITEM.)
 * - OTHER: by bytes.
 */
export type Place = 0 | 1 | 2 | 3 | 4;
export const ROOT = 0;
export const METADATA = 1;
export const ITEM = 2;
export const FREE = 3;
export const OTHER = 4;

const FREE_KEYS: ReadonlySet<string> = new Set([
  'labels', 'annotations', 'data', 'binaryData', 'stringData', 'matchLabels', 'limits', 'requests', 'nodeSelector',
]);

/** Keys that come first, by place; in reverse, because each is moved to the front. */
const FIRST_REVERSED: readonly (readonly string[])[] = [
  ['spec', 'immutable', 'type', 'metadata', 'kind', 'apiVersion'],
  ['annotations', 'labels', 'namespace', 'name'],
  ['type', 'key', 'name'],
  [],
  [],
];

/** Up to this many keys an insertion sort is faster than the engine's sort. */
const FEW = 24;

/** The place of the map under `key` of a map at `place`. */
export function placeBelow(place: Place, key: string): Place {
  if (place === FREE || FREE_KEYS.has(key)) return FREE;
  return key === 'metadata' ? METADATA : OTHER;
}

/**
 * An object's keys in the order of its place. `wide`: some key has a code unit from U+D800 on; without it the cheaper
 * order of UTF-16 units is the same as that of UTF-8 bytes.
 */
export function orderedKeys(object: JsonObject, place: Place, wide: boolean): string[] {
  const keys = Object.keys(object);
  if (wide) keys.sort(compareUtf8);
  else if (keys.length > FEW) keys.sort();
  else insertionSort(keys);
  for (const key of FIRST_REVERSED[place] as readonly string[]) moveToFront(keys, key);
  if (place === ROOT) moveToEnd(keys, 'status');
  return keys;
}

/** Orders strings by their UTF-8 bytes. Lone surrogates, which UTF-8 cannot hold, count as the highest characters, so that the order is total. */
export function compareUtf8(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let i = 0; i < end; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** UTF-16 puts surrogates (of characters above U+FFFF) before U+E000–U+FFFF, UTF-8 puts them behind. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function insertionSort(keys: string[]): void {
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] as string;
    let j = i - 1;
    while (j >= 0 && (keys[j] as string) > key) {
      keys[j + 1] = keys[j] as string;
      j--;
    }
    keys[j + 1] = key;
  }
}

function moveToFront(keys: string[], key: string): void {
  const at = keys.indexOf(key);
  if (at > 0) {
    keys.copyWithin(1, 0, at);
    keys[0] = key;
  }
}

function moveToEnd(keys: string[], key: string): void {
  const at = keys.indexOf(key);
  if (at >= 0 && at < keys.length - 1) {
    keys.splice(at, 1);
    keys.push(key);
  }
}
