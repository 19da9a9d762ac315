/** Why the root signal aborted: a person or the system asked the process to end. */
export class Interruption extends Error {
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`Interrupted by ${signal}`);
    // What waits on a signal rejects with its reason; everything knows this name as an abort.
    this.name = 'AbortError';
    this.signal = signal;
  }
}

/** What a process does about Ctrl-C and a request to end. */
export interface Interrupts {
  /** Aborts with an Interruption on the first SIGINT or SIGTERM; a second one ends the process. */
  readonly signal: AbortSignal;
  /** While it is not disposed, SIGINT is not ours: a pager has the terminal, and takes Ctrl-C as it likes. */
  hold(): Disposable;
}
