import { visibleLine } from '../../diff/text-diff.js';

const HARMLESS = /^[\x20-\x7e\n]*$/;

/**
 * Text of several lines (lines of a file, a diff) that no terminal obeys: what could move the cursor or turn the direction
 * of text becomes `\xNN` or `\u{…}`; line feeds, tabs and backslashes stay.
 */
export function terminalSafe(text: string): string {
  return HARMLESS.test(text) ? text : text.split('\n').map(visibleLine).join('\n');
}
