import { onAbort } from '../lib/abort.js';
import { createBackoff } from '../lib/backoff.js';
import type { Clock } from '../lib/clock.js';
import { AppError, messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { canRetryCommit, type Committer } from './committer.js';

export interface WindowDeps {
  readonly clock: Clock;
  readonly log: Logger;
  readonly random: () => number;
  /** Resolves when a commit may be made: a relist of everything belongs into one commit. */
  readonly held: () => Promise<void>;
  readonly failed: (error: unknown) => void;
}

/**
 * The commit window: opens with the first change, is not prolonged by later ones, and ends in a commit. A commit that
 * fails for a passing reason (disk full, ref locked) is tried again with everything still staged.
 */
export class Window {
  readonly #windowMs: number;
  readonly #committer: Committer;
  readonly #deps: WindowDeps;
  #wake: (() => void) | null = null;
  #open = false;

  constructor(windowMs: number, committer: Committer, deps: WindowDeps) {
    this.#windowMs = windowMs;
    this.#committer = committer;
    this.#deps = deps;
  }

  /** The stage has its first change. */
  opened(): void {
    this.#open = true;
    this.#wake?.();
  }

  /** Runs until the signal aborts; what is staged then is the caller's to commit. */
  async run(signal: AbortSignal): Promise<void> {
    const backoff = createBackoff(this.#deps.random);
    while (!signal.aborted) {
      await this.#change(signal);
      if (signal.aborted) return;
      this.#open = false;
      await this.#deps.clock.sleep(this.#windowMs, signal).catch(() => undefined);
      await this.#deps.held();
      if (signal.aborted) return;
      try {
        this.#committer.commit();
      } catch (error) {
        this.#deps.failed(error);
        if (!canRetryCommit(error)) throw error;
        const hint = error instanceof AppError ? error.hint : undefined;
        this.#deps.log.error('Could not commit; everything stays staged, trying again', { reason: messageOf(error), hint });
        await this.#deps.clock.sleep(backoff.next(this.#deps.clock.now()), signal).catch(() => undefined);
        this.#open = true;
      }
    }
  }

  async #change(signal: AbortSignal): Promise<void> {
    if (this.#open) return;
    let wake: () => void = () => undefined;
    const woken = new Promise<void>((resolve) => { wake = resolve; });
    using _guard = onAbort(signal, wake);
    this.#wake = wake;
    await woken;
    this.#wake = null;
  }
}
