import { onAbort } from './abort.js';

/** Hands values over in order, to one reader that waits for them. */
export class Mailbox<T> {
  readonly #values: T[] = [];
  #wake: (() => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  put(value: T): void {
    this.#values.push(value);
    this.#wake?.();
  }

  /** Whoever waits, or asks for more than there is, gets this error. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#wake?.();
  }

  /** The oldest value, as soon as there is one; rejects with what failed, and with the signal's reason. */
  async take(signal: AbortSignal): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#values.length > 0) return this.#values.shift() as T;
      if (this.#failure !== null) throw this.#failure.error;
      const { promise, resolve } = waiter();
      this.#wake = resolve;
      using _listener = onAbort(signal, resolve);
      await promise;
      this.#wake = null;
    }
  }
}

function waiter(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((done) => { resolve = done; });
  return { promise, resolve };
}
