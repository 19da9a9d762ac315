import { AppError } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

export type ManifestErrorCode =
  | 'UNREADABLE' // not there, or may not be read
  | 'TOO_LARGE'
  | 'MALFORMED' // not YAML, not UTF-8
  | 'TEMPLATE' // to be rendered first
  | 'NOT_AN_OBJECT' // without kind, name and the like
  | 'DUPLICATE'; // one identity in two places

/** A manifest that a person gave cannot be used; the message names file and document and quotes no value. */
export class ManifestError extends AppError<ManifestErrorCode> {
  readonly exitCode = EXIT.usage;
  readonly retry = false;
}
