import type { Clock } from '../../lib/clock.js';
import type { RestorePhase } from '../../model/restore-run.js';

/** How long each phase of a run took; one that was not reached has no entry. */
export class PhaseTimes {
  readonly milliseconds: Partial<Record<RestorePhase, number>> = {};
  readonly #clock: Clock;
  #current: RestorePhase | null = null;
  #since = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The phase before it is over; null: so is the run. */
  enter(phase: RestorePhase | null): void {
    const now = this.#clock.now();
    if (this.#current !== null) this.milliseconds[this.#current] = (this.milliseconds[this.#current] ?? 0) + now - this.#since;
    this.#current = phase;
    this.#since = now;
  }
}
