import { formatDuration } from '../../lib/duration.js';
import { escapeLine } from '../../lib/escape.js';
import { typeName } from '../../model/resource-type.js';
import { cutToWidth } from '../render/display-width.js';
import { tableLines } from '../render/table.js';
import { localTime } from '../render/time.js';
import type { Style } from '../streams.js';
import type { DriftEntry } from './drift.js';
import { counted } from './labels.js';
import type { Gap } from './totals.js';

export interface DriftScreen {
  /** What is compared; escaped. */
  readonly headline: string;
  readonly entries: readonly DriftEntry[];
  readonly gaps: readonly Gap[];
  /** Why the last look failed; escaped. */
  readonly error: string | null;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly columns: number;
  readonly rows: number;
  readonly paint: (style: Style, text: string) => string;
}

/** To the top left, each line cleared to its end, the rest of the screen too: nothing flickers, nothing old stays. */
const HOME = '\u001B[H';
const CLEAR_LINE = '\u001B[K';
const CLEAR_REST = '\u001B[J';

/** Lines besides the objects: headline, state, blank, headings, what does not fit, what is not compared, error. */
const OTHER_LINES = 7;
const NAME_COLUMNS = 60;

/** One whole screen; what does not fit is counted. */
export function driftScreen(screen: DriftScreen): string {
  const { entries, gaps, error, now, columns, rows, paint } = screen;
  const room = Math.max(1, rows - OTHER_LINES - 1);
  const shown = entries.slice(0, room);
  const state = entries.length === 0 ? 'nothing differs' : `${counted(entries.length, 'object')} differ${entries.length === 1 ? 's' : ''}`;
  const table = shown.length === 0 ? [] : [...tableLines(['SINCE', 'CHANGE', 'NAMESPACE', 'OBJECT', 'FIELDS'], shown.map((entry) => row(entry, now)))];
  const fit = (line: string): string => cutToWidth(line.replace(/\n$/, ''), Math.max(1, columns - 1));
  const lines = [
    paint('bold', fit(screen.headline)),
    paint(entries.length === 0 ? 'green' : 'yellow', fit(`${localTime(Math.floor(now / 1000))}: ${state}`)),
    '',
    ...table.map(fit),
    ...(shown.length < entries.length ? [fit(`and ${entries.length - shown.length} more`)] : []),
    ...(gaps.length > 0 ? [paint('yellow', fit(`${counted(gaps.length, 'type or object')} not compared: ${gaps.map(({ what }) => what).join(', ')}`))] : []),
    ...(error === null ? [] : [paint('red', fit(`Could not compare, trying again: ${error}`))]),
  ];
  return `${HOME}${lines.map((line) => `${line}${CLEAR_LINE}\n`).join('')}${CLEAR_REST}`;
}

/** The table escapes its cells; words are escaped already, and hold no more backslashes than that. */
function row({ id, change, words, since }: DriftEntry, now: number): string[] {
  const age = formatDuration(Math.max(0, Math.floor((now - since) / 1000)) * 1000);
  return [age, change, id.namespace === '' ? '-' : escapeLine(id.namespace, NAME_COLUMNS), escapeLine(`${typeName(id)}/${id.name}`, NAME_COLUMNS), words];
}
