import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

/** A canonical text that does not read back as the object that it was made of: a fault of this program. */
export class CanonError extends AppError<'READ_BACK'> {
  readonly exitCode = EXIT.internal;
  readonly retry = false;

  constructor(message: string, cause?: unknown) {
    super('READ_BACK', message, { hint: 'This is a fault of kubetape; nothing was written. Please report it with the version', cause });
  }
}
