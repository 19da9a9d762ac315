import { onAbort } from './abort.js';

interface Waiter {
  readonly wake: () => void;
  readonly guard: Disposable;
  /** Woken or aborted. */
  over: boolean;
}

/** Places at the front that are empty before they are cut off. */
const CUT_AT = 1024;

/** Who waits for a turn, first come first served; tens of thousands may wait. */
export class WaitingLine {
  #line: Waiter[] = [];
  #front = 0;

  /** Resolves when it is this one's turn; rejects with the signal's reason. */
  wait(signal: AbortSignal): Promise<void> {
    return new Promise((wake, fail) => {
      const leave = (): void => {
        waiter.over = true;
        fail(signal.reason as Error);
      };
      const waiter: Waiter = { wake, over: signal.aborted, guard: onAbort(signal, leave) };
      if (!waiter.over) this.#line.push(waiter);
    });
  }

  /** The first one's turn; false: nobody waits. */
  next(): boolean {
    for (;;) {
      const first = this.#line[this.#front];
      if (first === undefined) return false;
      this.#advance();
      if (first.over) continue;
      first.over = true;
      first.guard[Symbol.dispose]();
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
}
