import type { ClusterIdentity, ClusterReader } from '../model/cluster-reader.js';
import { sameCluster } from '../model/cluster-identity.js';
import { ClusterError } from '../model/cluster-error.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Tape } from '../model/tape.js';
import { readCluster, type RecordedCluster } from './meta-files.js';

/** Which cluster this run follows, and what the repository knew of it. */
export interface Session {
  readonly identity: ClusterIdentity;
  readonly server: string;
  readonly recorded: RecordedCluster | null;
}

/** Makes sure that the repository belongs to the cluster; RepositoryError OTHER_CLUSTER otherwise. */
export async function openSession(reader: ClusterReader, tape: Tape, signal: AbortSignal): Promise<Session> {
  const identity = await reader.identity(signal);
  const recorded = readCluster(tape);
  if (recorded !== null && !sameCluster(recorded.identity, identity)) {
    throw otherCluster(tape, recorded.identity, identity, reader.name);
  }
  // What was recorded stays: a tenant's list of namespaces changes, its cluster does not.
  return { identity: recorded?.identity ?? identity, server: await reader.serverVersion(signal), recorded };
}

/**
 * Asks again which cluster answers: a kubeconfig or a DNS name can lead elsewhere under a running daemon. Called
 * before anything is deleted and after a broken connection; callers at the same moment share one request.
 */
export function clusterConfirmer(reader: ClusterReader, tape: Tape, identity: ClusterIdentity, signal: AbortSignal): () => Promise<void> {
  let asking: Promise<void> | null = null;
  const ask = async (): Promise<void> => {
    const now = await reader.identity(signal);
    if (kindOf(now) !== kindOf(identity)) {
      throw new ClusterError('FORBIDDEN', `Could not make sure that the same cluster answers: it was known by ${kindOf(identity)}, which may not be read any more`, {
        hint: 'Give back the right to get the namespace kube-system, or to list the namespaces',
      });
    }
    if (!sameCluster(identity, now)) throw otherCluster(tape, identity, now, reader.name);
  };
  return () => {
    asking ??= ask().finally(() => { asking = null; });
    return asking;
  };
}

/** `kube-system` or `namespaces`: by what the cluster is known. */
function kindOf(identity: ClusterIdentity): string {
  return identity.text.split(' ', 1)[0] ?? '';
}

function otherCluster(tape: Tape, ours: ClusterIdentity, found: ClusterIdentity, name: string): RepositoryError {
  return new RepositoryError(
    'OTHER_CLUSTER',
    `The repository ${tape.location} follows another cluster (${ours.text}) than the one at ${name} (${found.text})`,
    { hint: 'Check --context; give each cluster a repository or a branch of its own (--repo, --branch)' },
  );
}
