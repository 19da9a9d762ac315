import type { ClusterIdentity } from './cluster-reader.js';

const NAMESPACES = 'namespaces ';

/**
 * Whether two identities can be the same cluster. UIDs of kube-system must be equal. Where only some namespaces could
 * be read, at least one must be in both with the same UID (namespaces come and go).
 */
export function sameCluster(a: ClusterIdentity, b: ClusterIdentity): boolean {
  if (!a.text.startsWith(NAMESPACES) || !b.text.startsWith(NAMESPACES)) return a.text === b.text;
  const known = new Map(pairs(a));
  return pairs(b).some(([name, uid]) => known.get(name) === uid);
}

function pairs(identity: ClusterIdentity): [string, string][] {
  return identity.text.slice(NAMESPACES.length).split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}
