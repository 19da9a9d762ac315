import { escapeText } from '../lib/escape.js';
import { isObject, NumberToken, type Json, type JsonObject } from '../lib/json.js';
import { CanonError } from './canon-error.js';
import { readWithJsYaml } from './js-yaml-reader.js';
import { readOwnStyle } from './reader.js';
import { normalNumber } from './scalars.js';
import { YamlError } from './yaml-error.js';

/**
 * Reads a text that emit made with our own reader and compares: every key, every string, the token of every number in
 * normal form. Throws CanonError that names the JSON path of the first difference and never a value.
 */
export function assertReadsBack(text: string, value: JsonObject): void {
  const read = readOwnStyle(text);
  if (read === null) throw new CanonError('A canonical text is not in its own style');
  report(read, value, 'our own reader');
}

/** The same with js-yaml, which knows nothing of the emitter's style. */
export function judgeWithJsYaml(text: string, value: JsonObject): void {
  report(judged(text), value, 'js-yaml');
}

function judged(text: string): JsonObject {
  try {
    return readWithJsYaml(text);
  } catch (error) {
    if (error instanceof YamlError) throw new CanonError('js-yaml cannot read a canonical text', error);
    throw error;
  }
}

function report(read: Json, value: Json, reader: string): void {
  const path = firstDifference(read, value, []);
  if (path !== null) throw new CanonError(`A canonical text does not read back as its object at ${path}: ${reader} finds another value`);
}

/** The JSON path of the first difference (`$.spec.ports[0]["a b"]`), or null. */
function firstDifference(a: Json | undefined, b: Json | undefined, path: readonly (string | number)[]): string | null {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < Math.max(a.length, b.length); i++) {
      const found = i < a.length && i < b.length ? firstDifference(a[i], b[i], [...path, i]) : show([...path, i]);
      if (found !== null) return found;
    }
    return null;
  }
  if (isObject(a) && isObject(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const both = Object.hasOwn(a, key) && Object.hasOwn(b, key);
      const found = both ? firstDifference(a[key], b[key], [...path, key]) : show([...path, key]);
      if (found !== null) return found;
    }
    return null;
  }
  return isSameScalar(a, b) ? null : show(path);
}

function isSameScalar(a: Json | undefined, b: Json | undefined): boolean {
  if (!isNumber(a) || !isNumber(b)) return a === b;
  const x = normalNumber(a);
  const y = normalNumber(b);
  return x instanceof NumberToken && y instanceof NumberToken ? x.text === y.text : x === y;
}

function isNumber(value: Json | undefined): value is number | NumberToken {
  return typeof value === 'number' || value instanceof NumberToken;
}

function show(path: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(step) ? `.${step}` : `["${escapeText(step)}"]`;
  });
  return `$${steps.join('')}`;
}
