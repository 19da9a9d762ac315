/** Bounds of the delays between attempts, in milliseconds. */
export interface BackoffOptions {
  /** Shortest delay. */
  readonly firstMs: number;
  /** Longest delay, jitter included. */
  readonly maxMs: number;
  /** A failure this long after the previous delay ended starts from firstMs again. */
  readonly healthyMs: number;
}

/** client-go's reflector waits 0.8 s to 30 s and forgets after two good minutes (tools/cache/reflector.go). */
export const DEFAULT_BACKOFF: BackoffOptions = { firstMs: 800, maxMs: 30_000, healthyMs: 120_000 };

export interface Backoff {
  /** The delay in milliseconds before the next attempt, given the time of the failure. */
  next(nowMs: number): number;
  /** The number of failures in a row, the last one included. */
  readonly attempts: number;
}

/**
 * Exponential delays with full-width jitter: attempt n waits between b and 2b with b = firstMs · 2ⁿ, never more than
 * maxMs. Jitter is never lost at the upper end, so a thousand watches that were cut together do not come back together.
 */
export function createBackoff(random: () => number, options: BackoffOptions = DEFAULT_BACKOFF): Backoff {
  let attempts = 0;
  let waitedUntil = Number.NEGATIVE_INFINITY;
  return {
    get attempts() {
      return attempts;
    },
    next(nowMs) {
      if (nowMs - waitedUntil >= options.healthyMs) {
        attempts = 0;
      }
      const base = Math.min(options.firstMs * 2 ** attempts, Math.max(options.firstMs, options.maxMs / 2));
      const delay = Math.min(options.maxMs, Math.round(base * (1 + random())));
      attempts += 1;
      waitedUntil = nowMs + delay;
      return delay;
    },
  };
}
