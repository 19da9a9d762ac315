import { AppError, type ErrorDetails } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';

export type ClusterErrorCode =
  | 'KUBECONFIG' // no or broken kubeconfig, unknown context, credential plugin failed
  | 'UNREACHABLE' // refused, reset, name not resolved, cut
  | 'TLS' // certificate not trusted or not for this host
  | 'UNAUTHORIZED' // 401
  | 'FORBIDDEN' // 403
  | 'NOT_FOUND' // 404, 405: not served
  | 'GONE' // 410 on a watch
  | 'EXPIRED' // 410 in the middle of a paged list
  | 'THROTTLED' // 429
  | 'TIMEOUT' // 504, or NotOlderThan above the store
  | 'SERVER' // any other 5xx or Status
  | 'MALFORMED' // not JSON, truncated, not what was asked for
  | 'SILENT'; // no sign of life on an open connection

const PERMANENT: ReadonlySet<ClusterErrorCode> = new Set(['KUBECONFIG', 'TLS', 'UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND']);

export interface ClusterErrorDetails extends ErrorDetails {
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** Something between us and the API server went wrong; the message names the request and the server's own words. */
export class ClusterError extends AppError<ClusterErrorCode> {
  readonly exitCode = EXIT.cluster;
  readonly retry: boolean;
  readonly status: number | undefined;
  /** What the server asked for with Retry-After. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ClusterErrorCode, message: string, details: ClusterErrorDetails = {}) {
    super(code, message, details);
    this.retry = !PERMANENT.has(code);
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** The server refused to show it: what is asked about may be there or not. */
export function isForbidden(error: unknown): boolean {
  return error instanceof ClusterError && error.code === 'FORBIDDEN';
}
