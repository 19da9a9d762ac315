import { AppError, messageOf } from '../../lib/errors.js';
import { EXIT } from '../../lib/exit-codes.js';
import { linked } from '../../lib/abort.js';
import type { StatusReport } from '../../model/status-report.js';
import { UsageError } from '../usage-error.js';

/** The daemon that was asked does not answer, or not with a status. */
export class DaemonError extends AppError<'UNREACHABLE' | 'NOT_A_STATUS'> {
  readonly exitCode = EXIT.usage;
  readonly retry = true;
}

const TIMEOUT_MS = 10_000;

/** The status that a daemon reports at `url` (`http://host:port`, `host:port` or `:port`). */
export async function daemonStatus(url: string, signal: AbortSignal): Promise<StatusReport> {
  const target = statusUrl(url);
  using request = linked(signal);
  const timer = setTimeout(() => { request.abort(new Error('no answer within 10 s')); }, TIMEOUT_MS);
  try {
    const response = await fetch(target, { signal: request.signal, redirect: 'error' });
    const body = await response.text();
    if (!response.ok) {
      throw new DaemonError('NOT_A_STATUS', `${target.href} answers ${response.status}`, { hint: 'Check --url: it is the address of a kubetape mirror' });
    }
    return parseReport(body, target.href, '--url');
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AppError) {
      throw error;
    }
    throw new DaemonError('UNREACHABLE', `Could not reach the daemon at ${target.href}: ${reasonOf(error)}`, {
      hint: 'Check --url, and that kubetape mirror runs with --listen; without --url the repository is read',
      cause: error,
    });
  } finally {
    clearTimeout(timer);
  }
}

function statusUrl(text: string): URL {
  const full = text.includes('://') ? text : `http://${text.startsWith(':') ? `127.0.0.1${text}` : text}`;
  const url = URL.canParse(full) ? new URL(full) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new UsageError('USAGE', `Could not read the address "${text}"`, { hint: 'Write http://HOST:PORT, HOST:PORT or :PORT' });
  }
  if (url.pathname === '/') {
    url.pathname = '/status';
  }
  return url;
}

/** fetch says "fetch failed" and hides why in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return code === 'ECONNREFUSED' ? 'connection refused' : code === 'ENOTFOUND' ? 'unknown host' : messageOf(cause ?? error);
}

/** Checked as far as this program prints it: another version may say more. */
export function parseReport(body: string, asked: string, flag: string): StatusReport {
  const fail = (cause?: unknown): DaemonError =>
    new DaemonError('NOT_A_STATUS', `${asked} does not answer with a status of kubetape`, { hint: `Check ${flag}: it names a kubetape mirror`, cause });
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    throw fail(error);
  }
  if (!isReport(value)) {
    throw fail();
  }
  return value;
}

function isReport(value: unknown): value is StatusReport {
  const report = value as Partial<StatusReport> | null;
  return (
    typeof report === 'object' && report !== null && report.source === 'daemon' && typeof report.phase === 'string' &&
    typeof report.repository?.location === 'string' && typeof report.types?.total === 'number' && Array.isArray(report.unsynced) &&
    (report.head === null || typeof report.head?.oid === 'string')
  );
}
