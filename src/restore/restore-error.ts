import { AppError, type ErrorDetails } from '../lib/errors.js';
import { EXIT, type ExitCode } from '../lib/exit-codes.js';

export type RestoreErrorCode =
  | 'SCOPE' // nothing, or not enough, was named
  | 'OTHER_CLUSTER'
  | 'STALE_PLAN' // the plan is of another cluster, commit, or program
  | 'PLAN_FILE' // cannot be read
  | 'PREFLIGHT' // rights or backends that the plan needs are missing
  | 'NOT_SAVED' // what is live could not be saved
  | 'NOT_CONFIRMED'
  | 'RUN'; // there is no such run, or its journal cannot be read

/** Why a restore did not begin; nothing was written. */
export class RestoreError extends AppError<RestoreErrorCode> {
  readonly exitCode: ExitCode;
  readonly retry = false;

  constructor(code: RestoreErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, details);
    this.exitCode = code === 'SCOPE' || code === 'PLAN_FILE' || code === 'RUN' ? EXIT.usage : EXIT.refused;
  }
}
