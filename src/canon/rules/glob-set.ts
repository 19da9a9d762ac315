/**
 * A list of globs over whole strings: `*` stands for any characters, `?` for one UTF-16 unit, nothing else is special.
 * Time is linear in the string for literals and prefixes, text × glob otherwise.
 */
export class GlobSet {
  readonly globs: readonly string[];
  readonly #literals: ReadonlySet<string>;
  readonly #prefixes: readonly string[];
  readonly #others: readonly string[];

  constructor(globs: readonly string[]) {
    this.globs = globs;
    this.#literals = new Set(globs.filter(isLiteral));
    const patterns = globs.filter((glob) => !isLiteral(glob));
    const isPrefix = (glob: string): boolean => glob.endsWith('*') && isLiteral(glob.slice(0, -1));
    this.#prefixes = patterns.filter(isPrefix).map((glob) => glob.slice(0, -1));
    this.#others = patterns.filter((glob) => !isPrefix(glob));
  }

  matches(text: string): boolean {
    if (this.#literals.has(text)) return true;
    for (const prefix of this.#prefixes) if (text.startsWith(prefix)) return true;
    for (const glob of this.#others) if (matchGlob(glob, text)) return true;
    return false;
  }
}

/** Whether a glob names one string only. */
export function isLiteral(glob: string): boolean {
  return !glob.includes('*') && !glob.includes('?');
}

/** The greedy matcher with one point to come back to: the last star takes one more character each time. */
function matchGlob(glob: string, text: string): boolean {
  let g = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (glob[g] === '*') {
      star = g++;
      mark = t;
    } else if (g < glob.length && (glob[g] === '?' || glob[g] === text[t])) {
      g++;
      t++;
    } else if (star >= 0) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (glob[g] === '*') g++;
  return g === glob.length;
}
