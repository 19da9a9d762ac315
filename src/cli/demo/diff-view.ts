import { createTwoFilesPatch } from 'diff';
import { clip, type Palette } from './text.js';

/** The library's algorithm has no bound on texts that share little. */
const TIME_LIMIT_MS = 1_000;

/** A unified diff of two versions of a file, coloured, in lines of at most 80 columns. */
export function diffView(path: string, before: string, after: string, palette: Palette): string[] {
  const patch = createTwoFilesPatch(`a/${path}`, `b/${path}`, before, after, undefined, undefined, { context: 3, timeout: TIME_LIMIT_MS });
  if (patch === undefined) return [`${after.split('\n').length} lines replaced`];
  const lines = patch.split('\n').filter((text) => !text.startsWith('====') && text !== '');
  return lines.map((text) => colour(text, palette));
}

function colour(text: string, palette: Palette): string {
  const shown = clip(text);
  if (text.startsWith('+++') || text.startsWith('---')) return palette.paint('bold', shown);
  if (text.startsWith('@@')) return palette.paint('cyan', shown);
  if (text.startsWith('+')) return palette.paint('green', shown);
  if (text.startsWith('-')) return palette.paint('red', shown);
  return shown;
}
