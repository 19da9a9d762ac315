import { gitPath, unifiedDiff } from '../../diff/text-diff.js';
import { terminalSafe } from '../render/safe-text.js';
import { placedLabel } from './labels.js';
import { forPipe } from './output-text.js';
import type { DiffRenderer, RendererOptions } from './renderer.js';
import { shownTexts, type Shown } from './shown.js';
import type { Style } from '../streams.js';

const COLOURS: Readonly<Record<Shown['difference']['change'], Style>> = { added: 'green', removed: 'red', changed: 'yellow' };

/** A unified diff an object, below a line that names it; `git apply` passes over that line. */
export function textRenderer({ paint, terminal, contextLines }: RendererOptions): DiffRenderer {
  const safe = terminal ? terminalSafe : forPipe;
  const isPlain = paint('bold', '') === '';
  return {
    begin: () => '',
    object(shown) {
      const { id, change } = shown.difference;
      const text = safe(patchOf(shown, contextLines));
      const patch = isPlain ? text : text.replace(/[^\n]+/g, (line) => coloured(line, paint));
      return `${paint(COLOURS[change], change)} ${paint('bold', placedLabel(id))}\n${patch}\n`;
    },
    end: () => '',
  };
}

/** The diff of what is shown, with the header lines of git. */
export function patchOf(shown: Shown, contextLines: number): string {
  const { path, change } = shown.difference;
  const { before, after } = shownTexts(shown);
  const mode = change === 'added' ? 'new file mode 100644\n' : change === 'removed' ? 'deleted file mode 100644\n' : '';
  const names = { fromName: change === 'added' ? '/dev/null' : `a/${path}`, toName: change === 'removed' ? '/dev/null' : `b/${path}` };
  return `diff --git ${gitPath(`a/${path}`)} ${gitPath(`b/${path}`)}\n${mode}${unifiedDiff(before, after, { ...names, context: contextLines })}`;
}

function coloured(line: string, paint: RendererOptions['paint']): string {
  const style: Style | undefined = /^(?:diff |new |deleted |\+\+\+ |--- )/.test(line) ? 'bold' : line.startsWith('@@') ? 'cyan' : line.startsWith('+') ? 'green' : line.startsWith('-') ? 'red' : undefined;
  return style === undefined ? line : paint(style, line);
}
