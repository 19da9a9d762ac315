import jsonPatch, { type Operation } from 'fast-json-patch';
import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';
import { isObject, NumberToken, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { stringifyJson } from '../lib/parse-json.js';

/** One operation of RFC 6902. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: Json }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string };

/** A patch does not fit a document; the message names the operation by its number and quotes no value. */
export class JsonPatchError extends AppError<'PATCH'> {
  readonly exitCode = EXIT.refused;
  readonly retry = false;
}

/*
 * fast-json-patch knows JavaScript's values only: it would take a number token apart, holds 0 and -0 for equal, refuses the
 * key `__proto__` and errs where one root is a list and the other a map. It therefore works on a coded copy: keys get a
 * prefix, texts and number tokens become texts with different prefixes.
 */
const KEY = 'k';
const TEXT = 's';
const TOKEN = 'n';

/**
 * The operations (add, remove, replace) that turn `before` into `after`, number tokens included; none when they are equal.
 * Lists are compared by position, as RFC 6902 addresses them.
 */
export function toJsonPatch(before: Json, after: Json): JsonPatchOperation[] {
  const [from, to] = [coded(before), coded(after)];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return from === to ? [] : [{ op: 'replace', path: '', value: after }];
  }
  return jsonPatch.compare(from as object, to as object).map(decoded);
}

/** A patch as one JSON text with the number tokens as they are. */
export function patchText(operations: readonly JsonPatchOperation[]): string {
  return stringifyJson(operations as unknown as Json);
}

/** The document that a patch (parsed with lib/parse-json) makes of `document`, which stays as it is; all six operations. JsonPatchError. */
export function applyJsonPatch(document: Json, operations: readonly JsonPatchOperation[]): Json {
  let current: unknown = coded(document);
  operations.forEach((operation, i) => {
    try {
      const step = { ...operation, path: codedPointer(operation.path, current), ...('from' in operation ? { from: codedPointer(operation.from, current) } : {}) };
      const whole = 'value' in step ? { ...step, value: coded(step.value) } : step;
      current = jsonPatch.applyOperation(current, whole as Operation, true, true).newDocument;
    } catch (error) {
      // The library's message shows the whole document, which may be a Secret.
      const reason = error instanceof Error ? error.name : 'unknown';
      throw new JsonPatchError('PATCH', `Operation ${i + 1} of the JSON patch does not fit the object (${reason})`);
    }
  });
  return decodedValue(current);
}

function isContainer(value: Json): boolean {
  return isObject(value) || Array.isArray(value);
}

function coded(value: Json): unknown {
  if (typeof value === 'string') return TEXT + value;
  if (value instanceof NumberToken) return TOKEN + value.text;
  if (Object.is(value, -0)) return `${TOKEN}-0`;
  if (Array.isArray(value)) return value.map(coded);
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[KEY + key] = coded(own(value, key) ?? null);
  return copy;
}

function decodedValue(value: unknown): Json {
  if (typeof value === 'string') return value.startsWith(TEXT) ? value.slice(1) : value === `${TOKEN}-0` ? -0 : new NumberToken(value.slice(1));
  if (Array.isArray(value)) return value.map(decodedValue);
  if (typeof value !== 'object' || value === null) return value as Json;
  const copy: JsonObject = {};
  for (const [key, member] of Object.entries(value)) setOwn(copy, key.slice(1), decodedValue(member));
  return copy;
}

function decoded(operation: Operation): JsonPatchOperation {
  // A step with the prefix is a key, one without an index.
  const path = operation.path.replaceAll(/\/k/g, '/');
  return 'value' in operation ? { op: operation.op as 'add' | 'replace', path, value: decodedValue(operation.value) } : { op: 'remove', path };
}

/** Only the document tells whether a step of a pointer is a key or an index. */
function codedPointer(pointer: string, document: unknown): string {
  // Not a pointer: left for the library to refuse.
  if (!pointer.startsWith('/')) return pointer;
  let at = document;
  const steps = pointer.split('/').slice(1).map((step) => {
    // RFC 6901 §4: an index has no leading zeros; the library takes them.
    if (Array.isArray(at) && !/^(?:0|[1-9]\d*|-)$/.test(step)) throw new SyntaxError('Not an index');
    const code = Array.isArray(at) ? step : KEY + step;
    const name = code.replaceAll('~1', '/').replaceAll('~0', '~');
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
    return `/${code}`;
  });
  return steps.join('');
}
