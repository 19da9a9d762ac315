import type { JsonObject } from '../lib/json.js';

/** One write, as a watch tells it. */
export interface Change {
  readonly revision: number;
  readonly type: string;
  readonly namespace: string;
  readonly kind: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: JsonObject;
}

/** The writes that watches can still be told, and a bell that rings at each. */
export class History {
  readonly #limit: number;
  readonly #listeners = new Set<() => void>();
  #changes: Change[] = [];
  #floor = 0;

  /** `limit`: so many writes are kept at least (at most twice as many). */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A watch from a lower revision than this one has missed something for ever. */
  get floor(): number {
    return this.#floor;
  }

  add(change: Change): void {
    this.#changes.push(change);
    if (this.#changes.length > this.#limit * 2) this.#drop(this.#changes.length - this.#limit);
    this.ring();
  }

  /** Writes after a revision, oldest first. */
  after(revision: number): readonly Change[] {
    let [low, high] = [0, this.#changes.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle] as Change).revision > revision) high = middle;
      else low = middle + 1;
    }
    return this.#changes.slice(low);
  }

  /** Forgets everything: a watch from before `revision` is answered with 410. */
  compact(revision: number): void {
    this.#changes = [];
    this.#floor = revision;
    this.ring();
  }

  /** Wakes whoever waits. */
  ring(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  /** Resolves at the next ring or after `timeoutMs`, whichever is first; rejects with the signal's reason. */
  wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#listeners.delete(heard);
        signal.removeEventListener('abort', aborted);
        act();
      };
      const heard = (): void => settle(resolve);
      const aborted = (): void => settle(() => reject(signal.reason));
      const timer = setTimeout(heard, timeoutMs);
      this.#listeners.add(heard);
      signal.addEventListener('abort', aborted);
      if (signal.aborted) aborted();
    });
  }

  #drop(count: number): void {
    this.#floor = this.#changes[count - 1]?.revision ?? this.#floor;
    this.#changes = this.#changes.slice(count);
  }
}
