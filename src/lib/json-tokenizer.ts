import { NumberToken, setOwn, type Json, type JsonObject } from './json.js';

/** RFC 8259 §6. */
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Reads one JSON text (RFC 8259) and keeps the tokens of numbers that a double would lose; accepts what JSON.parse accepts. */
export class JsonTokenizer {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Throws a SyntaxError `Malformed JSON at offset N`. */
  read(): Json {
    const value = this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail();
    return value;
  }

  #value(): Json {
    switch (this.#space()) {
      case QUOTE:
        return this.#string();
      case OPEN_OBJECT:
        return this.#object();
      case OPEN_LIST:
        return this.#list();
      case 0x74:
        return this.#word('true', true);
      case 0x66:
        return this.#word('false', false);
      case 0x6e:
        return this.#word('null', null);
      default:
        return this.#number();
    }
  }

  #object(): JsonObject {
    const object: JsonObject = {};
    this.#at++;
    if (this.#space() === CLOSE_OBJECT) {
      this.#at++;
      return object;
    }
    for (;;) {
      if (this.#space() !== QUOTE) this.#fail();
      const key = this.#string();
      if (this.#space() !== COLON) this.#fail();
      this.#at++;
      setOwn(object, key, this.#value());
      if (this.#ends(CLOSE_OBJECT)) return object;
    }
  }

  #list(): Json[] {
    const list: Json[] = [];
    this.#at++;
    if (this.#space() === CLOSE_LIST) {
      this.#at++;
      return list;
    }
    for (;;) {
      list.push(this.#value());
      if (this.#ends(CLOSE_LIST)) return list;
    }
  }

  /** Steps over a comma (false) or the end of a collection (true). */
  #ends(close: number): boolean {
    const code = this.#space();
    if (code !== close && code !== COMMA) this.#fail();
    this.#at++;
    return code === close;
  }

  #string(): string {
    const start = this.#at + 1;
    let escaped = false;
    for (let at = start; ; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === QUOTE) {
        this.#at = at + 1;
        return escaped ? this.#unescape(start - 1) : this.#text.slice(start, at);
      }
      if (code === BACKSLASH) {
        escaped = true;
        at++;
      } else if (!(code >= 0x20)) {
        // A control character, or NaN at the end of the text.
        this.#at = at;
        this.#fail();
      }
    }
  }

  #unescape(start: number): string {
    try {
      return JSON.parse(this.#text.slice(start, this.#at)) as string;
    } catch {
      this.#at = start;
      return this.#fail();
    }
  }

  #number(): number | NumberToken {
    NUMBER.lastIndex = this.#at;
    const token = NUMBER.exec(this.#text)?.[0];
    if (token === undefined) return this.#fail();
    this.#at += token.length;
    return numberOf(token);
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#at)) this.#fail();
    this.#at += word.length;
    return value;
  }

  /** Skips white space; the code at the new place, NaN at the end. */
  #space(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return code;
      this.#at++;
    }
  }

  #fail(): never {
    throw new SyntaxError(`Malformed JSON at offset ${Math.min(this.#at, this.#text.length)}`);
  }
}

/** A JSON number token as a double where that gives the token back, else the token itself. */
export function numberOf(token: string): number | NumberToken {
  const value = Number(token);
  return String(value) === token ? value : new NumberToken(token);
}
