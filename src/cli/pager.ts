import { setImmediate } from 'node:timers/promises';
import { linked } from '../lib/abort.js';
import { EXIT, type ExitCode } from '../lib/exit-codes.js';
import type { CommandContext, CommandOptions } from './context.js';
import { PagerProcess } from './pager-process.js';

/** Takes whole lines. Await what it returns: a slow reader then costs no memory. */
export type Write = (text: string) => Promise<void> | undefined;

/** Writes the output of a command; `signal` aborts with the root signal, and when nobody reads any more. */
export type PagedBody = (write: Write, signal: AbortSignal) => Promise<ExitCode>;

export type PagedContext = Pick<CommandContext, 'streams' | 'signal' | 'environment' | 'activity' | 'holdInterrupts'>;

/** Where output goes, and how it is ended. */
interface Sink {
  readonly write: Write;
  /** All has been written; resolves when the reader is through with it. */
  end(): Promise<void>;
}

/** Output that waits this long for more goes to the pager though it does not fill the screen: it has to be seen. */
const PATIENCE_MS = 500;
/** So long may a body write without a look at signals. */
const BREATH_MS = 50;

/**
 * Runs `body` and sends what it writes to stdout; on a terminal, and when it is longer than the screen, through a pager:
 * $KUBETAPE_PAGER, $PAGER or less, none with --no-pager, `cat`, an empty variable, or when it cannot be started. A reader
 * that goes away (`q` in the pager, `| head`) aborts the work and is a success. Resolves when the pager has ended; nothing
 * else may write to the terminal meanwhile, so what goes to stderr is said before or after.
 */
export async function paged(context: PagedContext, options: CommandOptions, body: PagedBody): Promise<ExitCode> {
  using work = linked(context.signal);
  const gone = new Error('nobody reads the output any more');
  const leave = (): void => { work.abort(gone); };
  const command = pagerCommand(context, options);
  const sink = command === null ? plainSink(context, leave) : pagerSink(context, command, leave);
  // The pager's end after that of the work is the ordinary one.
  const hasLeft = (): boolean => work.signal.aborted && work.signal.reason === gone;
  try {
    const code = await body(breathing(sink.write, work.signal), work.signal);
    return hasLeft() ? EXIT.done : code;
  } catch (error) {
    if (hasLeft()) return EXIT.done;
    throw error;
  } finally {
    await sink.end();
  }
}

/** Throws when the work was aborted; now and then lets signals and closed pipes be seen, for which a body need not wait itself. */
function breathing(write: Write, signal: AbortSignal): Write {
  let breath = performance.now();
  return (text) => {
    signal.throwIfAborted();
    const written = write(text);
    if (performance.now() - breath < BREATH_MS) return written;
    return (async () => {
      await written;
      await setImmediate();
      breath = performance.now();
      signal.throwIfAborted();
    })();
  };
}

function pagerCommand({ streams, environment }: PagedContext, options: CommandOptions): string | null {
  const size = streams.outSize();
  if (!streams.outIsTerminal || size === undefined || size.rows < 1 || options['pager'] === false) return null;
  const command = (environment.pager ?? 'less').trim();
  return command === '' || command === 'cat' ? null : command;
}

function plainSink({ streams }: PagedContext, leave: () => void): Sink {
  const { outClosed } = streams;
  if (outClosed.aborted) leave();
  outClosed.addEventListener('abort', leave, { once: true });
  return {
    write: (text) => streams.outSlowly(text),
    async end() { outClosed.removeEventListener('abort', leave); },
  };
}

/** Holds back what fits on the screen; more than that, or what has waited, goes to the pager. */
function pagerSink(context: PagedContext, command: string, leave: () => void): Sink {
  const { columns, rows } = context.streams.outSize() ?? { columns: 80, rows: 24 };
  let held = '';
  let lines = 0;
  let timer: NodeJS.Timeout | undefined;
  let pager: PagerProcess | null = null;
  let started: Promise<void> | undefined;
  const start = async (): Promise<void> => {
    clearTimeout(timer);
    const text = held;
    pager = await PagerProcess.start(command, context, leave);
    await (pager?.write(text) ?? context.streams.outSlowly(text));
  };
  return {
    async write(text) {
      if (started === undefined) {
        held += text;
        lines += screenLines(text, columns);
        timer ??= setTimeout(() => { started ??= start(); }, PATIENCE_MS);
        if (lines < rows) return;
        started = start();
        await started;
        return;
      }
      await started;
      await (pager === null ? context.streams.outSlowly(text) : pager.write(text));
    },
    async end() {
      clearTimeout(timer);
      if (started === undefined) {
        await context.streams.outSlowly(held);
        return;
      }
      await started;
      await pager?.end();
    },
  };
}

/** Lines on a screen of this width; escape sequences have none. */
function screenLines(text: string, columns: number): number {
  return text.split('\n').slice(0, -1).reduce((sum, line) => sum + Math.max(1, Math.ceil(line.replace(/\x1b\[[0-9;]*m/g, '').length / Math.max(1, columns))), 0);
}
