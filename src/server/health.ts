import type { StatusReport } from '../model/status-report.js';
import type { HttpReply, Route } from './http.js';

export interface HealthSources {
  /** How things stand now; called at every request. */
  readonly status: () => StatusReport;
  readonly metrics: () => Promise<{ readonly contentType: string; readonly body: string }>;
}

/** Reasons that /readyz names; a cluster may have thousands of types. */
const MAX_REASONS = 50;

/** /livez: the process answers. /readyz: the first complete sync is done. /metrics: Prometheus. /status: everything. */
export function healthRoutes(sources: HealthSources): ReadonlyMap<string, Route> {
  return new Map<string, Route>([
    ['/livez', () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'ok\n' })],
    ['/readyz', () => readiness(sources.status())],
    ['/metrics', async () => ({ status: 200, ...(await sources.metrics()) })],
    ['/status', () => json(200, sources.status())],
  ]);
}

function readiness(status: StatusReport): HttpReply {
  if (status.ready) {
    return json(200, { ready: true });
  }
  const reasons = status.unsynced.slice(0, MAX_REASONS).map(({ type, reason }) => ({ type, reason }));
  return json(503, { ready: false, phase: status.phase, unsynced: status.unsynced.length, reasons });
}

function json(status: number, value: unknown): HttpReply {
  return { status, contentType: 'application/json; charset=utf-8', body: `${JSON.stringify(value, null, 2)}\n` };
}
