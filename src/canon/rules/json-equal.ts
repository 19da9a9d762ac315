import { isObject, NumberToken, own, type Json } from '../../lib/json.js';

/** Whether two JSON values are the same; keys may come in any order, numbers are compared by value where both are exact. */
export function jsonEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (a instanceof NumberToken) return b instanceof NumberToken ? a.text === b.text : typeof b === 'number' && a.text === String(b);
  if (b instanceof NumberToken) return jsonEqual(b, a);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i]));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key], own(b, key)));
}
