import { Pattern } from './pattern.js';

/** `@.field op value`; the field is a direct child of the list's element. */
export type Condition =
  | { readonly field: string; readonly op: '==' | '!='; readonly value: string | number | boolean | null }
  | { readonly field: string; readonly op: '=~' | '!~'; readonly pattern: Pattern };

export type Step =
  | { readonly kind: 'key'; readonly key: string }
  | { readonly kind: 'each' }
  | { readonly kind: 'filter'; readonly conditions: readonly Condition[] };

/** A place, or several, in an object: `spec.ports[*].nodePort`, `metadata.labels["a/b"]`, `list[?(@.name == 'x')]`. */
export interface Path {
  readonly text: string;
  readonly steps: readonly Step[];
  /** Without conditions: what it names does not depend on any value. */
  readonly plain: boolean;
}

/**
 * Reads a path: keys (`a.b`, `["any key"]`), every element of a list (`[*]`), elements by their scalar children
 * (`[?(@.f == 'v' && @.g =~ 're')]` with `== != =~ !~`). No recursion, slices or functions, so time is linear.
 * Throws SyntaxError that says what was expected where.
 */
export function parsePath(text: string): Path {
  const scanner = new Scanner(text);
  const steps: Step[] = [];
  while (!scanner.done()) {
    if (scanner.skip('[')) steps.push(bracket(scanner));
    else {
      if (steps.length > 0) scanner.expect('.');
      steps.push({ kind: 'key', key: scanner.take(/[A-Za-z0-9_$-]+/y, 'a key') });
    }
  }
  if (steps.length === 0) throw new SyntaxError('The path is empty');
  if (steps[0]?.kind !== 'key') throw new SyntaxError('A path starts with a key');
  return { text, steps, plain: steps.every((step) => step.kind !== 'filter') };
}

function bracket(scanner: Scanner): Step {
  let step: Step;
  if (scanner.skip('*')) step = { kind: 'each' };
  else if (scanner.skip('?(')) {
    const conditions: Condition[] = [];
    do conditions.push(condition(scanner));
    while (scanner.skip('&&'));
    scanner.expect(')');
    step = { kind: 'filter', conditions };
  } else step = { kind: 'key', key: scanner.quoted() };
  scanner.expect(']');
  return step;
}

function condition(scanner: Scanner): Condition {
  scanner.spaces();
  scanner.expect('@');
  let field: string;
  if (scanner.skip('.')) field = scanner.take(/[A-Za-z0-9_$-]+/y, 'a field');
  else {
    scanner.expect('[');
    field = scanner.quoted();
    scanner.expect(']');
  }
  scanner.spaces();
  const op = scanner.take(/==|!=|=~|!~/y, '==, !=, =~ or !~') as Condition['op'];
  scanner.spaces();
  const result: Condition =
    op === '=~' || op === '!~' ? { field, op, pattern: new Pattern(scanner.quoted()) } : { field, op, value: scanner.scalar() };
  scanner.spaces();
  return result;
}

/** Reads tokens of one text from left to right. */
class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  done(): boolean {
    return this.#at >= this.#text.length;
  }

  skip(token: string): boolean {
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  expect(token: string): void {
    if (!this.skip(token)) this.#fail(`"${token}"`);
  }

  spaces(): void {
    while (this.skip(' '));
  }

  take(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return this.#fail(what);
    this.#at += found.length;
    return found;
  }

  /** `'…'` or `"…"`; a backslash belongs to the text, because most such texts are regular expressions. */
  quoted(): string {
    return this.take(/'[^']*'|"[^"]*"/y, 'a quoted text').slice(1, -1);
  }

  scalar(): string | number | boolean | null {
    const token = this.take(/'[^']*'|"[^"]*"|true|false|null|-?\d+(?:\.\d+)?/y, 'a quoted text, number, true, false or null');
    return /^['"]/.test(token) ? token.slice(1, -1) : (JSON.parse(token) as number | boolean | null);
  }

  #fail(what: string): never {
    throw new SyntaxError(`"${this.#text}": ${what} is expected at character ${this.#at + 1}`);
  }
}
