import { EXIT, type ExitCode } from './exit-codes.js';

export interface ErrorDetails {
  /** What a person should do about it, in one sentence. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An error that this program expects: a stable code, the exit code of the process that it ends, whether
 * trying again can help, and, where there is one, the cure.
 */
export abstract class AppError<Code extends string = string> extends Error {
  readonly code: Code;
  readonly hint: string | undefined;
  abstract readonly exitCode: ExitCode;
  /** Whether the same operation can succeed later without anybody's doing. */
  abstract readonly retry: boolean;

  constructor(code: Code, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a system error (`ENOSPC`, `ECONNREFUSED`), or undefined. */
export function systemCode(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The code of an error of ours; `INTERNAL` of any other. */
export function codeOf(error: unknown): string {
  return error instanceof AppError ? (error as AppError).code : 'INTERNAL';
}

/** The exit code that an error stands for. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof AppError ? error.exitCode : EXIT.internal;
}
