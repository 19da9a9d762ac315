import { escapeText } from '../lib/escape.js';
import { lineDiff, type LineRun } from './line-diff.js';

export interface UnifiedOptions {
  /** `a/<path>` or `/dev/null`; quoted as git does. */
  readonly fromName: string;
  readonly toName: string;
  /** Lines around a change; 3. */
  readonly context?: number;
  /** After it everything between the common beginning and end is one hunk without lines; 500. */
  readonly timeLimitMs?: number;
  /** Control characters and direction marks in lines are shown as escapes, for terminals; not to be applied. */
  readonly escape?: boolean;
}

/**
 * Two texts as a unified diff that `git apply` and `patch` accept; '' when they are equal. When the time was up its only
 * hunk is the line `@@ -3,1200 +3,1300 @@ 1200 lines replaced by 1300 lines`, which no program takes for a patch.
 */
export function unifiedDiff(before: string, after: string, options: UnifiedOptions): string {
  if (before === after) return '';
  const { runs, cut } = lineDiff(before, after, options.timeLimitMs);
  const header = `--- ${headerName(options.fromName)}\n+++ ${headerName(options.toName)}\n`;
  const shown = options.escape === true ? visibleLine : (line: string): string => line;
  const hunks = hunksOf(runs, cut ? 0 : (options.context ?? 3));
  return header + hunks.map((hunk) => (cut ? replacedHunk(hunk) : hunkText(hunk, shown))).join('');
}

/** A row of a side-by-side view; a number counts lines from 1. */
export interface LinePair {
  readonly kind: 'same' | 'changed' | 'added' | 'removed' | 'replaced';
  readonly before: { readonly number: number; readonly text: string } | null;
  readonly after: { readonly number: number; readonly text: string } | null;
}

/**
 * Two texts line beside line, in groups of changes with their context: within a run of changes the first line of one side
 * stands beside the first of the other. Line feeds are left out. When the time was up there is one row `replaced` that
 * says how many lines by how many.
 */
export function sideBySide(before: string, after: string, options: { readonly context?: number; readonly timeLimitMs?: number; readonly escape?: boolean } = {}): LinePair[][] {
  if (before === after) return [];
  const { runs, cut } = lineDiff(before, after, options.timeLimitMs);
  const shown = (line: string): string => (options.escape === true ? visibleLine(line) : line).replace(/\n$/, '');
  return hunksOf(runs, cut ? 0 : (options.context ?? 3)).map((hunk) => (cut ? replacedRow(hunk) : rowsOf(hunk, shown)));
}

/** A path as git writes it in a diff: in quotes, with C's escapes, when it holds anything but printable ASCII, or a quote or backslash. */
export function gitPath(path: string): string {
  if (/^[\x20-\x7e]*$/.test(path) && !/["\\]/.test(path)) return path;
  const bytes = Array.from(Buffer.from(path), (byte) => {
    const short = SHORT_ESCAPES[byte];
    if (short !== undefined) return `\\${short}`;
    return byte < 0x20 || byte > 0x7e ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte);
  });
  return `"${bytes.join('')}"`;
}

const SHORT_ESCAPES: Readonly<Record<number, string>> = { 7: 'a', 8: 'b', 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r', 34: '"', 92: '\\' };

/** A line with everything escaped that could act on a terminal but tabs; backslashes stay, so that texts full of them can be read. */
export function visibleLine(line: string): string {
  return line.replace(/[^\\\t\n]+/g, escapeText);
}

/** A tab ends a name with blanks, as git writes it, because other programs would take what follows for a time. */
function headerName(name: string): string {
  const quoted = gitPath(name);
  return quoted.includes(' ') && !quoted.startsWith('"') ? `${quoted}\t` : quoted;
}

interface Hunk {
  /** Lines before it, per side. */
  readonly before: number;
  readonly after: number;
  readonly runs: readonly LineRun[];
}

/** Changes whose contexts touch are one hunk. */
function hunksOf(runs: readonly LineRun[], context: number): Hunk[] {
  const hunks: { before: number; after: number; runs: LineRun[] }[] = [];
  let [before, after] = [0, 0];
  let open: LineRun[] | null = null;
  runs.forEach((run, i) => {
    if (!run.same) {
      open ??= openHunk(hunks, before, after, runs[i - 1], context);
      open.push(run);
    } else if (open !== null) {
      const isLast = i === runs.length - 1;
      const kept = isLast || run.before.length > 2 * context ? context : run.before.length;
      const lines = run.before.slice(0, kept);
      if (lines.length > 0) open.push({ same: true, before: lines, after: lines });
      if (isLast || kept < run.before.length) open = null;
    }
    before += run.before.length;
    after += run.after.length;
  });
  return hunks;
}

function openHunk(hunks: Hunk[], before: number, after: number, previous: LineRun | undefined, context: number): LineRun[] {
  const lines = previous === undefined || context === 0 ? [] : previous.before.slice(-context);
  const runs: LineRun[] = lines.length === 0 ? [] : [{ same: true, before: lines, after: lines }];
  hunks.push({ before: before - lines.length, after: after - lines.length, runs });
  return runs;
}

function count(hunk: Hunk, side: 'before' | 'after'): number {
  return hunk.runs.reduce((sum, run) => sum + run[side].length, 0);
}

/** `3,7`: first line and number of lines; of no lines the line before. */
function range(start: number, lines: number): string {
  return lines === 0 ? `${start},0` : lines === 1 ? `${start + 1}` : `${start + 1},${lines}`;
}

function hunkHeader(hunk: Hunk): string {
  return `@@ -${range(hunk.before, count(hunk, 'before'))} +${range(hunk.after, count(hunk, 'after'))} @@`;
}

function hunkText(hunk: Hunk, shown: (line: string) => string): string {
  const line = (mark: string, text: string): string => `${mark}${shown(text)}${text.endsWith('\n') ? '' : '\n\\ No newline at end of file\n'}`;
  const body = hunk.runs.flatMap((run) => (run.same ? run.before.map((text) => line(' ', text)) : [...run.before.map((text) => line('-', text)), ...run.after.map((text) => line('+', text))]));
  return `${hunkHeader(hunk)}\n${body.join('')}`;
}

function replacedText(hunk: Hunk): string {
  const lines = (n: number): string => (n === 1 ? '1 line' : `${n} lines`);
  return `${lines(count(hunk, 'before'))} replaced by ${lines(count(hunk, 'after'))}`;
}

function replacedHunk(hunk: Hunk): string {
  return `${hunkHeader(hunk)} ${replacedText(hunk)}\n`;
}

function replacedRow(hunk: Hunk): LinePair[] {
  const text = replacedText(hunk);
  return [{ kind: 'replaced', before: { number: hunk.before + 1, text }, after: { number: hunk.after + 1, text } }];
}

function rowsOf(hunk: Hunk, shown: (line: string) => string): LinePair[] {
  const rows: LinePair[] = [];
  let [before, after] = [hunk.before, hunk.after];
  for (const run of hunk.runs) {
    for (let i = 0; i < Math.max(run.before.length, run.after.length); i++) {
      const [old, now] = [run.before[i], run.after[i]];
      const kind = run.same ? 'same' : old === undefined ? 'added' : now === undefined ? 'removed' : 'changed';
      rows.push({ kind, before: old === undefined ? null : { number: ++before, text: shown(old) }, after: now === undefined ? null : { number: ++after, text: shown(now) } });
    }
  }
  return rows;
}
