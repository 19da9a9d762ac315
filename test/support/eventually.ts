export interface EventuallyOptions {
  /** Default: 15 seconds. */
  readonly timeoutMs?: number;
  /** What is waited for, in words. */
  readonly describe?: string;
  /** Time between two checks; default: 25 ms, growing to 250. */
  readonly everyMs?: number;
}

/**
 * Polls until `check` gives something else than false, null or undefined, and returns that. A check that throws (an
 * assertion) counts as not yet. When the time is over, throws with the last failure.
 */
export async function eventually<T>(check: () => T | Promise<T>, options: EventuallyOptions = {}): Promise<NonNullable<T>> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const started = Date.now();
  for (let pause = options.everyMs ?? 25; ; pause = options.everyMs ?? Math.min(250, pause * 1.3)) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== false && value !== null && value !== undefined) return value;
      failure = `the condition is ${String(value)}`;
    } catch (error) {
      failure = error;
    }
    if (Date.now() - started >= timeoutMs) throw late(timeoutMs, options.describe, failure);
    await new Promise((done) => setTimeout(done, pause));
  }
}

function late(timeoutMs: number, describe: string | undefined, failure: unknown): Error {
  const last = failure instanceof Error ? failure.message : String(failure);
  return new Error(`Not within ${timeoutMs} ms${describe === undefined ? '' : `: ${describe}`}; the last time: ${last}`, { cause: failure });
}
