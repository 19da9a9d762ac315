import { isObject, NumberToken, own, type Json, type JsonObject } from '../../lib/json.js';

/** Text with `${path}` in it: each stands for the scalar at that place of the same, untouched object. */
export class Template {
  /** Nothing to fill in. */
  readonly constant: boolean;
  /** Literal text and paths in turn; texts are at the even places. */
  readonly #texts: readonly string[];
  readonly #paths: readonly (readonly string[])[];

  /** Throws SyntaxError for a path that cannot be read or is more than keys. */
  constructor(text: string) {
    const parts = text.split(/\$\{((?:[^}'"]|'[^']*'|"[^"]*")*)\}/);
    this.#texts = parts.filter((_, i) => i % 2 === 0);
    this.#paths = parts.filter((_, i) => i % 2 === 1).map((path) => parseKeys(path));
    this.constant = this.#paths.length === 0;
  }

  fill(value: (index: number) => string): string {
    return this.#texts.reduce((text, next, i) => text + value(i - 1) + next);
  }

  /** The text with every value put through `escape`; undefined when one is absent or no scalar. */
  resolve(root: JsonObject, escape: (text: string) => string = (text) => text): string | undefined {
    const values = this.#paths.map((keys) => scalarText(valueAt(root, keys)));
    return values.includes(undefined) ? undefined : this.fill((i) => escape(values[i] ?? ''));
  }
}

/** The keys of `a.b['any key']`; throws SyntaxError for anything else. */
function parseKeys(text: string): string[] {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    const found = /^(?:\.?([A-Za-z0-9_$-]+)|\[(?:'([^']*)'|"([^"]*)")\])/.exec(rest);
    if (found === null || (keys.length === 0 && /^[.[]/.test(rest))) throw new SyntaxError(`"${text}" must be a path of keys`);
    keys.push(found[1] ?? found[2] ?? found[3] ?? '');
    rest = rest.slice(found[0].length);
  }
  if (keys.length === 0) throw new SyntaxError('The path in ${} is empty');
  return keys;
}

/** The value below `root` at a path of keys. */
export function valueAt(root: Json, keys: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const key of keys) {
    if (!isObject(value)) return undefined;
    value = own(value, key);
  }
  return value;
}

function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value instanceof NumberToken ? value.text : undefined;
}
