import { onAbort } from './abort.js';

interface Waiter {
  readonly signal: AbortSignal;
  readonly wake: () => void;
  readonly fail: (reason: unknown) => void;
  /** Woken or aborted. */
  over: boolean;
}

/** Places at the front that are empty before they are cut off. */
const CUT_AT = 1024;

/**
 * Who waits for a turn, first come first served. Tens of thousands may wait with one signal: it gets one listener for all of them,
 * because adding and removing a listener takes time in proportion to those that a signal has.
 */
export class WaitingLine {
  #line: Waiter[] = [];
  #front = 0;
  readonly #signals = new Map<AbortSignal, { count: number; readonly listener: Disposable }>();

  /** Resolves when it is this one's turn; rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const known = this.#signals.get(signal);
    if (known === undefined) this.#signals.set(signal, { count: 1, listener: onAbort(signal, () => { this.#abort(signal); }) });
    else known.count++;
    return new Promise((wake, fail) => { this.#line.push({ signal, wake, fail, over: false }); });
  }

  /** The first one's turn; false: nobody waits. */
  next(): boolean {
    for (;;) {
      const first = this.#line[this.#front];
      if (first === undefined) return false;
      this.#advance();
      if (first.over) continue;
      first.over = true;
      this.#left(first.signal);
      first.wake();
      return true;
    }
  }

  #advance(): void {
    this.#front++;
    if (this.#front < CUT_AT || this.#front * 2 < this.#line.length) return;
    this.#line = this.#line.slice(this.#front);
    this.#front = 0;
  }

  #left(signal: AbortSignal): void {
    const group = this.#signals.get(signal);
    if (group === undefined || --group.count > 0) return;
    this.#signals.delete(signal);
    group.listener[Symbol.dispose]();
  }

  #abort(signal: AbortSignal): void {
    this.#signals.delete(signal);
    for (const waiter of this.#line) {
      if (waiter.over || waiter.signal !== signal) continue;
      waiter.over = true;
      waiter.fail(signal.reason);
    }
  }
}
