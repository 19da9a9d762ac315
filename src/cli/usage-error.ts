import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

/** The command line was not understood, or what it names is not there. */
export class UsageError extends AppError<'USAGE' | 'NOT_FOUND'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
}
