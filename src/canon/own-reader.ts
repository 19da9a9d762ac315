import { setOwn, NumberToken, type Json, type JsonObject } from '../lib/json.js';
import { isPrintable, normalNumber, PLAIN, styleOf } from './scalars.js';

/** The text is not in the emitter's style; it may still be good YAML. */
export class ForeignStyle extends Error {}

/** Numbers as the emitter writes them. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:(?<=\.\d+)e[+-]\d+)?$/;
const BLOCK_HEADER = /^\|2?[-+]?$/;
/** The escapes that the emitter writes. */
const ESCAPE = /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(["\\ntr]))/y;
const SHORT: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' };

const FEED = 0x0a;
const BLANK = 0x20;
const QUOTE = 0x22;
const HASH = 0x23;
const DASH = 0x2d;
const COLON = 0x3a;
const QUESTION = 0x3f;
const BACKSLASH = 0x5c;

/**
 * Reads the emitter's style and nothing else. Everything that the emitter would not have written in that way (another
 * indent, a comment, a plain word that it would have quoted, a repeated key) is a ForeignStyle, so no text of a person is
 * read with a meaning that YAML does not give it.
 */
export class OwnReader {
  readonly #text: string;
  /** Where the rest of the current line starts. */
  #at = 0;
  /** Blanks before the current line's first character; -1 behind the last line. */
  #column = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonObject {
    while (this.#text.charCodeAt(this.#at) === HASH) this.#skipComment();
    this.#startLine();
    const body = this.#at === 0 ? this.#text : this.#text.slice(this.#at, this.#at + 4);
    if (body === '{}\n') return {};
    const root = this.#column === 0 ? this.#map(0) : foreign();
    return this.#column === -1 ? root : foreign();
  }

  #skipComment(): void {
    const end = this.#lineEnd();
    // To YAML a carriage return ends a comment.
    if (!isPrintable(this.#text.slice(this.#at, end), true)) foreign();
    this.#at = end + 1;
  }

  /** At the first key of a map whose keys start at `indent`. */
  #map(indent: number): JsonObject {
    const map: JsonObject = {};
    do {
      const key = this.#key(indent);
      if (Object.hasOwn(map, key)) foreign();
      setOwn(map, key, this.#member(indent));
    } while (this.#column === indent);
    return map;
  }

  /** Leaves the place behind the colon. */
  #key(indent: number): string {
    const first = this.#text.charCodeAt(this.#at);
    if (first === QUOTE) {
      const key = this.#quoted();
      if (this.#text.charCodeAt(this.#at) !== COLON) foreign();
      this.#at++;
      return key;
    }
    if (first === QUESTION) return this.#longKey(indent);
    const colon = this.#colon();
    const key = this.#text.slice(this.#at, colon);
    if (styleOf(key) !== PLAIN) foreign();
    this.#at = colon + 1;
    return key;
  }

  /** `? key`, and the colon on a line of its own. */
  #longKey(indent: number): string {
    if (this.#text.charCodeAt(this.#at + 1) !== BLANK) foreign();
    this.#at += 2;
    const key = this.#scalar(0);
    if (typeof key !== 'string' || this.#column !== indent || this.#text.charCodeAt(this.#at) !== COLON) return foreign();
    this.#at++;
    return key;
  }

  /** The colon that ends a plain key. */
  #colon(): number {
    for (let colon = this.#text.indexOf(':', this.#at); colon >= 0; colon = this.#text.indexOf(':', colon + 1)) {
      const next = this.#text.charCodeAt(colon + 1);
      if (next === BLANK || next === FEED) return colon;
    }
    return foreign();
  }

  /** The value behind a colon. */
  #member(indent: number): Json {
    const next = this.#text.charCodeAt(this.#at++);
    if (next === BLANK) return this.#scalar(indent + 2);
    if (next !== FEED) foreign();
    this.#startLine();
    if (this.#column === indent && this.#isDash()) return this.#list(indent);
    return this.#column === indent + 2 ? this.#map(indent + 2) : foreign();
  }

  /** At the first dash. */
  #list(indent: number): Json[] {
    const list: Json[] = [];
    do {
      this.#at += 2;
      list.push(this.#item(indent));
    } while (this.#column === indent && this.#isDash());
    return list;
  }

  #item(indent: number): Json {
    if (this.#isDash()) {
      this.#column = indent + 2;
      return this.#list(indent + 2);
    }
    if (this.#startsMap()) {
      this.#column = indent + 2;
      return this.#map(indent + 2);
    }
    return this.#scalar(indent + 2);
  }

  /** Whether an item is a map: no scalar that the emitter writes has a colon before a blank or the end of its line outside quotes. */
  #startsMap(): boolean {
    const start = this.#at;
    const first = this.#text.charCodeAt(start);
    if (first === QUESTION) return true;
    if (first === QUOTE) {
      this.#quoted();
      const isKey = this.#text.charCodeAt(this.#at) === COLON;
      this.#at = start;
      return isKey;
    }
    const end = this.#lineEnd();
    for (let colon = this.#text.indexOf(':', start); colon >= 0 && colon < end; colon = this.#text.indexOf(':', colon + 1)) {
      if (colon + 1 === end || this.#text.charCodeAt(colon + 1) === BLANK) return true;
    }
    return false;
  }

  /** The scalar or empty collection that ends this line; a block's lines start at `indent`. */
  #scalar(indent: number): Json {
    if (this.#text.charCodeAt(this.#at) === QUOTE) {
      const value = this.#quoted();
      if (this.#text.charCodeAt(this.#at) !== FEED) foreign();
      this.#nextLine(this.#at);
      return value;
    }
    const end = this.#lineEnd();
    const word = this.#text.slice(this.#at, end);
    this.#nextLine(end);
    return word.startsWith('|') ? this.#block(word, end + 1, indent) : plainValue(word);
  }

  /** At the opening quote; leaves the place behind the closing one. */
  #quoted(): string {
    const start = this.#at + 1;
    for (let at = start, escaped = false; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        const raw = this.#text.slice(start, at);
        if (!isPrintable(raw, false)) foreign();
        return escaped ? unescape(raw) : raw;
      }
      if (code === BACKSLASH) {
        escaped = true;
        at++;
      } else if (code === FEED || Number.isNaN(code)) {
        foreign();
      }
    }
  }

  /** A literal block whose first line starts at `from`. */
  #block(header: string, from: number, indent: number): string {
    if (!BLOCK_HEADER.test(header)) foreign();
    const pad = ' '.repeat(indent);
    const guessed = !header.includes('2');
    let at = from;
    let value = '';
    /** Line feeds that belong to the text only if another line follows, or to its end. */
    let feeds = 0;
    while (at < this.#text.length) {
      const feed = this.#text.indexOf('\n', at);
      if (feed < 0) foreign();
      if (feed > at) {
        if (!this.#text.startsWith(pad, at)) break;
        const first = this.#text.charCodeAt(at + indent);
        // Without an indent in the header the first line gives it, so it may not be blank or start with more of it.
        if (guessed && value === '' && (feeds > 0 || first === BLANK || first === 0x09)) foreign();
        value += '\n'.repeat(feeds) + this.#text.slice(at + indent, feed);
        feeds = 0;
      }
      feeds++;
      at = feed + 1;
    }
    if (!isPrintable(value, true)) foreign();
    this.#at = at;
    this.#startLine();
    return value + endOfBlock(header, value, feeds);
  }

  #isDash(): boolean {
    return this.#text.charCodeAt(this.#at) === DASH && this.#text.charCodeAt(this.#at + 1) === BLANK;
  }

  #lineEnd(): number {
    const end = this.#text.indexOf('\n', this.#at);
    return end < 0 ? foreign() : end;
  }

  #nextLine(end: number): void {
    this.#at = end + 1;
    this.#startLine();
  }

  /** Counts the blanks of the line that starts here, and steps over them. */
  #startLine(): void {
    const start = this.#at;
    while (this.#text.charCodeAt(this.#at) === BLANK) this.#at++;
    this.#column = this.#at === this.#text.length ? -1 : this.#at - start;
    if (this.#column === -1 && this.#at > start) foreign();
  }
}

