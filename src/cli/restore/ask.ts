import { createInterface } from 'node:readline/promises';
import { RestoreError } from '../../restore/restore-error.js';

/** Somebody who can be asked; null where nobody can. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | null>;

/**
 * Asks at the terminal, on stderr, for stdout may be a document. Null when stdin or stderr is no terminal, and when the person
 * closes the input (Ctrl-D). Rejects with the signal's reason (Ctrl-C).
 */
export function terminalAsk(stdin: NodeJS.ReadStream, stderr: NodeJS.WriteStream): Ask {
  return async (question, signal) => {
    if (!stdin.isTTY || !stderr.isTTY) return null;
    // Without `terminal` the terminal edits the line itself, and Ctrl-C is a signal as everywhere else.
    const lines = createInterface({ input: stdin, output: stderr, terminal: false });
    const closed = new Promise<null>((resolve) => lines.once('close', () => { resolve(null); }));
    try {
      return await Promise.race([lines.question(question, { signal }), closed]);
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      lines.close();
    }
  };
}

/** Nobody may write without having been asked, or having said --yes. */
export function notConfirmed(answer: string | null, expected: string): RestoreError {
  return answer === null
    ? new RestoreError('NOT_CONFIRMED', 'Nobody was there to confirm the plan: nothing was written', { hint: 'Run it at a terminal, or add --yes' })
    : new RestoreError('NOT_CONFIRMED', 'The plan was not confirmed: nothing was written', { hint: `Only ${expected} confirms it` });
}
