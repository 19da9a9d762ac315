import { linked } from '../../lib/abort.js';
import type { Snapshot } from '../../model/history.js';
import type { Selection } from '../selection.js';
import { Channel } from './channel.js';
import type { LiveComparison, LiveDeps, LiveFinding, LiveOptions } from './live-comparison.js';
import { LiveScan } from './live-scan.js';

/** Findings that wait for their reader before lists are made to wait: each holds both texts of its object. */
const WAITING = 256;

/**
 * Compares what the cluster has now with a commit, by complete, consistent lists of its own and, object by object, by the
 * ids of canonical texts: the watch path of a mirror has no part in it. Nothing is asked before the iteration begins, which
 * throws ClusterError, RepositoryError (OTHER_CLUSTER unless that is allowed) and the signal's reason. A type that cannot be
 * listed is no error but `uncovered`.
 */
export function compareLive(deps: LiveDeps, snapshot: Snapshot, selection: Selection, options: LiveOptions, signal: AbortSignal): LiveComparison {
  return startScan(deps, snapshot, selection, options, signal).comparison;
}

/** The same, with the scan itself for whoever looks at objects again. */
export function startScan(
  deps: LiveDeps,
  snapshot: Snapshot,
  selection: Selection,
  options: LiveOptions,
  signal: AbortSignal,
): { readonly scan: LiveScan; readonly comparison: LiveComparison } {
  const channel = new Channel<LiveFinding>(WAITING);
  const scan = new LiveScan(deps, snapshot, selection, options, channel);
  const comparison: LiveComparison = {
    tally: scan.tally,
    uncovered: scan.uncovered,
    get cluster() {
      return scan.cluster;
    },
    [Symbol.asyncIterator]: () => findings(scan, channel, signal),
  };
  return { scan, comparison };
}

async function* findings(scan: LiveScan, channel: Channel<LiveFinding>, signal: AbortSignal): AsyncGenerator<LiveFinding, void, undefined> {
  using stop = linked(signal);
  const ended = scan.run(stop.signal).then(() => channel.end(), (error: unknown) => channel.fail(error));
  try {
    yield* channel;
  } finally {
    stop.abort();
    await ended;
  }
}
