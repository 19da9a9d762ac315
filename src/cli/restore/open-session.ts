import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ClusterWriter } from '../../model/cluster-writer.js';
import type { History } from '../../model/history.js';
import { NO_SNAPSHOTS } from '../../restore/plan/live-claims.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import type { CommandContext } from '../context.js';
import { knownDigestKey } from '../diff/known-digest-key.js';
import { openSettingsWritableCluster } from '../open-cluster.js';
import { openSettingsHistory } from '../open-history.js';

/** Repository and cluster of one restore. */
export interface RestoreSession extends AsyncDisposable {
  readonly deps: PlanDeps;
}

/** Opens both; UsageError, RepositoryError and ClusterError for what cannot be. Dispose it. */
export async function openRestoreSession(context: CommandContext): Promise<RestoreSession> {
  const { settings, version, signal } = context;
  const digestKey = knownDigestKey(settings);
  const history = await openSettingsHistory(context);
  try {
    const cluster = await openSettingsWritableCluster(settings, version, signal);
    return sessionOver(context, history, cluster, digestKey);
  } catch (error) {
    history.close();
    throw error;
  }
}

/** A session over an opened repository and cluster; both are closed with it. */
export function sessionOver({ clock, version }: Pick<CommandContext, 'clock' | 'version'>, history: History, { reader, writer }: { readonly reader: ClusterReader; readonly writer: ClusterWriter }, digestKey: Uint8Array | null): RestoreSession {
  return {
    deps: { reader, writer, history, snapshots: NO_SNAPSHOTS, digestKey, clock, random: Math.random, version },
    async [Symbol.asyncDispose]() {
      history.close();
      await reader.close();
    },
  };
}
