import { escapeLine } from '../../lib/escape.js';
import type { JsonObject } from '../../lib/json.js';
import { createBackoff } from '../../lib/backoff.js';
import { messageOf } from '../../lib/errors.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { WriteAnswer } from '../../model/cluster-writer.js';
import type { DesiredObject } from '../desired.js';
import { PatientReader } from '../patient-reader.js';
import { readLive } from '../plan/look-up.js';
import { sortOf, wordsOf, type RefusalSort } from './answers.js';
import type { WriteDeps, WriteKind, WriteOutcome } from './write-deps.js';

/** Attempts at one request while the server is busy or away; about a minute with the delays between them. */
const ATTEMPTS = 8;
const DELAYS = { firstMs: 100, maxMs: 15_000, healthyMs: Number.POSITIVE_INFINITY };
/** A server may ask for more than anybody wants to wait. */
const LONGEST_WAIT_MS = 30_000;

const PASSING: ReadonlySet<RefusalSort> = new Set(['no place', 'namespace terminating', 'deleting', 'webhook', 'busy']);

export type Verb = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What became of a request: the server's answer, or nobody knows whether it was done. */
export type Sent = WriteAnswer | { readonly kind: 'unknown'; readonly error: ClusterError };

/** Counts what one object's write took, and waits out a busy server. */
export class Attempts {
  readonly verbs: string[] = [];
  readonly warnings = new Set<string>();
  readonly notes: string[] = [];
  attempts = 0;
  status: number | null = null;
  readonly #deps: WriteDeps;
  readonly #reader: ClusterReader;
  readonly #signal: AbortSignal;

  constructor(deps: WriteDeps, signal: AbortSignal) {
    this.#deps = deps;
    this.#reader = PatientReader.over(deps);
    this.#signal = signal;
  }

  /**
   * Sends until the server gives an answer about the object. A request whose answer was lost is not sent again: the
   * caller looks first. Refused connections were never begun, so they are.
   */
  async send(verb: Verb, request: () => Promise<WriteAnswer>): Promise<Sent> {
    const { clock, random, onPressure } = this.#deps;
    const backoff = createBackoff(random, DELAYS);
    for (let n = 1; ; n++) {
      this.attempts++;
      let answer: Sent;
      try {
        answer = await request();
      } catch (error) {
        this.#signal.throwIfAborted();
        if (!(error instanceof ClusterError) || !error.retry) throw error;
        answer = { kind: 'unknown', error };
      }
      if (this.verbs.at(-1) !== verb) this.verbs.push(verb);
      if (answer.kind === 'unknown') {
        onPressure?.(true);
        if (n >= ATTEMPTS || !wasNeverSent(answer.error)) return answer;
        await clock.sleep(backoff.next(clock.now()), this.#signal);
        continue;
      }
      for (const warning of answer.warnings) this.warnings.add(escapeLine(warning, 300));
      this.status = answer.kind === 'done' ? (verb === 'POST' ? 201 : 200) : answer.status;
      const busy = answer.kind === 'refused' && sortOf(answer, verb !== 'POST') === 'busy';
      onPressure?.(busy);
      if (!busy || n >= ATTEMPTS) return answer;
      const asked = answer.kind === 'refused' ? (answer.retryAfterMs ?? 0) : 0;
      await clock.sleep(Math.min(LONGEST_WAIT_MS, Math.max(asked, backoff.next(clock.now()))), this.#signal);
    }
  }

  /** Waits as after a failure, for what is looked at again. */
  async pause(n: number): Promise<void> {
    const { clock, random } = this.#deps;
    await clock.sleep(Math.min(2000, 50 * 2 ** n) * (1 + random()), this.#signal);
  }

  /** The live object; null: absent. Tries again while the server is away. */
  look({ type, id }: Pick<DesiredObject, 'type' | 'id'>): Promise<JsonObject | null> {
    return readLive(this.#reader, type, id, this.#signal);
  }

  /** The end of a write. */
  outcome(kind: WriteKind, more: Partial<WriteOutcome> = {}): WriteOutcome {
    return {
      kind, object: null, written: null, action: null, message: null, sort: null, immutable: [], dropped: [],
      ...more,
      verbs: this.verbs, attempts: this.attempts, status: this.status, warnings: [...this.warnings], notes: this.notes,
    };
  }

  /** The end of a write that was not done: pending when it may pass by itself, or once other steps are done. `named`: see sortOf. */
  refused(answer: Exclude<Sent, { kind: 'done' }>, named: boolean, more: Partial<WriteOutcome> = {}): WriteOutcome {
    if (answer.kind === 'unknown') return this.outcome('pending', { message: messageOf(answer.error), ...more });
    const sort = sortOf(answer, named);
    return this.outcome(PASSING.has(sort) ? 'pending' : 'refused', { message: wordsOf(answer), sort, ...more });
  }
}

/** Nobody listened: the request did not reach a server. */
function wasNeverSent(error: ClusterError): boolean {
  let cause: unknown = error;
  while (cause instanceof Error) {
    if (['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'].includes((cause as NodeJS.ErrnoException).code ?? '')) return true;
    cause = cause.cause;
  }
  return false;
}
