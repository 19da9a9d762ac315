import { escapeText } from '../../lib/escape.js';
import { displayWidth } from './display-width.js';

const BETWEEN = '   ';

/**
 * Rows below their headings as kubectl prints them: columns as wide as their widest cell, three spaces between, no space
 * at the end of a line. Cells are escaped, so no name can move the cursor or forge a row.
 */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [...tableLines(headings, rows)].join('');
}

/** The same, line by line: a table of 100,000 rows is no text of its own. */
export function* tableLines(headings: readonly string[], rows: readonly (readonly string[])[]): Iterable<string> {
  const lines = [headings, ...rows.map((row) => row.map(escapeText))];
  const widths = headings.map(() => 0);
  for (const line of lines) {
    for (const [column, cell] of line.entries()) widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
  }
  for (const line of lines) {
    let text = '';
    for (const [column, cell] of line.entries()) text += column === line.length - 1 ? cell : pad(cell, widths[column] ?? 0) + BETWEEN;
    yield `${text.trimEnd()}\n`;
  }
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - displayWidth(cell)));
}
