import { emit } from '../canon/emitter.js';
import { FREE, ITEM, orderedKeys, placeBelow, ROOT, type Place } from '../canon/key-order.js';
import { hasHighUnit } from '../canon/scalars.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { Part } from './attribution.js';

/** A part with the value that is shown of it (a redacted one has the same members). */
type Visit<T> = (part: Part<T>, value: Json) => void;

/**
 * The origin of each line of `emit(body)`, by going through the body in the emitter's order: a key stands on the line of
 * its scalar, or on one of its own above what is in it; the dash of a list's item stands on the line of the item's first
 * member.
 */
export function lineOrigins<T>(body: JsonObject, root: Part<T>, originOf: (part: Part<T>) => T): T[] {
  const lines: T[] = [];
  const add = (count: number, part: Part<T>): void => {
    for (let i = 0; i < count; i++) lines.push(originOf(part));
  };
  const ofMap = (object: JsonObject, part: Part<T>, place: Place): void => {
    const parts = new Map(part.parts.map((child) => [child.keys.at(-1), child]));
    for (const key of orderedKeys(object, place, Object.keys(object).some(hasHighUnit))) {
      const child = parts.get(key) ?? part;
      const value = own(object, key) ?? null;
      // Only the number of lines counts here, and that depends on neither place nor indentation.
      if (isWhole(value)) add(linesOf({ key: value }) + linesOf(single(key)) - 1, child);
      else {
        add(linesOf(single(key)), child);
        below(value, child, placeBelow(place, key), place === FREE || placeBelow(place, key) === FREE ? FREE : ITEM);
      }
    }
  };
  const below = (value: Json, part: Part<T>, place: Place, inList: Place): void => {
    if (Array.isArray(value)) ofList(value, part, inList);
    else if (isObject(value)) ofMap(value, part, place);
  };
  const ofList = (list: readonly Json[], part: Part<T>, place: Place): void => {
    list.forEach((item, i) => {
      const child = part.parts[i] ?? part;
      if (isWhole(item)) add(linesOf({ key: [item] }) - 1, child);
      else below(item, child, place, place);
    });
  };
  ofMap(body, root, ROOT);
  return lines;
}

/** Every part that is not divided, in the order of the body. */
export function visitLeaves<T>(value: Json, part: Part<T>, visit: Visit<T>): void {
  if (part.parts.length === 0) return visit(part, value);
  for (const child of part.parts) {
    const key = child.keys.at(-1);
    const member = typeof key === 'number' ? (Array.isArray(value) ? value[key] : undefined) : isObject(value) ? own(value, String(key)) : undefined;
    visitLeaves(member ?? null, child, visit);
  }
}

/** A scalar, or an empty map or list. */
function isWhole(value: Json): boolean {
  return Array.isArray(value) ? value.length === 0 : !isObject(value) || Object.keys(value).length === 0;
}

/** A map of one key and an empty text. */
function single(key: string): JsonObject {
  return Object.fromEntries([[key, '']]);
}

function linesOf(object: JsonObject): number {
  return emit(object).split('\n').length - 1;
}
