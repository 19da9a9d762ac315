import type { ClusterReader, WatchEvent, WatchRequest } from '../../src/model/cluster-reader.js';
import type { ResourceType } from '../../src/model/resource-type.js';

/** Longer than any answer takes on a loaded machine. */
export const PATIENCE_MS = 30_000;
/** A real server sends a quiet watch a bookmark about each minute. */
const BOOKMARK_PATIENCE_MS = 150_000;

/** What the suite looks at in an object that it read. */
export interface ReadObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion: string; readonly managedFields?: unknown };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: unknown;
}

/** Reads a watch at the test's pace. */
export class WatchLog {
  readonly objects: ReadObject[] = [];
  readonly #events: string[] = [];
  readonly #bookmarks: string[] = [];
  readonly #controller = new AbortController();
  readonly #iterator: AsyncIterator<readonly WatchEvent[]>;

  constructor(reader: ClusterReader, type: ResourceType, request: WatchRequest) {
    this.#iterator = reader.watch(type, request, this.#controller.signal)[Symbol.asyncIterator]();
  }

  async next(count: number): Promise<string[]> {
    return this.#readUntil(() => this.#events.length >= count);
  }

  async until(event: string): Promise<string[]> {
    return this.#readUntil(() => this.#events.includes(event));
  }

  async bookmark(): Promise<string> {
    await this.#readUntil(() => this.#bookmarks.length > 0, BOOKMARK_PATIENCE_MS);
    return this.#bookmarks.at(-1) ?? '';
  }

  async end(): Promise<void> {
    this.#controller.abort(new Error('the test is done with this watch'));
    await this.#iterator.return?.();
  }

  async #readUntil(enough: () => boolean, patienceMs = PATIENCE_MS): Promise<string[]> {
    const timer = setTimeout(() => this.#controller.abort(new Error(`The watch told only ${JSON.stringify(this.#events)}`)), patienceMs);
    try {
      while (!enough()) await this.#readBatch();
    } finally {
      clearTimeout(timer);
    }
    return [...this.#events];
  }

  async #readBatch(): Promise<void> {
    const { done, value } = await this.#iterator.next();
    if (done === true) throw new Error(`The watch ended after ${JSON.stringify(this.#events)}`);
    for (const event of value) {
      if (event.kind === 'bookmark') {
        this.#bookmarks.push(event.resourceVersion);
        continue;
      }
      const object: ReadObject = JSON.parse(Buffer.from(event.object).toString('utf8'));
      if (object.metadata.name === 'kube-root-ca.crt') continue; // a controller's, in a namespace of its own time
      this.objects.push(object);
      this.#events.push(`${event.change} ${object.metadata.name}`);
    }
  }
}
