import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

/** A YAML document that cannot be read; the message names the line and quotes nothing, for it may be a Secret. */
export class YamlError extends AppError<'YAML'> {
  readonly exitCode = EXIT.repository;
  readonly retry = false;
  /** From 1; undefined when the document as a whole is wrong. */
  readonly line: number | undefined;

  constructor(what: string, line: number | undefined, hint?: string) {
    super('YAML', line === undefined ? what : `${what} in line ${line}`, { hint });
    this.line = line;
  }
}
