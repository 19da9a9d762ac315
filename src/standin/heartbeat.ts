import type { StandInApi } from './api.js';
import { textAt } from './json-values.js';

const LEADER = 'control-plane.alpha.kubernetes.io/leader';

/**
 * One beat of what churns by itself in every cluster: each Lease is renewed, each node reports, each leader lock of
 * the old kind (an annotation) is renewed. Nothing of it is desired state. Returns the number of writes.
 */
export function heartbeat(api: StandInApi, now: Date): number {
  const renewTime = `${now.toISOString().slice(0, 23)}000Z`;
  let writes = 0;
  for (const lease of api.readAll('leases.coordination.k8s.io')) {
    const name = textAt(lease, 'metadata', 'name');
    api.patchMerge('leases.coordination.k8s.io', textAt(lease, 'metadata', 'namespace'), name, { spec: { renewTime } }, { manager: textAt(lease, 'spec', 'holderIdentity') });
    writes += 1;
  }
  for (const node of api.readAll('nodes')) {
    const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: renewTime }];
    api.patchMerge('nodes', '', textAt(node, 'metadata', 'name'), { status: { conditions } }, { manager: 'kubelet', subresource: 'status' });
    writes += 1;
  }
  for (const lock of api.readAll('configmaps')) {
    const leader = textAt(lock, 'metadata', 'annotations', LEADER);
    if (leader === '') continue;
    const holder = JSON.stringify({ holderIdentity: textAt(lock, 'metadata', 'name'), renewTime });
    api.patchMerge('configmaps', textAt(lock, 'metadata', 'namespace'), textAt(lock, 'metadata', 'name'), { metadata: { annotations: { [LEADER]: holder } } }, { manager: 'leader-election' });
    writes += 1;
  }
  return writes;
}
