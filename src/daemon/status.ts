import type { ClusterReader } from '../model/cluster-reader.js';
import type { StatusReport, StatusVerification } from '../model/status-report.js';
import { toStatusHead } from '../model/trailers.js';
import type { Churn } from './churn.js';
import type { MirrorRun } from './mirror-run.js';
import type { Tally } from './tally.js';

export interface StatusSources {
  readonly reader: ClusterReader | null;
  readonly run: MirrorRun | null;
  readonly tally: Tally;
  readonly churn: Churn;
  readonly verification: StatusVerification | null;
  readonly branch: string;
  readonly version: string;
  readonly startedAt: number;
  readonly stopping: boolean;
}

/** How the daemon stands, for /status and /readyz. */
export function daemonStatus({ reader, run, tally, churn, verification, branch, version, startedAt, stopping }: StatusSources): StatusReport {
  const progress = run?.mirror.coverage.progress() ?? { types: 0, synced: 0, polled: 0 };
  const synced = run?.mirror.synced ?? false;
  const unsynced = run?.mirror.coverage.unsynced() ?? [];
  const head = run?.tape.head() ?? null;
  return {
    source: 'daemon',
    version,
    phase: stopping ? 'stopping' : synced ? 'following' : progress.types > 0 ? 'syncing' : 'starting',
    ready: synced && !stopping,
    startedAt: new Date(startedAt).toISOString(),
    cluster: run?.mirror.cluster == null ? null : { name: reader?.name ?? '', identity: run.mirror.cluster.identity.text, serverVersion: run.mirror.cluster.server },
    repository: { location: run?.tape.location ?? '', branch },
    head: head === null ? null : toStatusHead(head),
    types: { total: progress.types, synced: progress.synced, polled: progress.polled, objects: run?.objects() ?? 0 },
    unsynced: unsynced.map(({ type, namespace, reason }) => ({ type: namespace === undefined ? type : `${namespace}: ${type}`, reason, since: null })),
    lag: tally.lag,
    staged: run?.mirror.staged ?? 0,
    lastError: tally.lastError,
    ...(verification === null ? {} : { verification }),
    churning: churn.top(),
  };
}
