import { escapeLine } from '../lib/escape.js';
import { isObject, NumberToken, type Json, type JsonObject } from '../lib/json.js';
import { compareObjects } from './compare-objects.js';

/** One field that differs between two forms of an object. */
export interface FieldChange {
  /** For people, escaped: `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** Keys and indices from the root: in the after side, in the before side for what was removed. */
  readonly keys: readonly (string | number)[];
  /** undefined: absent on that side. */
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

/** The fields that differ between two canonical forms, for messages: without knowledge of types, at most `limit`. */
export function fieldChanges(before: JsonObject, after: JsonObject, limit = 100): FieldChange[] {
  return compareObjects(before, after, { limit });
}

/** A value as one short piece of a line; what is long or has several lines is only said to be there. */
export function shortValue(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (value instanceof NumberToken) return value.text;
  if (typeof value === 'string') {
    return value.length > 80 || value.includes('\n') ? `(${value.length} characters)` : escapeLine(value === '' ? '""' : value, 80);
  }
  if (Array.isArray(value)) return `[${value.length}]`;
  return isObject(value) ? `{${Object.keys(value).length}}` : String(value);
}
