import { createBackoff } from '../lib/backoff.js';
import type { Clock } from '../lib/clock.js';
import { isObject, type JsonObject } from '../lib/json.js';
import { parseJsonItems } from '../lib/parse-json.js';
import { ClusterError, isForbidden, type ClusterErrorCode } from '../model/cluster-error.js';
import type { ClusterIdentity, ClusterReader, Discovery, ListChunk, ListRequest, WatchEvent, WatchRequest } from '../model/cluster-reader.js';
import type { ResourceType } from '../model/resource-type.js';

/** Attempts at one question while the server is busy or away; about a minute with the delays between them. */
const ATTEMPTS = 8;
/** The same question has the same end: a list must be asked for in another way, an answer that is none stays none. */
const LOST: ReadonlySet<ClusterErrorCode> = new Set(['EXPIRED', 'MALFORMED']);
const DELAYS = { firstMs: 100, maxMs: 15_000, healthyMs: Number.POSITIVE_INFINITY };

export interface PatienceDeps {
  readonly reader: ClusterReader;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * A reader that asks again what failed for a passing reason: one reset connection among thousands must not end a plan or a run.
 * Lists and watches that are followed pass as they are, because who reads them knows what to do with the part that came.
 */
export class PatientReader implements ClusterReader {
  readonly #deps: PatienceDeps;

  /** The reader itself when it is patient already: patience does not multiply. */
  static over(deps: PatienceDeps): PatientReader {
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

  /** Every object of a type that holds few; null where it may not be read. */
  async objects(type: ResourceType, namespace: string | undefined, signal: AbortSignal): Promise<JsonObject[] | null> {
    try {
      return await this.#again(async (reader) => {
        const objects: JsonObject[] = [];
        for await (const chunk of reader.list(type, { namespace }, signal)) if (chunk.kind === 'items') objects.push(...parseJsonItems(chunk.items).filter(isObject));
        return objects;
      }, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isForbidden(error)) throw error;
      return null;
    }
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

  #again<T>(ask: (reader: ClusterReader) => Promise<T>, signal: AbortSignal): Promise<T> {
    return patiently(this.#deps, () => ask(this.#deps.reader), signal);
  }
}

/** Asks again, after a while, what a busy or restarting server did not answer; other errors, and the last one, pass. */
export async function patiently<T>({ clock, random }: Pick<PatienceDeps, 'clock' | 'random'>, ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const backoff = createBackoff(random, DELAYS);
  for (let n = 1; ; n++) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ClusterError) || !error.retry || LOST.has(error.code) || n >= ATTEMPTS) throw error;
      await clock.sleep(Math.max(error.retryAfterMs ?? 0, backoff.next(clock.now())), signal);
    }
  }
}