function plainValue(word: string): Json {
  switch (word) {
    case 'null':
      return null;
    case 'true':
      return true;
    case 'false':
      return false;
    case '{}':
      return {};
    case '[]':
      return [];
    default:
      if (styleOf(word) === PLAIN) return word;
      return NUMBER.test(word) ? normalNumber(new NumberToken(word)) : foreign();
  }
}

function endOfBlock(header: string, value: string, feeds: number): string {
  // The last line may not be blank, because readers disagree about it; an empty text is no block of ours.
  if (value === '' || /(?:^|\n)[ \t]*$/.test(value)) foreign();
  if (header.endsWith('+')) return '\n'.repeat(feeds);
  return header.endsWith('-') ? '' : '\n';
}

function unescape(raw: string): string {
  let out = '';
  let from = 0;
  for (let at = raw.indexOf('\\'); at >= 0; at = raw.indexOf('\\', from)) {
    ESCAPE.lastIndex = at;
    const match = ESCAPE.exec(raw);
    if (match === null) return foreign();
    const [whole, byte, unit, short] = match;
    out += raw.slice(from, at) + (short === undefined ? String.fromCharCode(parseInt(byte ?? unit ?? '', 16)) : SHORT[short]);
    from = at + whole.length;
  }
  return out + raw.slice(from);
}

function foreign(): never {
  throw new ForeignStyle();
}
