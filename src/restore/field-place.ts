import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';

/** Keys and indices of a path as `# kubetape:allocated` lines write it; null for what is none. */
export function parsePlace(path: string): readonly (string | number)[] | null {
  const keys: (string | number)[] = [];
  const step = /\.?([A-Za-z_$][A-Za-z0-9_$-]*)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]/y;
  while (step.lastIndex < path.length) {
    const [, bare, quoted, index] = step.exec(path) ?? [];
    if (bare !== undefined) keys.push(bare);
    else if (quoted !== undefined) keys.push(JSON.parse(quoted) as string);
    else if (index !== undefined) keys.push(Number(index));
    else return null;
  }
  return keys.length === 0 ? null : keys;
}

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
export function removeAt(root: JsonObject, keys: readonly string[]): void {
  const container = valueAt(root, keys.slice(0, -1));
  const last = keys.at(-1);
  if (isObject(container) && last !== undefined) Reflect.deleteProperty(container, last);
}

/** A copy that shares nothing with the original; number tokens are kept. */
export function copyJson<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => copyJson(item)) as unknown as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyJson(value[key] as Json));
  return copy as T;
}
