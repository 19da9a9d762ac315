import { onAbort } from './abort.js';

/** At most `size` holders at a time, first come first served. */
export class Limit {
  #free: number;
  readonly #queue: (() => void)[] = [];

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits for a place; dispose what comes back to give it up. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#wait(signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        const next = this.#queue.shift();
        if (next === undefined) this.#free++;
        else next();
      },
    };
  }

  async #wait(signal: AbortSignal): Promise<void> {
    const { promise, wake, fail } = deferred();
    this.#queue.push(wake);
    using _listener = onAbort(signal, () => {
      const at = this.#queue.indexOf(wake);
      if (at >= 0) this.#queue.splice(at, 1);
      fail(signal.reason);
    });
    await promise;
  }
}

function deferred(): { readonly promise: Promise<void>; readonly wake: () => void; readonly fail: (reason: unknown) => void } {
  let wake!: () => void;
  let fail!: (reason: unknown) => void;
  const promise = new Promise<void>((resolve, reject) => {
    wake = resolve;
    fail = reject;
  });
  return { promise, wake, fail };
}
