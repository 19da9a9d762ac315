import { isUtf8 } from 'node:buffer';
import { JsonTokenizer } from './json-tokenizer.js';
import { NumberToken, type Json } from './json.js';

/**
 * Finds a number token that a double may lose: a fraction, an exponent, a minus zero, 16 digits or more. It looks for the
 * end of a token (a digit before what may follow a number) and only then backwards, which passes over most of the text
 * fastest. It may find one inside a string, which costs time and nothing else; it misses none but at the text's very end.
 */
const RISKY_NUMBER = /\d[,}\]\s](?<=(?:\d\.\d+|\d[eE][-+]?\d+|[:,[\s]-0|\d{16}).)/s;

/**
 * A JSON text as a value. A number that a double cannot give back character by character (`9007199254740993`, `1.0`, `-0`,
 * `1e400`) becomes a NumberToken; of a repeated key the last one counts, as with JSON.parse. Throws a SyntaxError that
 * names the offset and quotes nothing, for the text may be a Secret.
 */
export function parseJson(text: string): Json {
  // Only in a text that is no object and no list can a number be the last that stands there.
  const first = text.charCodeAt(0);
  if ((first !== 0x7b && first !== 0x5b) || RISKY_NUMBER.test(text)) return new JsonTokenizer(text).read();
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The engine's own message quotes the text; ours says where.
    return new JsonTokenizer(text).read();
  }
}

/** Values that are separated by commas and have no brackets around them, UTF-8; none for blank input. Offsets count UTF-16 units. */
export function parseJsonItems(utf8: Uint8Array): Json[] {
  if (!isUtf8(utf8)) throw new SyntaxError('Malformed UTF-8 in JSON');
  const text = Buffer.from(utf8.buffer, utf8.byteOffset, utf8.byteLength).toString('utf8');
  try {
    return parseJson(`[${text}]`) as Json[];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Counted from the items, not from our bracket.
    throw new SyntaxError(error.message.replace(/\d+$/, (offset) => String(Number(offset) - 1)));
  }
}

/**
 * The shortest JSON text of a value, number tokens as they are, keys in the order of the object. Throws a TypeError for
 * what JSON does not have (NaN, infinities, undefined).
 */
export function stringifyJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') return stringifyNumber(value);
  if (value === null || typeof value === 'boolean') return String(value);
  if (value instanceof NumberToken) return value.text;
  if (Array.isArray(value)) return `[${value.map(stringifyJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`JSON has no ${typeof value}`);
  const members = Object.keys(value).map((key) => `${JSON.stringify(key)}:${stringifyJson(value[key] as Json)}`);
  return `{${members.join(',')}}`;
}

function stringifyNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('JSON has no such number');
  return Object.is(value, -0) ? '-0' : String(value);
}
