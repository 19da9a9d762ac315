/** Two texts that hold, of two documents, what differs and the keys above it. */
export interface DifferingPart {
  readonly before: string;
  readonly after: string;
}

/** `key:` with nothing behind it: the parent of what is indented below. */
const PARENT = /^ *[A-Za-z_][A-Za-z0-9_./-]*:$/;
const HEAD = /^apiVersion: .*\nkind: .*\n/;
const FEED = 0x0a;
const SPACE = 0x20;
const DASH = 0x2d;
/** Characters that are compared at once. */
const CHUNK = 128;

/**
 * Of two documents in the emitter's style the members that differ, in the maps that they are in, with apiVersion and kind:
 * comparing the parts gives what comparing the documents would, and reading them costs a fraction. A list is taken whole,
 * because its items are told apart by what is in them. Null where the texts do not show it: then the documents themselves
 * must be read. The parts are to be read by the emitter's own reader, which refuses any other style.
 */
export function differingPart(before: string, after: string): DifferingPart | null {
  const [head] = HEAD.exec(after) ?? [];
  if (head === undefined || !before.startsWith(head) || !before.endsWith('\n') || !after.endsWith('\n')) return null;
  const first = lineAt(after, Math.max(head.length, commonStart(before, after)));
  const tail = commonTail(before, after, first);
  const [oldEnd, newEnd] = [before.length - tail, after.length - tail];
  // Where something was only taken away, the line that follows shows where that was.
  const level = lowest([[before, first, oldEnd], [after, first, newEnd], [after, first, nextLine(after, first)]]);
  const holder = holderOf(after, head.length, first, level);
  if (holder === null) return null;
  const left = membersAround(before, holder, first, oldEnd);
  const right = membersAround(after, holder, first, newEnd);
  return left === null || right === null ? null : { before: head + holder.keys + left, after: head + holder.keys + right };
}

/** The map that holds the first differing line and everything else that differs. */
interface Holder {
  /** The lines of its key and of those above it, from the root; none for the root. */
  readonly keys: string;
  /** Where its members start. */
  readonly from: number;
  /** Of its members. */
  readonly indent: number;
}

function commonStart(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at + CHUNK <= end && a.startsWith(b.slice(at, at + CHUNK), at)) at += CHUNK;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** Length of the lines that both end with, from the line at `first` on. */
function commonTail(a: string, b: string, first: number): number {
  const most = Math.min(a.length, b.length) - first;
  let tail = 0;
  while (tail + CHUNK <= most && a.endsWith(b.slice(b.length - tail - CHUNK, b.length - tail), a.length - tail)) tail += CHUNK;
  while (tail < most && a.charCodeAt(a.length - 1 - tail) === b.charCodeAt(b.length - 1 - tail)) tail++;
  const startsLine = (text: string): boolean => text.length - tail === first || text.charCodeAt(text.length - tail - 1) === FEED;
  return startsLine(a) && startsLine(b) ? tail : a.length - nextLine(a, a.length - tail);
}

/** Where lines hang: their least indentation, and whether one that has it is an item of a list. */
interface Level {
  readonly indent: number;
  readonly isItem: boolean;
}

function lowest(regions: readonly (readonly [text: string, from: number, to: number])[]): Level {
  let indent = Number.MAX_SAFE_INTEGER;
  let isItem = false;
  for (const [text, from, to] of regions) {
    for (let at = from; at < to; at = nextLine(text, at)) {
      const here = indentOf(text, at);
      if (here > indent || isEmpty(text, at)) continue;
      const starts = isItemAt(text, at, here);
      isItem = here < indent ? starts : isItem || starts;
      indent = here;
    }
  }
  return { indent, isItem };
}

/**
 * Goes up from a line: the nearest line above that is indented less is its parent; a list's items stand at the
 * indentation of the list's key. Everything at or below a list belongs to the member that the list is. Null when a
 * parent is no plain key, as above the lines of a block of text.
 */
function holderOf(text: string, root: number, first: number, level: Level): Holder | null {
  let { indent, isItem } = level;
  let keys = '';
  let holder = { from: root, indent: 0 };
  for (let at = lineBefore(text, first); at >= root; at = lineBefore(text, at)) {
    const here = indentOf(text, at);
    if (here > indent || isEmpty(text, at)) continue;
    const starts = isItemAt(text, at, here);
    if (here === indent && (starts || !isItem)) continue;
    const end = nextLine(text, at);
    if (!starts && !PARENT.test(text.slice(at, end - 1))) return null;
    if (starts || isItem) {
      // A list, which is a member of the map above its key.
      keys = '';
      holder = { from: root, indent: 0 };
    } else {
      if (keys === '') holder = { from: end, indent: here + 2 };
      keys = text.slice(at, end) + keys;
    }
    indent = here;
    isItem = starts;
  }
  return indent === 0 && !isItem ? { keys, ...holder } : null;
}

/** The members of the holder that overlap a region of lines or touch it; null when there is none. */
function membersAround(text: string, { from, indent }: Holder, first: number, to: number): string | null {
  let start = first > from ? lineBefore(text, first) : first;
  while (start > from && !isMember(text, start, indent)) start = lineBefore(text, start);
  if (start >= text.length || !isMember(text, start, indent)) return null;
  let end = nextLine(text, start);
  for (; end < text.length && belongs(text, end, indent); end = nextLine(text, end)) if (end > to && isMember(text, end, indent)) break;
  return text.slice(start, end);
}

function isMember(text: string, at: number, indent: number): boolean {
  return indentOf(text, at) === indent && !isEmpty(text, at) && !isItemAt(text, at, indent);
}

/** Whether a line can be part of a map whose members have this indentation. */
function belongs(text: string, at: number, indent: number): boolean {
  return isEmpty(text, at) || indentOf(text, at) >= indent;
}

function isItemAt(text: string, at: number, indent: number): boolean {
  return text.charCodeAt(at + indent) === DASH;
}

function isEmpty(text: string, at: number): boolean {
  return text.charCodeAt(at) === FEED;
}

function indentOf(text: string, at: number): number {
  let end = at;
  while (text.charCodeAt(end) === SPACE) end++;
  return end - at;
}

/** The start of the line in which a place is. */
function lineAt(text: string, place: number): number {
  return text.lastIndexOf('\n', place - 1) + 1;
}

/** The start of the line above the one that starts at `at`; -1 above the first. */
function lineBefore(text: string, at: number): number {
  return at === 0 ? -1 : text.lastIndexOf('\n', at - 2) + 1;
}

/** The start of the next line, or the end of the text. */
function nextLine(text: string, at: number): number {
  const feed = text.indexOf('\n', at);
  return feed < 0 ? text.length : feed + 1;
}
