import { copyJson, type JsonObject } from '../lib/json.js';
import type { ClusterIdentity, ClusterReader, Discovery, ListChunk, ListRequest, WatchEvent, WatchRequest } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { ClusterWriter } from '../model/cluster-writer.js';
import { bootstrap } from './bootstrap.js';
import { StandInWriter } from './cluster-writer.js';
import { react } from './controllers.js';
import { Faults } from './faults.js';
import { textAt } from './json-values.js';
import { getObject, listChunks, watchEvents, type Readable, type WatchCalls } from './reading.js';
import { builtInTypes, TypeTable } from './served-types.js';
import { Store, type Snapshot } from './store.js';
import type { StandInApi, WriteOptions } from './api.js';
import { Writing, type Clock } from './writing.js';

export interface StandInOptions {
  readonly clock?: Clock;
  /** Writes that a watch can be told at least; default 10,000. */
  readonly historyLimit?: number;
  /** How often a quiet watch gets a bookmark; default a minute, as the real server has it. */
  readonly bookmarkEveryMs?: number;
}

/**
 * A cluster inside this process, for the demo and for tests: a believable API server in miniature with the
 * controllers that an application needs to look alive. It implements the port of the real one and passes the same
 * contract suite. Nothing is stored anywhere, nothing listens.
 */
export class StandInCluster implements ClusterReader, StandInApi {
  readonly name = 'stand-in cluster (inside this process, not a real one)';
  readonly faults = new Faults();
  /** The port of the real one for writing, over the same store. */
  readonly writer: ClusterWriter;
  readonly #types = new TypeTable(builtInTypes());
  readonly #store: Store;
  readonly #writing: Writing;
  readonly #calls: WatchCalls;
  readonly #readable: Readable;

  constructor(options: StandInOptions = {}) {
    this.#store = new Store(options.historyLimit ?? 10_000);
    this.#calls = { bookmarks: 0, closings: 0, bookmarkEveryMs: options.bookmarkEveryMs ?? 60_000 };
    this.#readable = { types: this.#types, store: this.#store, faults: this.faults, calls: this.#calls };
    const clock = options.clock ?? Date.now;
    this.#writing = new Writing(this.#types, this.#store, react, clock);
    this.writer = new StandInWriter({ types: this.#types, store: this.#store, writing: this.#writing, clock });
    bootstrap(this.#writing);
  }

  /** The store's resourceVersion: how many writes there have been. */
  get revision(): number {
    return this.#store.revision;
  }

  async identity(signal: AbortSignal): Promise<ClusterIdentity> {
    signal.throwIfAborted();
    return { text: `kube-system ${textAt(this.#store.get('namespaces', '', 'kube-system'), 'metadata', 'uid')}` };
  }

  async serverVersion(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    return 'v1.36.3+stand-in';
  }

  async discover(pinned: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Discovery> {
    signal.throwIfAborted();
    const failedGroups = this.faults.failedGroups();
    const types = this.#types
      .all()
      .filter((type) => !failedGroups.some((failed) => failed.group === type.group))
      .map(({ group, version, resource, kind, namespaced, watchable, shortNames, versions }) => {
        const wanted = pinned.get(typeName({ group, resource }));
        const served = wanted !== undefined && versions.includes(wanted) ? wanted : version;
        return { group, version: served, resource, kind, namespaced, watchable, ...(shortNames === undefined ? {} : { shortNames }) };
      });
    return { types, failedGroups };
  }

  list(type: ResourceType, request: ListRequest, signal: AbortSignal): AsyncIterable<ListChunk> {
    return listChunks(this.#readable, type, request, signal);
  }

  async get(type: ResourceType, namespace: string, name: string, signal: AbortSignal): Promise<Uint8Array | null> {
    signal.throwIfAborted();
    return getObject(this.#readable, type, namespace, name);
  }

  watch(type: ResourceType, request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]> {
    return watchEvents(this.#readable, type, request, signal);
  }

  /** Ends every watch. */
  async close(): Promise<void> {
    this.closeWatches();
  }

  create(object: JsonObject, options?: WriteOptions): JsonObject {
    return this.#writing.create(object, options);
  }

  update(object: JsonObject, options?: WriteOptions): JsonObject {
    return this.#writing.update(object, options);
  }

  patchMerge(type: string, namespace: string, name: string, patch: JsonObject, options?: WriteOptions): JsonObject {
    return this.#writing.patchMerge(type, namespace, name, patch, options);
  }

  remove(type: string, namespace: string, name: string): void {
    this.#writing.remove(type, namespace, name);
  }

  read(type: string, namespace: string, name: string): JsonObject | null {
    return this.#writing.read(type, namespace, name);
  }

  readAll(type: string, namespace?: string): JsonObject[] {
    return this.#writing.readAll(type, namespace);
  }

  /** Forgets the history: a watch that is not up to date, and one from an older resourceVersion, is answered with 410. */
  compact(): void {
    this.#store.history.compact(this.#store.revision);
  }

  /** Sends every open watch a bookmark. */
  bookmark(): void {
    this.#calls.bookmarks += 1;
    this.#store.history.ring();
  }

  /** Ends every open watch in good order, as the server does after its timeout. */
  closeWatches(): void {
    this.#calls.closings += 1;
    this.#store.history.ring();
  }

  /** What rollBack() goes back to. */
  snapshot(): Snapshot {
    return copySnapshot(this.#store.snapshot());
  }

  /** The store goes back in time, as after the restore of an older etcd; every watch is cut. Types stay served. */
  rollBack(snapshot: Snapshot): void {
    this.#store.rollBack(copySnapshot(snapshot));
    this.closeWatches();
  }
}

function copySnapshot(snapshot: Snapshot): Snapshot {
  return { revision: snapshot.revision, objects: snapshot.objects.map((stored) => ({ ...stored, object: copyJson(stored.object) })) };
}
