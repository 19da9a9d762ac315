import type { Style } from '../streams.js';

const STYLES: Readonly<Record<string, Style>> = { '+': 'green', '-': 'red', '@': 'cyan' };

/** Unified text for a terminal; the two lines that name the files are bold. */
export function colourDiff(text: string, paint: (style: Style, text: string) => string): string {
  return text.replace(/[^\n]+/g, (line) => {
    if (line.startsWith('--- ') || line.startsWith('+++ ')) return paint('bold', line);
    const style = STYLES[line.charAt(0)];
    return style === undefined ? line : paint(style, line);
  });
}
