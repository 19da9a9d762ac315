import { onAbort } from './abort.js';

/** Time as everything here takes it, so that tests can hold it still. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts before. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Node fires a timer with a longer delay at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export const systemClock: Clock = {
  now() {
    return Date.now();
  },
  async sleep(ms, signal) {
    let left = ms;
    do {
      const part = Math.min(left, LONGEST_TIMER_MS);
      await passed(part, signal);
      left -= part;
    } while (left > 0);
  },
};

function passed(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const guard = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
    const timer = setTimeout(() => {
      guard[Symbol.dispose]();
      resolve();
    }, ms);
  });
}
