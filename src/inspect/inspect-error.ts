import { AppError, type ErrorDetails } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

export type InspectErrorCode =
  | 'USAGE' // cannot be read: a selector
  | 'UNKNOWN_TYPE'
  | 'NOT_FOUND' // no such object
  | 'AMBIGUOUS'; // several objects where one is wanted

/** What a person asked for is not in the repository, or is not one thing; the hint says what is near. */
export class InspectError extends AppError<InspectErrorCode> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;

  constructor(code: InspectErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
  }
}
