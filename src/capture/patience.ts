import { createBackoff } from '../lib/backoff.js';
import type { Clock } from '../lib/clock.js';
import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { ClusterError } from '../model/cluster-error.js';
import type { Metrics } from '../model/metrics.js';

export interface PatienceDeps {
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Repeats what fails for a passing reason of the cluster, for ever; anything else is thrown. A daemon's way to start. */
export async function patiently<T>(action: () => Promise<T>, deps: PatienceDeps, signal: AbortSignal): Promise<T> {
  const backoff = createBackoff(deps.random);
  for (;;) {
    try {
      return await action();
    } catch (error) {
      if (signal.aborted || !(error instanceof ClusterError) || !error.retry) throw error;
      deps.metrics.failed(error.code);
      deps.log.warn('The cluster does not answer; trying again', { reason: messageOf(error), hint: error.hint });
      await deps.clock.sleep(backoff.next(deps.clock.now()), signal);
    }
  }
}
