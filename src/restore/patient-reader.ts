import { createBackoff } from '../lib/backoff.js';
import type { Clock } from '../lib/clock.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ClusterIdentity, ClusterReader, Discovery, ListChunk, ListRequest, WatchEvent, WatchRequest } from '../model/cluster-reader.js';
import type { ResourceType } from '../model/resource-type.js';

/** Attempts at one question while the server is busy or away; about a minute with the delays between them. */
const ATTEMPTS = 8;
const DELAYS = { firstMs: 100, maxMs: 15_000, healthyMs: Number.POSITIVE_INFINITY };

export interface PatienceDeps {
  readonly reader: ClusterReader;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * A reader that asks again what failed for a passing reason: one reset connection among thousands must not end a plan or a run.
 * Lists and watches pass as they are, because who reads them knows what to do with the part that came.
 */
export class PatientReader implements ClusterReader {
  readonly #deps: PatienceDeps;

  /** The reader itself when it is patient already: patience does not multiply. */
  static over(deps: PatienceDeps): ClusterReader {
    return deps.reader instanceof PatientReader ? deps.reader : new PatientReader(deps);
  }

  private constructor(deps: PatienceDeps) {
    this.#deps = deps;
  }

  get name(): string {
    return this.#deps.reader.name;
  }

  identity(signal: AbortSignal): Promise<ClusterIdentity> {
    return this.#again((reader) => reader.identity(signal), signal);
  }

  serverVersion(signal: AbortSignal): Promise<string> {
    return this.#again((reader) => reader.serverVersion(signal), signal);
  }

  discover(pinned: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Discovery> {
    return this.#again((reader) => reader.discover(pinned, signal), signal);
  }

  get(type: ResourceType, namespace: string, name: string, signal: AbortSignal): Promise<Uint8Array | null> {
    return this.#again((reader) => reader.get(type, namespace, name, signal), signal);
  }

  list(type: ResourceType, request: ListRequest, signal: AbortSignal): AsyncIterable<ListChunk> {
    return this.#deps.reader.list(type, request, signal);
  }

  watch(type: ResourceType, request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    return this.#deps.reader.watch(type, request, signal);
  }

  close(): Promise<void> {
    return this.#deps.reader.close();
  }

  async #again<T>(ask: (reader: ClusterReader) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { reader, clock, random } = this.#deps;
    const backoff = createBackoff(random, DELAYS);
    for (let n = 1; ; n++) {
      try {
        return await ask(reader);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ClusterError) || !error.retry || n >= ATTEMPTS) throw error;
        await clock.sleep(Math.max(error.retryAfterMs ?? 0, backoff.next(clock.now())), signal);
      }
    }
  }
}
