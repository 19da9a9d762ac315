/**
 * JSON values as this program holds them. Objects are plain objects whose own properties may have any name,
 * `__proto__` and integer-like keys included: never copy one with `o[k] = v` for a foreign k (use setOwn), and never
 * rely on its key order (the emitter sorts).
 */
export type Json = null | boolean | number | string | NumberToken | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** A number that a double cannot give back character by character (int64, `1e400`, `1.0`): its token is kept. */
export class NumberToken {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof NumberToken);
}

/** Sets an own property whatever its name is. */
export function setOwn(object: JsonObject, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    object[key] = value;
  }
}

/** An own property, never one of Object.prototype. */
export function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A copy that shares nothing with the original; number tokens and properties of any name are kept. */
export function copyJson<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map((item) => copyJson(item)) as Json as T;
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const key of Object.keys(value)) setOwn(copy, key, copyJson(value[key] as Json));
  return copy as T;
}
