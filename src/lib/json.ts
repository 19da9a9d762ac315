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
