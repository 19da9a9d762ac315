import type { Streams } from '../streams.js';

/** How the demo colours; the streams of a command are one. */
export type Palette = Pick<Streams, 'paint'>;

/** Leaves every text as it is. */
export const PLAIN: Palette = { paint: (_style, text) => text };

/** Every line of the demo fits a terminal of this width. */
export const COLUMNS = 80;

/** Words in lines of at most 80 columns, each after the same indent. A longer word has a line of its own. */
export function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > COLUMNS) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}

/** At most 80 columns (or `width`), the end replaced by `…` where something is missing. */
export function clip(text: string, width: number = COLUMNS): string {
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`;
}

/** An argument for a shell, quoted where it must be. */
export function shellQuote(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}

/** A headline with a blank line before it. */
export function headline(palette: Palette, text: string): string[] {
  return ['', palette.paint('bold', text)];
}
