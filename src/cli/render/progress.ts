import type { Clock } from '../../lib/clock.js';
import { formatDuration } from '../../lib/duration.js';
import type { Progress, ProgressState } from '../../model/progress.js';

export interface TerminalLineOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number | undefined;
  readonly clock: Clock;
}

/** A progress line at the bottom of a terminal, and a way to print above it. */
export interface TerminalLine {
  readonly progress: Progress;
  /** Prints whole lines; the progress line stays below. */
  print(text: string): void;
}

const REDRAW_MS = 100;
const CLEAR = '\r\u001B[K';

/** One line, redrawn at most ten times a second, when something calls: nothing runs beside the work. */
export function createTerminalLine(options: TerminalLineOptions): TerminalLine {
  let startedAt: number | undefined;
  let drawnAt = Number.NEGATIVE_INFINITY;
  let drawn = '';
  const draw = (line: string): void => {
    options.write(`${CLEAR}${line}`);
    drawn = line;
  };
  return {
    progress: {
      update(state) {
        const now = options.clock.now();
        startedAt ??= now;
        if (now - drawnAt >= REDRAW_MS) {
          drawnAt = now;
          draw(progressLine(state, now - startedAt).slice(0, (options.columns() ?? 80) - 1));
        }
      },
      done() {
        if (drawn !== '') {
          draw('');
        }
        startedAt = undefined;
        drawnAt = Number.NEGATIVE_INFINITY;
      },
    },
    print(text) {
      if (drawn === '') {
        options.write(text);
      } else {
        options.write(`${CLEAR}${text}${drawn}`);
      }
    },
  };
}

/** `listing  142/150 types  12,345 objects  2,469/s  5s`. */
export function progressLine(state: ProgressState, elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  const rate = seconds < 1 ? '' : `  ${count(state.objects / seconds)}/s`;
  return `${state.phase}  ${state.typesSynced}/${state.types} types  ${count(state.objects)} objects${rate}  ${formatDuration(Math.floor(seconds) * 1000 || 0)}`;
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
