import { isObject, NumberToken, type Json, type JsonObject } from '../lib/json.js';
import { FREE, ITEM, orderedKeys, placeBelow, ROOT, type Place } from './key-order.js';
import { hasHighUnit, writeKey, writeNumber, writeString } from './scalars.js';

/** Changes when the same object gets other bytes; part of the repository's format. */
export const EMITTER_VERSION = 2;

/** Readers built on libyaml give up on an implicit key of more than 1,024 bytes. */
const LONGEST_IMPLICIT_KEY = 900;

const PADS: readonly string[] = Array.from({ length: 64 }, (_, indent) => ' '.repeat(indent));

/**
 * The canonical YAML of an object: a function of its content alone, whatever the order of its keys. Style and order are
 * those of docs/format.md (design: canonical-form.md §4): two blanks a level, lists not indented under their key, one way
 * to write each scalar. No undefined, no NaN: TypeError. The result ends in a line feed.
 */
export function emit(root: JsonObject): string {
  const text = writeMap(root, 0, ROOT, '', false);
  return text === '' ? '{}\n' : text;
}

/** `lead`: what stands before the first key; that of a list item follows its dash. */
function writeMap(object: JsonObject, indent: number, place: Place, lead: string, wide: boolean): string {
  const pad = padOf(indent);
  let before = lead;
  let out = '';
  for (const key of orderedKeys(object, place, wide)) {
    const written = writeKey(key);
    // Found while writing, which spares ordinary keys a pass of their own.
    if (!wide && written.length > 0 && hasHighUnit(key)) return writeMap(object, indent, place, lead, true);
    out += isTooLong(written) ? `${before}? ${written}\n${pad}:` : before + written + ':';
    out += writeMember(object[key] as Json, key, indent, place);
    before = pad;
  }
  return out;
}

/** What follows the colon of a key. */
function writeMember(value: Json, key: string, indent: number, place: Place): string {
  if (typeof value === 'string') return ' ' + writeString(value, padOf(indent + 2)) + '\n';
  if (Array.isArray(value)) {
    return value.length === 0 ? ' []\n' : '\n' + writeList(value, indent, place === FREE ? FREE : ITEM, padOf(indent));
  }
  if (isObject(value)) {
    const body = writeMap(value, indent + 2, placeBelow(place, key), padOf(indent + 2), false);
    return body === '' ? ' {}\n' : '\n' + body;
  }
  return ' ' + writeScalar(value) + '\n';
}

function writeList(list: readonly Json[], indent: number, place: Place, lead: string): string {
  const pad = padOf(indent);
  let before = lead;
  let out = '';
  for (const item of list) {
    out += before + '- ' + writeItem(item, indent, place);
    before = pad;
  }
  return out;
}

function writeItem(item: Json, indent: number, place: Place): string {
  if (typeof item === 'string') return writeString(item, padOf(indent + 2)) + '\n';
  if (Array.isArray(item)) return item.length === 0 ? '[]\n' : writeList(item, indent + 2, place, '');
  if (isObject(item)) {
    const body = writeMap(item, indent + 2, place, '', false);
    return body === '' ? '{}\n' : body;
  }
  return writeScalar(item) + '\n';
}

function writeScalar(value: null | boolean | number | NumberToken): string {
  if (typeof value === 'number' || value instanceof NumberToken) return writeNumber(value);
  if (value === null) return 'null';
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  throw new TypeError(`YAML has no ${typeof value}`);
}

function isTooLong(key: string): boolean {
  // No character has more than three bytes a code unit.
  return key.length > LONGEST_IMPLICIT_KEY / 3 && Buffer.byteLength(key) > LONGEST_IMPLICIT_KEY;
}

function padOf(indent: number): string {
  return PADS[indent] ?? ' '.repeat(indent);
}
