import { ClusterError } from '../model/cluster-error.js';
import type { ClusterIdentity } from '../model/cluster-reader.js';
import { parseJson } from './body.js';
import { requestError } from './errors.js';

const WHAT = 'tell which cluster this is';

/**
 * Which cluster this is: the UID of kube-system, or, where that is not there or may not be read, the UIDs of the given
 * namespaces, all of which must be readable. Throws FORBIDDEN with the cure when neither is.
 */
export async function identify(
  getNamespace: (name: string) => Promise<Uint8Array | null>,
  namespaces: readonly string[],
): Promise<ClusterIdentity> {
  const system = await uidOf(getNamespace, 'kube-system');
  if (system !== undefined) return { text: `kube-system ${system}` };
  const parts: string[] = [];
  for (const name of [...new Set(namespaces)].sort()) {
    const uid = await uidOf(getNamespace, name);
    if (uid === undefined) throw unknownCluster(`namespaces kube-system and ${name} may not be read`);
    parts.push(`${name}=${uid}`);
  }
  if (parts.length === 0) throw unknownCluster('namespace kube-system may not be read, and no other is named');
  return { text: `namespaces ${parts.join(',')}` };
}

async function uidOf(getNamespace: (name: string) => Promise<Uint8Array | null>, name: string): Promise<string | undefined> {
  try {
    const bytes = await getNamespace(name);
    if (bytes === null) return undefined;
    const { metadata } = parseJson(bytes, WHAT) as { metadata?: { uid?: unknown } };
    if (typeof metadata?.uid !== 'string' || metadata.uid === '') throw requestError('MALFORMED', WHAT, `namespace ${name} has no uid`);
    return metadata.uid;
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'FORBIDDEN') return undefined;
    throw error;
  }
}

function unknownCluster(why: string): ClusterError {
  return requestError('FORBIDDEN', WHAT, why, {
    hint: 'Give this user get on namespace kube-system, or name the namespaces that it may read (include, or the context\'s namespace)',
  });
}
