// What no output may hold, and whether machine-readable forms are well formed.

/** Colours that we write ourselves. */
const COLOUR = /\x1b\[[0-9;]*m/g;
/** What moves the cursor, or ends a line beside the line feed. */
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]/;
/** What changes the direction of text, or has no width. */
const HIDDEN = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/u;
/** git ends the name of a file that has blanks with a tab. */
const NAMED = /^(---|\+\+\+) [ab]\/[^\t]* [^\t]*\t$/;

export interface CleanOptions {
  /** Colours are ours where there may be any. */
  readonly colours?: boolean;
  /** Bytes of files, for a program that reads them (`kubectl apply`, `git apply`): what is hidden there is hidden here. */
  readonly bytes?: boolean;
  /** With unified diffs. */
  readonly patch?: boolean;
}

/** The lines that hold a character which a terminal obeys or hides. */
export function unsafeLines(text: string, { colours = false, bytes = false, patch = false }: CleanOptions = {}): string[] {
  const plain = colours ? text.replace(COLOUR, '') : text;
  const unsafe = (line: string): boolean => (CONTROL.test(line) && !(patch && NAMED.test(line))) || (!bytes && HIDDEN.test(line));
  return plain.split('\n').filter(unsafe).map((line) => JSON.stringify(line.slice(0, 200)));
}

/** Throws unless it is one well-formed XML document without DTD (XML 1.0 §2.1), as far as test reports go. */
export function expectWellFormed(xml: string): void {
  const open: string[] = [];
  let roots = 0;
  for (const [token] of xml.replace(/^<\?xml [^?]*\?>/, '').matchAll(/<!\[CDATA\[[^]*?\]\]>|<!--[^]*?-->|<[^]*?>|[^<]+/g)) {
    const tag = /^<(\/?)([A-Za-z_][\w.-]*)((?:\s+[A-Za-z_][\w.:-]*="[^"<]*")*)\s*(\/?)>$/.exec(token);
    if (token.startsWith('<![CDATA[') && open.length > 0) continue;
    if (/&(?!(amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/.test(token)) throw new Error(`A bare & in ${token.slice(0, 200)}`);
    if (token.startsWith('<!--') && !token.slice(4, -3).includes('--')) continue;
    if (!token.startsWith('<')) {
      if (open.length === 0 && token.trim() !== '') throw new Error(`Text outside of the root: ${token.slice(0, 200)}`);
      continue;
    }
    if (tag === null) throw new Error(`No tag: ${token.slice(0, 200)}`);
    if (tag[1] === '/') {
      if (open.pop() !== tag[2]) throw new Error(`${token} closes nothing`);
      continue;
    }
    if (open.length === 0) roots += 1;
    if (tag[4] !== '/') open.push(tag[2] ?? '');
  }
  if (roots !== 1 || open.length > 0) throw new Error(`${roots} roots, left open: ${open.join(', ')}`);
}
