import { AppError, type ErrorDetails } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

export type ConfigErrorCode =
  | 'INVALID' // mistakes in file, environment or flags
  | 'UNREADABLE' // the file is not there or may not be read
  | 'UNWATCHED'; // the file cannot be watched any more

/** One thing that is wrong, and where. */
export interface Mistake {
  /** Where it was written: `kubetape.yaml`, `KUBETAPE_WINDOW`, `--window`. */
  readonly origin: string;
  /** From 1; of files only. */
  readonly line?: number;
  readonly column?: number;
  /** `log.level`, `include[0].types`; '' for the document as a whole. */
  readonly path: string;
  /** What is wrong and what is accepted. */
  readonly text: string;
}

/** The configuration cannot be used; every mistake that could be found is in it. */
export class ConfigError extends AppError<ConfigErrorCode> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
  readonly mistakes: readonly Mistake[];

  constructor(code: ConfigErrorCode, message: string, details: ErrorDetails & { readonly mistakes?: readonly Mistake[] } = {}) {
    super(code, message, details);
    this.mistakes = details.mistakes ?? [];
  }
}

/** All mistakes as one error; its message is one line, for logs. */
export function invalidConfiguration(mistakes: readonly Mistake[]): ConfigError {
  const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`;
  return new ConfigError('INVALID', `The configuration has ${count}: ${mistakes.map(formatMistake).join('; ')}`, {
    mistakes,
    hint: 'kubetape config schema prints every key and what it accepts; kubetape config check looks again',
  });
}

/** `kubetape.yaml:3:10: log.level: "loud" is not accepted; expected debug, info, warn or error`. */
export function formatMistake(mistake: Mistake): string {
  const place = mistake.line === undefined ? '' : `:${mistake.line}:${mistake.column ?? 1}`;
  const path = mistake.path === '' ? '' : `${mistake.path}: `;
  return `${mistake.origin}${place}: ${path}${mistake.text}`;
}
