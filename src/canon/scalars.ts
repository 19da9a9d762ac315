import { numberOf } from '../lib/json-tokenizer.js';
import { NumberToken } from '../lib/json.js';

/** How a string is written; RAW and JSON are double quotes without and with escapes that JSON has as well. */
export type Style = 0 | 1 | 2 | 3 | 4;
export const PLAIN = 0;
const RAW = 1;
const JSON_QUOTED = 2;
const ESCAPED = 3;
export const BLOCK = 4;

/** What occurs in a string. */
const UNPRINTABLE = 1;
/** A letter or sign that no grammar of numbers, dates or base 60 has: a string with one is no number to any reader. */
const NOT_NUMERIC = 2;
const NEWLINE = 4;
const TAB = 8;
const SPACE = 16;
/** A colon or hash: with a space, the end of a plain scalar. */
const SEPARATOR = 32;
const NEEDS_ESCAPE = 64;
const SOLID = 128;

const FLAGS = flagTable();

/** First characters of plain scalars: 1 may start one, 2 the rest must not look like a number, 3 a dash. */
const FIRST = firstTable();

/** Words that some YAML 1.1 or 1.2 reader takes for null, a boolean, a number or a merge. */
const AMBIGUOUS = /^(?:null|y|n|yes|no|true|false|on|off|-?(?:inf|nan|infinity))$/i;

const PRINTABLE = /^[\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
const PRINTABLE_LINES = /^[\t\n\x20-\x7e\u00a1-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;
const HIGH_UNIT = /[\ud800-\uffff]/;

/**
 * How `text` is written: plain only when it is a string to every reader of YAML 1.1 and 1.2, a literal block for lines,
 * else in double quotes. One pass over the characters, because this runs for every string and key that is written or read.
 */
export function styleOf(text: string): Style {
  let flags = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x80) {
      flags |= FLAGS[code] as number;
    } else if (code >= 0xd800 && code < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      flags |= SOLID;
      i++;
    } else {
      flags |= isPrintableUnit(code) ? SOLID : UNPRINTABLE;
    }
  }
  if ((flags & UNPRINTABLE) !== 0) return ESCAPED;
  if ((flags & NEWLINE) !== 0) return (flags & SOLID) !== 0 && !endsInBlankLine(text) ? BLOCK : JSON_QUOTED;
  if ((flags & TAB) === 0 && isPlain(text, flags)) return PLAIN;
  return (flags & (NEEDS_ESCAPE | TAB)) === 0 ? RAW : JSON_QUOTED;
}

/** A string in its style; `pad` is the indent of a block's lines. */
export function writeString(text: string, pad: string): string {
  const style = styleOf(text);
  if (style === PLAIN) return text;
  return style === BLOCK ? block(text, pad) : quote(text, style);
}

/** A key in its style, never a block. */
export function writeKey(text: string): string {
  const style = styleOf(text);
  if (style === PLAIN) return text;
  return quote(text, style === BLOCK ? JSON_QUOTED : style);
}

/** Whether UTF-16 order and UTF-8 order of `text` may differ. */
export function hasHighUnit(text: string): boolean {
  return HIGH_UNIT.test(text);
}

/** Whether every character may stand in the file as it is; `lines` allows tab and line feed too. */
export function isPrintable(text: string, lines: boolean): boolean {
  return (lines ? PRINTABLE_LINES : PRINTABLE).test(text);
}

/**
 * A number as every reader of YAML 1.1 takes it for one: the token, but with a dot in the mantissa and a sign in an exponent
 * (`1e-7` → `1.0e-7`, `1E400` → `1.0e+400`). Throws a TypeError for NaN and infinities, which JSON does not have.
 */
