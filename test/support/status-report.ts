import type { StatusReport } from '../../src/model/status-report.js';

/** The status of a daemon in good order, but for what is given. */
export function statusReport(given: Partial<StatusReport> = {}): StatusReport {
  return {
    source: 'daemon',
    version: '0.1.0',
    phase: 'following',
    ready: true,
    startedAt: '2026-11-20T13:00:00.000Z',
    cluster: { name: 'https://10.0.0.1:6443', identity: 'kube-system 1234', serverVersion: 'v1.36.3' },
    repository: { location: '/data/cluster.git', branch: 'main' },
    head: {
      oid: '0123456789abcdef0123456789abcdef01234567',
      subject: 'shop: scale deployments/web 2 → 5',
      committedAt: '2026-11-20T13:59:00.000Z',
      completeTo: '4711',
      coverage: 'complete',
    },
    types: { total: 60, synced: 60, polled: 2, objects: 1234 },
    unsynced: [],
    lag: { lastSeconds: 1.01, maxSeconds: 1.3 },
    staged: 0,
    lastError: null,
    ...given,
  };
}
