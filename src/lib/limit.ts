import { WaitingLine } from './waiting-line.js';

/** At most `size` holders at a time, first come first served. */
export class Limit {
  #free: number;
  readonly #line = new WaitingLine();

  constructor(size: number) {
    this.#free = size;
  }

  /** Waits for a place; dispose what comes back to give it up. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free--;
    else await this.#line.wait(signal);
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        if (!this.#line.next()) this.#free++;
      },
    };
  }
}
