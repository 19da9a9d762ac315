import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';

/** The value at a place; undefined when absent. */
export function valueAt(root: Json, keys: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = root;
  for (const key of keys) {
    if (typeof key === 'number') value = Array.isArray(value) ? value[key] : undefined;
    else value = isObject(value) ? own(value, key) : undefined;
  }
  return value;
}

/** Sets a value; objects on the way are made, list elements must be there. False when there is no such place. */
export function setAt(root: JsonObject, keys: readonly (string | number)[], value: Json): boolean {
  let container: Json = root;
  for (let i = 0; i < keys.length - 1; i++) {
    const key = keys[i] as string | number;
    let next: Json | undefined = valueAt(container, [key]);
    if (next === undefined && typeof key === 'string' && typeof keys[i + 1] === 'string' && isObject(container)) {
      next = {};
      setOwn(container, key, next);
    }
    if (!isObject(next) && !Array.isArray(next)) return false;
    container = next;
  }
  const last = keys.at(-1);
  if (typeof last === 'string' && isObject(container)) setOwn(container, last, value);
  else if (typeof last === 'number' && Array.isArray(container) && last < container.length) container[last] = value;
  else return false;
  return true;
}

/** Removes an entry of an object; nothing when it is absent. */
export function removeAt(root: JsonObject, keys: readonly (string | number)[]): void {
  const container = valueAt(root, keys.slice(0, -1));
  const last = keys.at(-1);
  if (isObject(container) && typeof last === 'string') Reflect.deleteProperty(container, last);
}
