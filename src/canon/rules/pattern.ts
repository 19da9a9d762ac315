import type { JsonObject } from '../../lib/json.js';
import { Template } from './template.js';

/** Characters of a regular expression in a rule. */
const MAX_PATTERN = 256;
/** Characters of a value that is matched; a longer value never matches, so that no value can stop the mirror. */
export const MAX_MATCHED = 1024;
/** Repetitions of variable length in one expression: the exponent of its worst time. */
const MAX_VARIABLE = 3;
/** `?` in one expression: each may double its worst time. */
const MAX_OPTIONAL = 8;

/**
 * A regular expression of a rule, which may name values of the same object as `${path}` (they stand for themselves,
 * not for syntax). Compiled once; with templates, once per different value in a row.
 */
export class Pattern {
  readonly #template: Template;
  #source: string;
  #regex: RegExp | null;

  /** Throws SyntaxError for what is no, or no safe, regular expression. */
  constructor(text: string) {
    if (text.length > MAX_PATTERN) throw new SyntaxError(`The expression has ${text.length} characters, at most ${MAX_PATTERN} are allowed`);
    this.#template = new Template(text);
    const sample = this.#template.fill(() => 'x');
    assertSafe(sample);
    this.#source = sample;
    this.#regex = compile(sample);
  }

  /** Whether `text` matches; false when a `${path}` has no value in `root`. */
  matches(text: string, root: JsonObject): boolean {
    if (text.length > MAX_MATCHED) return false;
    if (!this.#template.constant) {
      const source = this.#template.resolve(root, escapeRegex);
      if (source === undefined) return false;
      if (source !== this.#source) {
        this.#source = source;
        this.#regex = compile(source);
      }
    }
    return this.#regex !== null && this.#regex.test(text);
  }
}

function compile(source: string): RegExp {
  try {
    return new RegExp(source, 'u');
  } catch (error) {
    throw new SyntaxError(`"${source}" is no regular expression`, { cause: error });
  }
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

/**
 * Refuses what can take exponential time: a repeated group that itself holds a repetition or an alternation. Back
 * references and look-around are refused because no rule needs them.
 */
function assertSafe(source: string): void {
  const groups: { risky: boolean }[] = [{ risky: false }];
  let closed: { risky: boolean } | null = null;
  let variable = 0;
  let optional = 0;
  // Escapes, classes and quantifiers as one token each.
  for (const [token] of source.matchAll(/\\.|\[(?:\\.|[^\]\\])*\]|\(\?[:=!<]?|[*+?]|\{\d+(?:,\d*)?\}|[^]/gu)) {
    const top = groups.at(-1) ?? { risky: false };
    const before = closed;
    closed = null;
    if (/^\\[1-9k]/.test(token)) throw new SyntaxError('Back references are not allowed');
    if (token === '(' || token === '(?:') groups.push({ risky: false });
    else if (token.startsWith('(?')) throw new SyntaxError('Look-around and named groups are not allowed');
    else if (token === ')') {
      closed = groups.pop() ?? null;
      // What is risky inside stays risky for every repetition further out.
      const outer = groups.at(-1);
      if (closed?.risky === true && outer !== undefined) outer.risky = true;
    } else if (token === '|') top.risky = true;
    else if (token === '?') {
      if (++optional > MAX_OPTIONAL) throw new SyntaxError(`More than ${MAX_OPTIONAL} times "?"`);
      top.risky = true;
    } else if (/^(?:[*+]|\{\d+,?\d*\})$/.test(token)) {
      if (before?.risky === true) throw new SyntaxError('A repeated group must hold no repetition and no alternative');
      if (!/^\{\d+\}$/.test(token) && ++variable > MAX_VARIABLE) throw new SyntaxError(`More than ${MAX_VARIABLE} repetitions of variable length`);
      top.risky = true;
    }
  }
}
