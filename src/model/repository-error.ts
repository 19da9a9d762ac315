import { AppError, type ErrorDetails } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

export type RepositoryErrorCode =
  | 'NOT_FOUND'
  | 'NOT_OURS' // a git repository or branch that kubetape did not write
  | 'NEWER_FORMAT'
  | 'UNSUPPORTED' // SHA-256, reftable, shallow, blob-less
  | 'OTHER_CLUSTER'
  | 'LOCKED'
  | 'DAMAGED'
  | 'MOVED' // somebody else's commit is on our branch
  | 'FOREIGN' // our branch no longer descends from what we wrote
  | 'FULL' // no space
  | 'IO';

const PASSING: ReadonlySet<RepositoryErrorCode> = new Set(['LOCKED', 'MOVED', 'FULL', 'IO']);

/** Something is wrong with the repository; the message says where, the hint says the cure. */
export class RepositoryError extends AppError<RepositoryErrorCode> {
  readonly exitCode;
  readonly retry: boolean;

  constructor(code: RepositoryErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.exitCode = code === 'NOT_FOUND' ? EXIT.usage : EXIT.repository;
    this.retry = PASSING.has(code);
  }
}