export function writeNumber(value: number | NumberToken): string {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no such number');
  const token = tokenOf(value);
  const e = exponentAt(token);
  if (e < 0) return token;
  const mantissa = token.slice(0, e);
  const sign = token.charCodeAt(e + 1);
  return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${sign === 0x2b || sign === 0x2d ? '' : '+'}${token.slice(e + 1)}`;
}

/**
 * The one token that stands for all tokens that writeNumber writes alike, as a double where that is exact: `1.0e+400`,
 * `1e400` and `1E+400` are `1e+400`; `1e-7` is a double. What the reader returns, and what numbers are compared by.
 */
export function normalNumber(value: number | NumberToken): number | NumberToken {
  if (typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0)) return value;
  return numberOf(writeNumber(value).replace(/\.0e/, 'e'));
}

function tokenOf(value: number | NumberToken): string {
  if (value instanceof NumberToken) return value.text;
  return Object.is(value, -0) ? '-0' : String(value);
}

function exponentAt(token: string): number {
  const e = token.indexOf('e');
  return e < 0 ? token.indexOf('E') : e;
}

function isPlain(text: string, flags: number): boolean {
  const first = text.charCodeAt(0);
  const kind = first < 0x80 ? (FIRST[first] as number) : 0;
  if (kind === 0) return false;
  if (kind === 2 && (flags & NOT_NUMERIC) === 0) return false;
  if (kind === 3 && !startsAsOption(text)) return false;
  const last = text.charCodeAt(text.length - 1);
  if (last === 0x20 || last === 0x3a) return false;
  if ((flags & SPACE) !== 0 && (flags & SEPARATOR) !== 0 && (text.includes(': ') || text.includes(' #'))) return false;
  return !isAmbiguous(text);
}

/** `-c`, `--flag`: no list item, no number, no document marker. */
function startsAsOption(text: string): boolean {
  const code = text.charCodeAt(text.charCodeAt(1) === 0x2d ? 2 : 1) | 0x20;
  return code >= 0x61 && code <= 0x7a;
}

/** Length and second character rule out nearly every word before the pattern is asked. */
function isAmbiguous(text: string): boolean {
  if (text.length > 9) return false;
  const second = text.charCodeAt(1) | 0x20;
  switch (text.length) {
    case 4:
      return (second === 0x75 || second === 0x72 || second === 0x69 || second === 0x6e) && AMBIGUOUS.test(text);
    case 5:
      return second === 0x61 && AMBIGUOUS.test(text);
    case 6:
    case 7:
      return false;
    default:
      return AMBIGUOUS.test(text);
  }
}

function quote(text: string, style: Style): string {
  if (style === RAW) return `"${text}"`;
  // For printable text, tabs and line feeds JSON's escapes are YAML's, and the engine writes them fastest.
  return style === JSON_QUOTED ? JSON.stringify(text) : escapeAll(text);
}

function escapeAll(text: string): string {
  let out = '"';
  for (const character of text) {
    if (character === '"' || character === '\\') out += `\\${character}`;
    else if (character === '\n') out += '\\n';
    else if (character === '\t') out += '\\t';
    else if (character === '\r') out += '\\r';
    else out += PRINTABLE.test(character) ? character : escapeUnit(character.charCodeAt(0));
  }
  return `${out}"`;
}

/** Everything above U+FFFF is printable, so one unit is enough. */
function escapeUnit(unit: number): string {
  return unit <= 0xff ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`;
}

/**
 * A literal block. The indent is written where readers would guess it wrongly (first line blank or indented); the ending
 * says how many line feeds follow the last line: none, one, or as many as there are empty lines.
 */
function block(text: string, pad: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === 0x0a) end--;
  const feeds = text.length - end;
  const first = text.charCodeAt(0);
  let out = first === 0x20 || first === 0x09 || first === 0x0a ? '|2' : '|';
  if (feeds === 0) out += '-';
  else if (feeds > 1) out += '+';
  for (let start = 0; start < end; ) {
    const feed = text.indexOf('\n', start);
    const stop = feed < 0 || feed > end ? end : feed;
    out += stop === start ? '\n' : '\n' + pad + text.slice(start, stop);
    start = stop + 1;
  }
  return feeds > 1 ? out + '\n'.repeat(feeds - 1) : out;
}

/** Readers disagree about a last line that holds nothing but blanks. */
function endsInBlankLine(text: string): boolean {
  let at = text.length - 1;
  while (text.charCodeAt(at) === 0x0a) at--;
  if (text.charCodeAt(at) !== 0x20 && text.charCodeAt(at) !== 0x09) return false;
  while (text.charCodeAt(at) === 0x20 || text.charCodeAt(at) === 0x09) at--;
  return text.charCodeAt(at) === 0x0a;
}

/** Code units from U+0080 on, surrogate pairs apart. */
function isPrintableUnit(code: number): boolean {
  if (code < 0xa1 || code === 0x2028 || code === 0x2029) return false;
  return code < 0xd800 || (code >= 0xe000 && code < 0xfffe && code !== 0xfeff);
}

function flagTable(): Uint8Array {
  const table = new Uint8Array(0x80).fill(UNPRINTABLE);
  table.fill(SOLID, 0x21, 0x7f);
  table[0x20] = SPACE;
  table[0x09] = TAB;
  table[0x0a] = NEWLINE;
  for (const character of 'ghijklmnqrsuvwyGHIJKLMNPQRSUVWY%/') table[character.charCodeAt(0)]! |= NOT_NUMERIC;
  for (const character of ':#') table[character.charCodeAt(0)]! |= SEPARATOR;
  for (const character of '"\\') table[character.charCodeAt(0)]! |= NEEDS_ESCAPE;
  return table;
}

function firstTable(): Uint8Array {
  const table = new Uint8Array(0x80);
  table.fill(1, 0x41, 0x5b).fill(1, 0x61, 0x7b);
  for (const character of '/$(') table[character.charCodeAt(0)] = 1;
  for (const character of '0123456789_') table[character.charCodeAt(0)] = 2;
  table[0x2d] = 3;
  return table;
}
