import { setImmediate as nextTurn } from 'node:timers/promises';

const SLICE_MS = 20;

/** Cuts long synchronous work into slices, so that everything else in the process goes on: `if (pace.due) await pace.rest()`. */
export class Pace {
  readonly #signal: AbortSignal;
  #end = performance.now() + SLICE_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get due(): boolean {
    return performance.now() > this.#end;
  }

  /** Rejects with the signal's reason. */
  async rest(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#end = performance.now() + SLICE_MS;
  }
}
