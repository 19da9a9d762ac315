import { escapeText } from '../../lib/escape.js';

/**
 * Rows below their headings as kubectl prints them: columns as wide as their widest cell, three spaces between, no space
 * at the end of a line. Cells are escaped, so no name can move the cursor or forge a row.
 */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headings, ...rows.map((row) => row.map(escapeText))];
  const widths = headings.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ''))));
  return lines.map((line) => `${line.map((cell, column) => pad(cell, widths[column] ?? 0)).join('   ').trimEnd()}\n`).join('');
}

function pad(cell: string, to: number): string {
  return cell + ' '.repeat(Math.max(0, to - width(cell)));
}

function width(text: string): number {
  return [...text].length;
}
