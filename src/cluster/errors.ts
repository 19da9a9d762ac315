import { messageOf, systemCode } from '../lib/errors.js';
import { escapeLine } from '../lib/escape.js';
import { ClusterError, type ClusterErrorCode, type ClusterErrorDetails } from '../model/cluster-error.js';

const MAX_MESSAGE = 300;

/** What a server's answer of one status means; a watch's 410 and a list's 410 are told apart by `gone`. */
export interface Refusal {
  readonly status: number;
  /** The Status' own words, or the body's text. */
  readonly words: string;
  readonly retryAfterMs?: number | undefined;
  /** A 404 that is about the object, not about its type or the path. */
  readonly absent?: boolean;
}

/** The error of a request that failed: `Could not list apps/v1 deployments: <why>`, escaped and cut. */
export function requestError(
  code: ClusterErrorCode,
  what: string,
  why: string,
  details: ClusterErrorDetails = {},
): ClusterError {
  return new ClusterError(code, printable(`Could not ${what}: ${why}`), details);
}

/** The error that a status (HTTP's or a Status') stands for. */
export function refusedError(what: string, refusal: Refusal, gone: 'GONE' | 'EXPIRED' = 'GONE'): ClusterError {
  const { status, words } = refusal;
  const name = STATUS_NAMES[status];
  const why = [name === undefined ? String(status) : `${status} ${name}`, words].filter((part) => part !== '').join(': ');
  const code = status === 410 ? gone : codeOfStatus(status);
  return requestError(code, what, why, { status, retryAfterMs: refusal.retryAfterMs, hint: HINTS[code] });
}

/** The words and the wait of a Status document, of any other body, or of none. */
export function readRefusal(status: number, headers: Readonly<Record<string, unknown>>, body: string): Refusal {
  const document = parseStatus(body);
  const details = document?.['details'] as { name?: unknown; retryAfterSeconds?: unknown } | undefined;
  const wait = Number(headers['retry-after'] ?? details?.retryAfterSeconds ?? Number.NaN);
  return {
    status,
    words: typeof document?.['message'] === 'string' ? document['message'] : document === undefined ? body.trim() : '',
    retryAfterMs: Number.isFinite(wait) && wait >= 0 ? wait * 1000 : undefined,
    absent: status === 404 && document?.['reason'] === 'NotFound' && typeof details?.name === 'string' && details.name !== '',
  };
}

/** The error of a Status that a watch sent as an ERROR event. */
export function statusError(what: string, status: unknown): ClusterError {
  const document = (status ?? {}) as { code?: unknown; message?: unknown; reason?: unknown; details?: { retryAfterSeconds?: unknown } };
  const expired = document.reason === 'Expired' || document.reason === 'Gone';
  const code = typeof document.code === 'number' ? document.code : expired ? 410 : 500;
  return refusedError(what, readRefusal(code, {}, JSON.stringify(document)));
}

/** The error of what node threw while connecting, sending or receiving; ClusterErrors pass. */
export function transportError(what: string, error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  const code = systemCode(error) ?? '';
  // Every address of a name was tried: the first one's words stand for all.
  const message = error instanceof AggregateError ? messageOf(error.errors[0]) : messageOf(error);
  const why = `${message}${code === '' || message.includes(code) ? '' : ` (${code})`}`;
  if (isTlsCode(code)) return requestError('TLS', what, why, { cause: error, hint: tlsHint(code) });
  if (code.startsWith('Z_')) return requestError('MALFORMED', what, `the compressed answer is broken: ${why}`, { cause: error });
  return requestError('UNREACHABLE', what, why, { cause: error, hint: 'Check that the API server is up and that its address in the kubeconfig is right' });
}

/** One line of at most 300 characters, escaped: servers and kubeconfigs write what they like. */
export function printable(text: string): string {
  return escapeLine(text.trim().replaceAll(/\s*[\r\n]\s*/g, ' '), MAX_MESSAGE);
}

function codeOfStatus(status: number): ClusterErrorCode {
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 405) return 'NOT_FOUND';
  if (status === 429) return 'THROTTLED';
  if (status === 504) return 'TIMEOUT';
  return 'SERVER';
}

const STATUS_NAMES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  410: 'Gone',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

const HINTS: Partial<Record<ClusterErrorCode, string>> = {
  UNAUTHORIZED: 'Log in again, or renew the credentials that the kubeconfig names',
  FORBIDDEN: 'Give this user get, list and watch on it',
};

function parseStatus(body: string): Record<string, unknown> | undefined {
  try {
    const document: unknown = JSON.parse(body);
    return typeof document === 'object' && document !== null ? (document as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Codes of OpenSSL's verification (X509_V_ERR_…), of node's own check and of a failed handshake. */
function isTlsCode(code: string): boolean {
  return /^(ERR_SSL_|ERR_TLS_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|EPROTO)/.test(code);
}

function tlsHint(code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID' || code === 'HOSTNAME_MISMATCH') {
    return 'The certificate is for another name: use that name as server, or set tls-server-name';
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'Renew the certificate, or set the clock right';
  if (/^(UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|INVALID_CA)/.test(code)) {
    return 'Set certificate-authority to the CA that signed the certificate of the API server';
  }
  return 'Check that the server speaks TLS on this port, and that it trusts the client certificate';
}
