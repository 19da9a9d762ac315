/** Two texts that hold, of two documents, what differs and the keys above it. */
export interface DifferingPart {
  readonly before: string;
  readonly after: string;
}

/** `key:` with nothing behind it: the parent of what is indented below. */
const PARENT = /^ *[A-Za-z_][A-Za-z0-9_./-]*:$/;
const HEAD = /^apiVersion: .*\nkind: .*\n/;

/**
 * Of two documents in the emitter's style the members that differ, in the maps that they are in, with apiVersion and kind:
 * comparing the parts gives what comparing the documents would, and reading them costs a tenth. A list is taken whole,
 * because its items are told apart by what is in them. Null where the texts do not show it: then the documents themselves
 * must be read. The parts are to be read by the emitter's own reader, which refuses any other style.
 */
export function differingPart(before: string, after: string): DifferingPart | null {
  const [head] = HEAD.exec(after) ?? [];
  if (head === undefined || !before.startsWith(head)) return null;
  if (!before.endsWith('\n') || !after.endsWith('\n')) return null;
  const [old, now] = [before.slice(head.length, -1).split('\n'), after.slice(head.length, -1).split('\n')];
  const first = commonStart(old, now);
  const tail = commonEnd(old, now, first);
  const ends = [old.length - tail, now.length - tail] as const;
  const holder = holderOf(now, first, lowest([...old.slice(first, ends[0]), ...now.slice(first, ends[1]), now[first] ?? '']));
  if (holder === null) return null;
  const [left, right] = [membersAround(old, holder, first, ends[0]), membersAround(now, holder, first, ends[1])];
  if (left === null || right === null) return null;
  const above = holder.parents.map((line) => `${line}\n`).join('');
  return { before: head + above + left, after: head + above + right };
}

/** The map that holds the first differing line and everything else that differs. */
interface Holder {
  /** Its key's line and those above it, from the root; none for the root. */
  readonly parents: readonly string[];
  /** The line of its key; -1 for the root. */
  readonly at: number;
  /** Of its members. */
  readonly indent: number;
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let i = 0;
  while (i < a.length && i < b.length && a[i] === b[i]) i++;
  return i;
}

function commonEnd(a: readonly string[], b: readonly string[], from: number): number {
  let n = 0;
  while (n < a.length - from && n < b.length - from && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

/** Where lines hang: their least indentation, and whether one that has it is an item of a list. */
interface Level {
  readonly indent: number;
  readonly isItem: boolean;
}

/** Where something was only taken away, what follows must be among the lines: it shows where that was. */
function lowest(lines: readonly string[]): Level {
  const filled = lines.filter((line) => line !== '');
  const indent = Math.min(...filled.map(indentOf), Number.MAX_SAFE_INTEGER);
  return { indent, isItem: filled.some((line) => indentOf(line) === indent && line.startsWith('-', indent)) };
}

/**
 * Goes up from a line: the nearest line above that is indented less is its parent; a list's items stand at the
 * indentation of the list's key. Everything at or below a list belongs to the member that the list is. Null when a
 * parent is no plain key, as above the lines of a block of text.
 */
function holderOf(lines: readonly string[], from: number, level: Level): Holder | null {
  const parents: { readonly line: string; readonly at: number }[] = [];
  let { indent, isItem } = level;
  for (let i = from - 1; i >= 0; i--) {
    const line = lines[i] ?? '';
    const at = indentOf(line);
    const starts = line.startsWith('-', at);
    if (line === '' || at > indent || (at === indent && !(isItem && !starts))) continue;
    if (starts) parents.length = 0;
    else if (!PARENT.test(line)) return null;
    // The key of a list: the list is a member of the map above.
    else if (isItem) parents.length = 0;
    else parents.unshift({ line, at: i });
    indent = at;
    isItem = starts;
  }
  if (indent !== 0 || isItem) return null;
  const last = parents.at(-1);
  return { parents: parents.map(({ line }) => line), at: last?.at ?? -1, indent: last === undefined ? 0 : indentOf(last.line) + 2 };
}

/** The members of the holder that overlap a region of lines or touch it; null when there is none. */
function membersAround(lines: readonly string[], { at, indent }: Holder, from: number, to: number): string | null {
  const isMember = (i: number): boolean => i > at && indentOf(lines[i] ?? '') === indent && lines[i] !== '' && !(lines[i] ?? '').startsWith('-', indent);
  let start = Math.max(at + 1, from - 1);
  while (start > at + 1 && !isMember(start)) start--;
  let end = Math.max(to + 1, start + 1);
  while (end < lines.length && !isMember(end) && belongs(lines[end] ?? '', indent)) end++;
  while (end > start && !belongs(lines[end - 1] ?? '', indent)) end--;
  return end <= start || !isMember(start) ? null : `${lines.slice(start, end).join('\n')}\n`;
}

/** Whether a line can be part of a map whose members have this indentation. */
function belongs(line: string, indent: number): boolean {
  return line === '' || indentOf(line) >= indent;
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 0x20) indent++;
  return indent;
}
