import { readCluster } from '../../capture/meta-files.js';
import { coverageReport, type CoverageReport } from '../../inspect/coverage-report.js';
import type { History } from '../../model/history.js';
import type { StatusReport, UnsyncedType } from '../../model/status-report.js';
import { toStatusHead } from '../../model/trailers.js';
import { churningObjects } from './churning.js';

/** What a repository alone says of its mirror. RepositoryError DAMAGED. */
export async function repositoryStatus(history: History, version: string, signal: AbortSignal): Promise<StatusReport> {
  const head = history.head();
  const tree = history.snapshot(head);
  const coverage = coverageReport(tree);
  const cluster = readCluster(tree);
  return {
    source: 'repository',
    version,
    phase: 'stopped',
    ready: false,
    startedAt: null,
    cluster: cluster === null ? null : { name: '', identity: cluster.identity.text, serverVersion: cluster.server === '' ? null : cluster.server },
    repository: { location: history.location, branch: history.branch },
    head: toStatusHead(head),
    types: countTypes(coverage),
    unsynced: unsyncedTypes(coverage),
    lag: null,
    staged: 0,
    lastError: null,
    churning: await churningObjects(history, signal),
    points: history.points().toSorted((a, b) => b.createdAt - a.createdAt).map(({ name, commit }) => ({ name, oid: commit.oid })),
  };
}

/** Skipped types and second names of a type hold nothing of their own, and are not counted. */
function countTypes({ types, objects }: CoverageReport): StatusReport['types'] {
  const mirrored = types.filter(({ state }) => state !== 'skipped' && state !== 'alias');
  const polled = mirrored.filter(({ state, namespaces }) => state === 'polled' || namespaces.some((scope) => scope.state === 'polled')).length;
  return { total: mirrored.length, synced: mirrored.length - unsyncedNames(types).size, polled, objects };
}

function unsyncedTypes({ types }: CoverageReport): UnsyncedType[] {
  return types.flatMap(({ type, state, reason, namespaces }) => {
    const scopes = namespaces.filter((scope) => lacks(scope.state)).map((scope) => ({ type: `${scope.namespace}: ${type}`, reason: scope.reason ?? scope.state, since: null }));
    return lacks(state) ? [{ type, reason: reason ?? 'the commit says nothing of it', since: null }, ...scopes] : scopes;
  });
}

function unsyncedNames(types: CoverageReport['types']): Set<string> {
  return new Set(types.filter(({ state, namespaces }) => lacks(state) || namespaces.some((scope) => lacks(scope.state))).map(({ type }) => type));
}

function lacks(state: string): boolean {
  return state === 'partial' || state === 'unknown';
}
