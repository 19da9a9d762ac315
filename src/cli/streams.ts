import { once } from 'node:events';
import { styleText } from 'node:util';
import { systemCode } from '../lib/errors.js';

export type ColourChoice = 'auto' | 'always' | 'never';

/** Where a command writes; whether it may use colour or redraw a line was decided once. */
export interface Streams {
  /** Results; as it is, newline not added. */
  out(text: string): void;
  /** Much output: wait for what it returns before more is written, so that a slow reader costs no memory. */
  outSlowly(text: string): Promise<void> | undefined;
  /** Aborts when the reader of stdout went away. */
  readonly outClosed: AbortSignal;
  /** Everything else: errors, logs, progress. */
  err(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Width of the terminal behind stderr; undefined when there is none. */
  columns(): number | undefined;
  /** Width and height of the terminal behind stdout; undefined when there is none. */
  outSize(): { readonly columns: number; readonly rows: number } | undefined;
  /** Styles text for stdout, or leaves it as it is. */
  paint(style: Style, text: string): string;
  /** The same for stderr. */
  paintErr(style: Style, text: string): string;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';

export interface StreamOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly colour: ColourChoice;
  /** NO_COLOR. */
  readonly noColor: boolean;
  /** A terminal that cannot redraw a line is treated as none. */
  readonly dumbTerminal: boolean;
}

/** The streams of the process. A reader that went away (`| head`) is no error: what comes after is dropped. */
export function createStreams(options: StreamOptions): Streams {
  const outColour = hasColour(options, options.stdout);
  const errColour = hasColour(options, options.stderr);
  const stdout = writer(options.stdout);
  const stderr = writer(options.stderr);
  return {
    out: (text) => { stdout.write(text); },
    outSlowly: (text) => (stdout.write(text) ? undefined : stdout.drained()),
    outClosed: stdout.closed,
    err: (text) => { stderr.write(text); },
    outIsTerminal: options.stdout.isTTY && !options.dumbTerminal,
    errIsTerminal: options.stderr.isTTY && !options.dumbTerminal,
    columns: () => (options.stderr.isTTY ? options.stderr.columns : undefined),
    outSize: () => (options.stdout.isTTY ? { columns: options.stdout.columns, rows: options.stdout.rows } : undefined),
    paint: painter(outColour),
    paintErr: painter(errColour),
  };
}

/** A flag says more than NO_COLOR, NO_COLOR more than the terminal. */
function hasColour(options: StreamOptions, stream: NodeJS.WriteStream): boolean {
  if (options.colour !== 'auto') {
    return options.colour === 'always';
  }
  return !options.noColor && !options.dumbTerminal && stream.isTTY && stream.hasColors();
}

function painter(colour: boolean): (style: Style, text: string) => string {
  // validateStream would look at the terminal and NO_COLOR again; that is decided.
  return (style, text) => (colour ? styleText(style, text, { validateStream: false }) : text);
}

interface Writer {
  /** False: the stream holds much that nobody has read yet. */
  write(text: string): boolean;
  drained(): Promise<void>;
  readonly closed: AbortSignal;
}

function writer(stream: NodeJS.WriteStream): Writer {
  const closing = new AbortController();
  stream.on('error', (error) => {
    closing.abort(error);
    if (systemCode(error) !== 'EPIPE' && systemCode(error) !== 'EIO') {
      throw error;
    }
  });
  return {
    write: (text) => closing.signal.aborted || stream.write(text),
    async drained() {
      // An error (the reader went away) ends the waiting as well.
      await once(stream, 'drain', { signal: closing.signal }).catch(() => undefined);
    },
    closed: closing.signal,
  };
}
