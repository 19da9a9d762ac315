import { valueAt } from '../field-place.js';
import type { Claim, SnapshotPort } from '../../model/snapshot-port.js';
import type { ClaimAnswer } from '../../model/restore-plan.js';

/**
 * Nobody has snapshots: what is live stays, a claim whose volume is still there is bound to it again, every other claim will be
 * empty (decisions.md §8).
 */
export const NO_SNAPSHOTS: SnapshotPort = {
  name: 'no snapshots',
  answer: (claims) => Promise.resolve(claims.map(answer)),
};

function answer({ live, desired, volumeThere }: Claim): ClaimAnswer {
  if (live !== null) return { data: 'keep live data', reason: 'the claim is live; its data is not touched' };
  if (volumeThere) return { data: 'keep live data', reason: 'its volume is there and free, or restored by this plan' };
  const volume = valueAt(desired, ['spec', 'volumeName']);
  return { data: 'empty', reason: typeof volume === 'string' ? 'its volume is not there, or may not be looked at' : 'no volume of it is known, and there are no snapshots' };
}
