import type { Clock } from '../../lib/clock.js';
import { formatDuration } from '../../lib/duration.js';
import type { Progress, ProgressState } from '../../model/progress.js';

export interface TerminalLineOptions {
  readonly write: (text: string) => void;
  readonly columns: () => number | undefined;
  readonly clock: Clock;
}

/** Says what goes on, in words. Calling often is cheap; ends with the progress that it shares its line with. */
export interface Activity {
  /** `indexing the history  12,000 commits`. */
  show(text: string): void;
  done(): void;
  /** Nothing is drawn until it is disposed: a pager has the terminal. */
  hold(): Disposable;
}

export const noActivity: Activity = { show() {}, done() {}, hold: () => ({ [Symbol.dispose]() {} }) };

/** A progress line at the bottom of a terminal, and a way to print above it. */
export interface TerminalLine {
  readonly progress: Progress;
  readonly activity: Activity;
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
  let holds = 0;
  const draw = (line: string): void => {
    options.write(`${CLEAR}${line}`);
    drawn = line;
  };
  const redraw = (line: (elapsedMs: number) => string): void => {
    const now = options.clock.now();
    startedAt ??= now;
    if (now - drawnAt >= REDRAW_MS && holds === 0) {
      drawnAt = now;
      draw(line(now - startedAt).slice(0, (options.columns() ?? 80) - 1));
    }
  };
  const done = (): void => {
    if (drawn !== '') {
      draw('');
    }
    startedAt = undefined;
    drawnAt = Number.NEGATIVE_INFINITY;
  };
  return {
    progress: { update: (state) => { redraw((elapsedMs) => progressLine(state, elapsedMs)); }, done },
    activity: {
      show: (text) => { redraw((elapsedMs) => (elapsedMs < 1000 ? text : `${text}  ${formatDuration(Math.floor(elapsedMs / 1000) * 1000)}`)); },
      done,
      hold() {
        done();
        holds += 1;
        return { [Symbol.dispose]: () => { holds -= 1; } };
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
