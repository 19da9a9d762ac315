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
