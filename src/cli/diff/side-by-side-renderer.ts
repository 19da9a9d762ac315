import { sideBySide, type LinePair } from '../../diff/text-diff.js';
import { cutToWidth, displayWidth } from '../render/display-width.js';
import type { Style } from '../streams.js';
import { placedLabel } from './labels.js';
import type { DiffRenderer, RendererOptions } from './renderer.js';
import { shownTexts, type Shown } from './shown.js';

/** Without a terminal. */
const COLUMNS = 130;
const NARROWEST = 40;
/** Rows that one long line may take; the rest is cut. */
const MOST_ROWS = 8;
const MARKS: Readonly<Record<LinePair['kind'], string>> = { same: ' ', changed: '|', added: '>', removed: '<', replaced: '!' };

/** Before on the left, after on the right, as wide as the terminal; long lines are wrapped. */
export function sideBySideRenderer({ paint, columns = COLUMNS, contextLines }: RendererOptions): DiffRenderer {
  const half = Math.floor((Math.max(NARROWEST, columns) - 3) / 2);
  return {
    begin: () => '',
    object(shown) {
      const { change, id } = shown.difference;
      const { before, after } = shownTexts(shown);
      const groups = sideBySide(before, after, { context: contextLines, escape: true }).map((rows) => rows.map((row) => rowText(row, half, paint)).join(''));
      const between = `${paint('dim', `${'·'.repeat(half)} : ${'·'.repeat(half)}`)}\n`;
      return `${paint(TITLES[change], cutToWidth(`${change} ${placedLabel(id)}`, 2 * half + 3))}\n${groups.join(between)}\n`;
    },
    end: () => '',
  };
}

const TITLES: Readonly<Record<Shown['difference']['change'], Style>> = { added: 'green', removed: 'red', changed: 'yellow' };

function rowText({ kind, before, after }: LinePair, half: number, paint: RendererOptions['paint']): string {
  const left = wrapped(before?.text ?? '', half);
  const right = wrapped(after?.text ?? '', half);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const [old = '', now = ''] = [left[i], right[i]];
    const padded = old + ' '.repeat(Math.max(0, half - displayWidth(old)));
    if (kind === 'same') return `${`${padded}   ${now}`.trimEnd()}\n`;
    return `${before === null ? padded : paint('red', padded)} ${MARKS[kind]} ${after === null ? '' : paint('green', now)}`.trimEnd() + '\n';
  }).join('');
}

/** Pieces that fit into so many columns, at most MOST_ROWS; text is escaped. */
function wrapped(text: string, columns: number): string[] {
  const line = text.replaceAll('\t', '    ');
  if (displayWidth(line) <= columns) return [line];
  const pieces: string[] = [''];
  let width = 0;
  for (const character of line) {
    const next = displayWidth(character);
    if (width + next > columns) {
      if (pieces.length === MOST_ROWS) return [...pieces.slice(0, -1), cutToWidth(`${pieces.at(-1) ?? ''}……`, columns)];
      pieces.push('');
      width = 0;
    }
    pieces[pieces.length - 1] += character;
    width += next;
  }
  return pieces;
}
