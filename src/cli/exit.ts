import { isAbort } from '../lib/abort.js';
import { AppError, exitCodeOf, messageOf } from '../lib/errors.js';
import { escapeText } from '../lib/escape.js';
import { EXIT, type ExitCode } from '../lib/exit-codes.js';
import { ConfigError, formatMistake } from '../config/config-error.js';
import type { Streams } from './streams.js';

export interface ReportOptions {
  /** -o json: one JSON object instead of words. */
  readonly json: boolean;
  /** -v: causes too. */
  readonly verbose: boolean;
  /** The root signal: an abort by it is no failure, any other one is a fault of ours. */
  readonly signal: AbortSignal;
}

/** Says on stderr why a command failed; returns the exit code that this stands for. An interruption says nothing. */
export function reportError(error: unknown, streams: Streams, options: ReportOptions): ExitCode {
  const exitCode = exitCodeOf(error);
  if (options.signal.aborted && isAbort(error, options.signal)) {
    return EXIT.interrupted;
  }
  streams.err(options.json ? `${JSON.stringify(toJson(error, exitCode))}\n` : toWords(error, streams, options));
  return exitCode;
}

function toWords(error: unknown, streams: Streams, options: ReportOptions): string {
  const label = streams.paintErr('red', 'error:');
  const lines: string[] = [];
  if (error instanceof ConfigError && error.mistakes.length > 0) {
    lines.push(`${label} The configuration has ${error.mistakes.length === 1 ? 'a mistake' : `${error.mistakes.length} mistakes`}`);
    lines.push(...error.mistakes.map((mistake) => `  ${escapeText(formatMistake(mistake))}`));
  } else if (error instanceof AppError) {
    lines.push(`${label} ${escapeText(error.message)}`);
  } else {
    lines.push(`${label} Internal error: ${escapeText(messageOf(error))}`);
    lines.push(...stackOf(error));
  }
  if (options.verbose) {
    lines.push(...causesOf(error).map((cause) => `cause: ${escapeText(messageOf(cause))}`));
  }
  const hint = hintOf(error);
  if (hint !== undefined) {
    lines.push(`${streams.paintErr('cyan', 'hint:')} ${escapeText(hint)}`);
  }
  return `${lines.join('\n')}\n`;
}

function toJson(error: unknown, exitCode: ExitCode): object {
  const known = error instanceof AppError;
  return {
    error: {
      code: known ? (error as AppError).code : 'INTERNAL',
      message: messageOf(error),
      hint: hintOf(error),
      exitCode,
      ...(error instanceof ConfigError && error.mistakes.length > 0 ? { mistakes: error.mistakes } : {}),
      ...(known ? {} : { stack: stackOf(error) }),
    },
  };
}

function hintOf(error: unknown): string | undefined {
  return error instanceof AppError ? error.hint : 'This is a fault of kubetape; please report it with the lines above';
}

function stackOf(error: unknown): string[] {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  return stack.split('\n').filter((line) => /^ +at /.test(line));
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  let cause: unknown = error instanceof Error ? error.cause : undefined;
  while (cause !== undefined && causes.length < 8) {
    causes.push(cause);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return causes;
}
