import { diffArrays } from 'diff';

/** A run of lines: the same on both sides, or other lines in place of some. Lines keep their line feed, if they have one. */
export interface LineRun {
  readonly same: boolean;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

export interface LineDiff {
  /** In order; their lines make up both texts. */
  readonly runs: readonly LineRun[];
  /** The time was up: everything between the common beginning and the common end is one run. */
  readonly cut: boolean;
}

/** npm diff takes 7.9 s for 108 KB that were rewritten (decisions.md §6). */
export const TIME_LIMIT_MS = 500;

/** The lines that two texts have in common and those that they do not; a shortest edit script unless `cut`. */
export function lineDiff(before: string, after: string, timeLimitMs: number = TIME_LIMIT_MS): LineDiff {
  const [old, now] = [linesOf(before), linesOf(after)];
  const start = commonStart(old, now);
  const end = commonEnd(old, now, start);
  const [oldMiddle, nowMiddle] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const pairs = commonLines(oldMiddle, nowMiddle, timeLimitMs);
  const runs = new Runs();
  runs.same(old.slice(0, start));
  let [i, j] = [0, 0];
  for (const [x, y] of pairs ?? []) {
    runs.changed(oldMiddle.slice(i, x), nowMiddle.slice(j, y));
    runs.same(oldMiddle.slice(x, x + 1));
    [i, j] = [x + 1, y + 1];
  }
  runs.changed(oldMiddle.slice(i), nowMiddle.slice(j));
  runs.same(old.slice(old.length - end));
  return { runs: runs.list, cut: pairs === null };
}

class Runs {
  readonly list: { readonly same: boolean; readonly before: string[]; readonly after: string[] }[] = [];

  same(lines: readonly string[]): void {
    this.#add(true, lines, lines);
  }

  changed(before: readonly string[], after: readonly string[]): void {
    this.#add(false, before, after);
  }

  #add(same: boolean, before: readonly string[], after: readonly string[]): void {
    if (before.length === 0 && after.length === 0) return;
    const last = this.list.at(-1);
    if (last?.same !== same) {
      this.list.push({ same, before: [...before], after: [...after] });
      return;
    }
    for (const line of before) last.before.push(line);
    for (const line of after) last.after.push(line);
  }
}

/** Each with its line feed; the last one may have none. */
function linesOf(text: string): string[] {
  const lines = text.split('\n').map((line) => `${line}\n`);
  const last = lines.pop()?.slice(0, -1) ?? '';
  return last === '' ? lines : [...lines, last];
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  let n = 0;
  while (n < a.length && n < b.length && a[n] === b[n]) n++;
  return n;
}

function commonEnd(a: readonly string[], b: readonly string[], from: number): number {
  let n = 0;
  while (n < a.length - from && n < b.length - from && a[a.length - 1 - n] === b[b.length - 1 - n]) n++;
  return n;
}

/**
 * Index pairs of a longest common subsequence, null when the time was up. Lines that the other side does not have cannot
 * be part of it and are left out first, which makes a text that was rewritten cheap.
 */
function commonLines(before: readonly string[], after: readonly string[], timeLimitMs: number): [number, number][] | null {
  const [inBefore, inAfter] = [new Set(before), new Set(after)];
  const old = [...before.keys()].filter((i) => inAfter.has(before[i] as string));
  const now = [...after.keys()].filter((i) => inBefore.has(after[i] as string));
  const texts = new Map<string, number>();
  const numbered = (lines: readonly string[], kept: readonly number[]): number[] =>
    kept.map((i) => {
      const line = lines[i] as string;
      const number = texts.get(line) ?? texts.size;
      texts.set(line, number);
      return number;
    });
  const parts = diffArrays(numbered(before, old), numbered(after, now), { timeout: timeLimitMs });
  return parts === undefined ? null : pairsOf(parts, old, now);
}

function pairsOf(parts: readonly { readonly added: boolean; readonly removed: boolean; readonly count: number }[], old: readonly number[], now: readonly number[]): [number, number][] {
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  for (const { added, removed, count } of parts) {
    if (added) j += count;
    else if (removed) i += count;
    else for (let n = 0; n < count; n++) pairs.push([old[i++] ?? 0, now[j++] ?? 0]);
  }
  return pairs;
}
