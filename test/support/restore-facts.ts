import type { ScopeFacts } from '../../src/restore/scope-facts.js';

/** What is known of an empty world: nothing else exists, the cluster is the commit's own. */
export function scopeFacts(given: Partial<ScopeFacts> = {}): ScopeFacts {
  return {
    sameCluster: true, everything: false, namedNamespaces: new Set(),
    isScaled: () => false, liveUid: () => null, ownerPath: () => null, definitionPath: () => null, namespacePath: () => null,
    isPlatformService: () => false, isPlatformWorkload: () => false, claim: () => null,
    ...given,
  };
}
