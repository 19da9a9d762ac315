import { readCluster, type RecordedCluster } from '../../capture/meta-files.js';
import { metadataOf } from '../../model/canonical.js';
import { sameCluster } from '../../model/cluster-identity.js';
import { isForbidden } from '../../model/cluster-error.js';
import type { ClusterIdentity, ClusterReader } from '../../model/cluster-reader.js';
import type { ResourceType } from '../../model/resource-type.js';
import { RestoreError } from '../restore-error.js';
import { readLive } from './look-up.js';
import type { PlanDeps, PlanRequest } from './plan-deps.js';

export interface CheckedCluster {
  readonly recorded: RecordedCluster | null;
  readonly identity: ClusterIdentity;
  /** The commit is of this cluster; false also when that is not certain. */
  readonly same: boolean;
  /** Why it is not certain; null: it is, or another cluster was asked for. */
  readonly doubt: string | null;
}

type Asked = Pick<PlanRequest, 'snapshot' | 'options'> & Partial<Pick<PlanRequest, 'selection'>>;

const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false, watchable: true };

/**
 * Which cluster is about to be written. RestoreError OTHER_CLUSTER when the commit is of another one and that was not allowed. A tenant
 * may not read by what the mirror knew its cluster: that is a doubt, which the plan shows, and no other cluster.
 */
export async function assertCluster({ reader }: Pick<PlanDeps, 'reader'>, { snapshot, options, selection }: Asked, signal: AbortSignal): Promise<CheckedCluster> {
  const recorded = readCluster(snapshot);
  const identity = await identify(reader, selection?.literalNamespaces() ?? [], signal);
  if (recorded === null || sameCluster(recorded.identity, identity)) return { recorded, identity, same: true, doubt: null };
  if (options.toOtherCluster) return { recorded, identity, same: false, doubt: null };
  if (kindOf(recorded.identity) === kindOf(identity)) {
    throw new RestoreError('OTHER_CLUSTER', `The commit is of another cluster (${recorded.identity.text}) than the one at ${reader.name} (${identity.text})`, {
      hint: 'Check --context; --to-other-cluster restores there all the same',
    });
  }
  return { recorded, identity, same: false, doubt: `could not make sure that ${reader.name} is the cluster of the commit: the mirror knew it as ${recorded.identity.text}, this user sees ${identity.text}` };
}

/** As the reader knows the cluster, else by the named namespaces, else by its address. */
async function identify(reader: ClusterReader, namespaces: readonly string[], signal: AbortSignal): Promise<ClusterIdentity> {
  try {
    return await reader.identity(signal);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const known: string[] = [];
    for (const name of [...new Set(namespaces)].sort()) {
      const uid = await uidOf(reader, name, signal);
      if (uid !== null) known.push(`${name}=${uid}`);
    }
    return { text: known.length === 0 ? `server ${reader.name}` : `namespaces ${known.join(',')}` };
  }
}

async function uidOf(reader: ClusterReader, name: string, signal: AbortSignal): Promise<string | null> {
  try {
    const { uid } = metadataOf((await readLive(reader, NAMESPACES, { namespace: '', name }, signal)) ?? {});
    return typeof uid === 'string' ? uid : null;
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return null;
  }
}

/** `kube-system`, `namespaces` or `server`: by what a cluster is known. */
function kindOf({ text }: ClusterIdentity): string {
  return text.split(' ', 1)[0] ?? '';
}
