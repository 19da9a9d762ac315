import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

/** The HTTP server cannot be started. */
export class ServerError extends AppError<'LISTEN'> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
}
