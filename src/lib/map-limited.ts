import { linked } from './abort.js';

/**
 * Calls `fn` for each item, at most `size` at a time; the results in the order of the items. What has not begun costs nothing, so there
 * may be tens of thousands. The first failure aborts the signal of those that are under way, begins no other, and is thrown when all have
 * ended; so is the reason of `signal`.
 */
export async function mapLimited<T, R>(items: readonly T[], size: number, signal: AbortSignal, fn: (item: T, signal: AbortSignal) => Promise<R>): Promise<R[]> {
  using stop = linked(signal);
  const results = new Array<R>(items.length);
  const entries = items.entries();
  const work = async (): Promise<void> => {
    for (const [at, item] of entries) {
      stop.signal.throwIfAborted();
      results[at] = await fn(item, stop.signal);
    }
  };
  const workers = Array.from({ length: Math.min(size, items.length) }, () => work().catch((error: unknown) => { stop.abort(error); }));
  await Promise.all(workers);
  stop.signal.throwIfAborted();
  return results;
}
