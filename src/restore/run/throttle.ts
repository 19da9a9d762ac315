import type { Clock } from '../../lib/clock.js';
import { WaitingLine } from '../../lib/waiting-line.js';

const SECOND_MS = 1000;

/**
 * How many writes are in flight: halved when the server is busy (at most once a second, because all that are in flight hear it
 * at once), one more a second while it is not (additive increase, multiplicative decrease).
 */
export class Throttle {
  readonly #most: number;
  readonly #clock: Clock;
  readonly #onChange: (inFlight: number) => void;
  readonly #line = new WaitingLine();
  #allowed: number;
  #running = 0;
  #changedAt = 0;

  constructor(most: number, clock: Clock, onChange: (inFlight: number) => void = () => undefined) {
    this.#most = Math.max(1, most);
    this.#allowed = this.#most;
    this.#clock = clock;
    this.#onChange = onChange;
  }

  get allowed(): number {
    return this.#allowed;
  }

  /** What the server's last answer says about its load. */
  heard(busy: boolean): void {
    const now = this.#clock.now();
    if (now - this.#changedAt < SECOND_MS) return;
    const next = busy ? Math.max(1, Math.floor(this.#allowed / 2)) : Math.min(this.#most, this.#allowed + 1);
    if (next === this.#allowed) return;
    this.#changedAt = now;
    this.#allowed = next;
    if (busy) this.#onChange(next);
    this.#wake();
  }

  /** Waits for a place; dispose what comes back to give it up. Rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<Disposable> {
    signal.throwIfAborted();
    if (this.#running >= this.#allowed) await this.#wait(signal);
    this.#running++;
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#running--;
        this.#wake();
      },
    };
  }

  #wake(): void {
    if (this.#running < this.#allowed) this.#line.next();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    do await this.#line.wait(signal);
    while (this.#running >= this.#allowed);
  }
}
