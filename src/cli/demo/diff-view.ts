import { unifiedDiff } from '../../diff/text-diff.js';
import { clip, type Palette } from './text.js';

/** A unified diff of two versions of a file, coloured, in lines of at most 80 columns. */
export function diffView(path: string, before: string, after: string, palette: Palette): string[] {
  const patch = unifiedDiff(before, after, { fromName: `a/${path}`, toName: `b/${path}`, escape: true });
  return patch.split('\n').filter((text) => text !== '').map((text) => colour(text, palette));
}

function colour(text: string, palette: Palette): string {
  const shown = clip(text);
  if (text.startsWith('+++') || text.startsWith('---')) return palette.paint('bold', shown);
  if (text.startsWith('@@')) return palette.paint('cyan', shown);
  if (text.startsWith('+')) return palette.paint('green', shown);
  if (text.startsWith('-')) return palette.paint('red', shown);
  return shown;
}
