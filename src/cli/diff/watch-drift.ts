import { isAbort, linked, onAbort } from '../../lib/abort.js';
import { formatDuration } from '../../lib/duration.js';
import { AppError, messageOf } from '../../lib/errors.js';
import { escapeLine, escapeText } from '../../lib/escape.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { CommandContext } from '../context.js';
import { localTime } from '../render/time.js';
import { sideWords } from './compared-side.js';
import { createRenderer } from './create-renderer.js';
import type { DiffRequest } from './diff-request.js';
import { Drift, type DriftChange } from './drift.js';
import { driftScreen } from './drift-screen.js';
import { placedLabel } from './labels.js';
import type { OpenDiff } from './open-diff.js';
import { isHidden, shownOf, type Shown } from './shown.js';
import type { Gap } from './totals.js';

/** One comparison of --watch. */
interface Look {
  readonly shown: readonly Shown[];
  readonly gaps: readonly Gap[];
}

/**
 * Keeps the drift in view: compares again every `intervalMs`. On a terminal a table of what differs and since when is
 * drawn again and again; elsewhere the differences come first, then a line a change. An error that can pass is shown and
 * tried again, but for the first comparison. Ends by a signal (rejects with its reason) or when the reader went away.
 */
export async function watchDrift(context: CommandContext, diff: OpenDiff, request: DiffRequest, intervalMs: number): Promise<ExitCode> {
  using end = linked(context.signal);
  using _listener = onAbort(context.streams.outClosed, () => { end.abort(); });
  const view = context.streams.outIsTerminal ? screenView(context, diff, intervalMs) : lineView(context, diff, request);
  try {
    view.show(await look(diff, request, end.signal));
    for (;;) {
      await context.clock.sleep(intervalMs, end.signal);
      try {
        diff.refresh();
        view.show(await look(diff, request, end.signal));
      } catch (error) {
        if (!(error instanceof AppError) || !error.retry || isAbort(error, end.signal)) throw error;
        view.failed(messageOf(error));
      }
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (context.streams.outClosed.aborted) return EXIT.done;
    throw error;
  }
}

async function look(diff: OpenDiff, request: DiffRequest, signal: AbortSignal): Promise<Look> {
  const source = diff.source(signal);
  const shown: Shown[] = [];
  for await (const difference of source.differences) {
    const each = shownOf(difference, request.all);
    if (!isHidden(each)) shown.push(each);
  }
  return { shown, gaps: source.gaps() };
}

interface View {
  show(look: Look): void;
  /** The message of an error. */
  failed(message: string): void;
}

/** For a terminal: one screen. */
function screenView({ streams, clock, progress }: CommandContext, diff: OpenDiff, intervalMs: number): View {
  const drift = new Drift();
  let gaps: readonly Gap[] = [];
  const draw = (error: string | null): void => {
    progress.done();
    const { before, after } = diff.compared();
    const headline = `${sideWords(before)} → ${sideWords(after)}, every ${formatDuration(intervalMs)}`;
    const size = streams.outSize() ?? { columns: 80, rows: 24 };
    streams.out(driftScreen({ headline, entries: drift.entries(), gaps, error, now: clock.now(), ...size, paint: (style, text) => streams.paint(style, text) }));
  };
  return {
    show(result) {
      drift.update(result.shown, clock.now());
      gaps = result.gaps;
      draw(null);
    },
    failed(message) { draw(escapeText(message)); },
  };
}

/** For a pipe or a file: the differences, then lines that stay. */
function lineView({ streams, clock, output, progress }: CommandContext, diff: OpenDiff, request: DiffRequest): View {
  const drift = new Drift();
  let first = true;
  let gapsBefore = '';
  let failing = false;
  const line = (text: string): void => { streams.out(`${localTime(Math.floor(clock.now() / 1000))} ${text}\n`); };
  const sayGaps = (gaps: readonly Gap[]): void => {
    const words = gaps.map(({ verdict, what, reason }) => `not compared: ${what}: ${reason === null ? verdict : escapeLine(reason, 200)}`);
    if (words.join('\n') !== gapsBefore) for (const each of words.length === 0 ? ['everything is compared again'] : words) streams.err(`${each}\n`);
    gapsBefore = words.join('\n');
  };
  return {
    show({ shown, gaps }) {
      progress.done();
      const changes = drift.update(shown, clock.now());
      if (first) {
        const renderer = createRenderer(output, { paint: (style, text) => streams.paint(style, text), columns: undefined, terminal: false, contextLines: request.contextLines });
        streams.out(renderer.begin(diff.compared()));
        for (const each of shown) streams.out(renderer.object(each));
      } else for (const change of changes) line(changeWords(change));
      if (failing) streams.err('The cluster answers again\n');
      sayGaps(gaps);
      first = false;
      failing = false;
    },
    failed(message) {
      failing = true;
      streams.err(`Could not compare, trying again: ${escapeText(message)}\n`);
    },
  };
}

function changeWords({ what, entry }: DriftChange): string {
  if (what === 'gone') return `equal again: ${placedLabel(entry.id)}`;
  return `${entry.change} ${placedLabel(entry.id)}${entry.words === '' ? '' : `: ${entry.words}`}`;
}
