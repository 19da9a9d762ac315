import { ClusterError } from '../model/cluster-error.js';
import type { ListChunk, ListRequest, WatchEvent, WatchRequest } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { JsonObject } from '../lib/json.js';
import type { Faults } from './faults.js';
import type { Change } from './history.js';
import { jsonText } from './json-values.js';
import { inVersion, without, type ServedType, type TypeTable } from './served-types.js';
import type { Store } from './store.js';

/** Items in one chunk of a list. */
const CHUNK = 500;

/** What the reading side needs of the cluster. */
export interface Readable {
  readonly types: TypeTable;
  readonly store: Store;
  readonly faults: Faults;
  readonly calls: WatchCalls;
}

/** What was told to all open watches; each compares with what it has done. */
export interface WatchCalls {
  bookmarks: number;
  closings: number;
  readonly bookmarkEveryMs: number;
}

/** The list of a type: a consistent picture of the moment when it was asked for. */
export async function* listChunks(from: Readable, asked: ResourceType, request: ListRequest, signal: AbortSignal): AsyncGenerator<ListChunk> {
  signal.throwIfAborted();
  const type = servedType(from, asked, 'list', request.namespace);
  const fault = from.faults.takeListFault(type);
  if (fault?.kind === 'fail') throw fault.error;
  const revision = from.store.revision;
  if (request.floor !== undefined && revisionOf(request.floor) > revision) {
    throw new ClusterError('TIMEOUT', `Listing ${typeName(type)}: too large resource version: ${request.floor}, current: ${revision}`, { status: 504 });
  }
  const all = from.store.all(typeName(type), request.namespace);
  const objects = fault === undefined ? all.slice(0, request.peek) : all.slice(0, Math.ceil(all.length / 2));
  for (let start = 0; start < objects.length; start += CHUNK) {
    const part = objects.slice(start, start + CHUNK);
    yield { kind: 'items', items: Buffer.from(part.map((object) => itemText(object, type)).join(',')), count: part.length };
    signal.throwIfAborted();
  }
  if (fault !== undefined) throw fault.error;
  yield { kind: 'end', resourceVersion: String(revision) };
}

/** One object as raw JSON. */
export function getObject(from: Readable, asked: ResourceType, namespace: string, name: string): Uint8Array | null {
  const type = servedType(from, asked, 'get', namespace === '' ? undefined : namespace);
  const object = from.store.get(typeName(type), namespace, name);
  return object === null ? null : Buffer.from(jsonText(inVersion(object, type)));
}

/** The events of a type after a resourceVersion; one above the store's own is silent until the store has passed it. */
export async function* watchEvents(from: Readable, asked: ResourceType, request: WatchRequest, signal: AbortSignal): AsyncGenerator<readonly WatchEvent[]> {
  signal.throwIfAborted();
  const type = servedType(from, asked, 'watch', request.namespace);
  let cursor = revisionOf(request.from);
  let { bookmarks } = from.calls;
  const { closings } = from.calls;
  let bookmarkAt = Date.now() + from.calls.bookmarkEveryMs;
  for (;;) {
    if (cursor < from.store.history.floor) {
      throw new ClusterError('GONE', `Watching ${typeName(type)}: too old resource version: ${cursor}`, { status: 410 });
    }
    const changes = from.store.history.after(cursor);
    cursor = changes.at(-1)?.revision ?? cursor;
    const events = changes.filter((change) => concerns(change, type, request)).map((change) => eventOf(change, type));
    if (from.calls.bookmarks > bookmarks || Date.now() >= bookmarkAt) {
      events.push({ kind: 'bookmark', resourceVersion: String(cursor) });
      bookmarks = from.calls.bookmarks;
      bookmarkAt = Date.now() + from.calls.bookmarkEveryMs;
    }
    if (events.length > 0) {
      yield events;
      signal.throwIfAborted();
      continue; // while the consumer worked, more may have come
    }
    if (changes.length > 0) continue;
    if (from.calls.closings > closings || from.types.byName(typeName(type)) === undefined) return;
    await from.store.history.wait(Math.max(0, bookmarkAt - Date.now()), signal);
  }
}

function servedType(from: Readable, asked: ResourceType, verb: 'get' | 'list' | 'watch', namespace: string | undefined): ServedType {
  const type = from.types.find(asked);
  if (type === undefined || (namespace !== undefined && !type.namespaced)) {
    throw new ClusterError('NOT_FOUND', `${typeName(asked)}: the server could not find the requested resource`, { status: 404 });
  }
  from.faults.check(type, verb);
  return type;
}

function concerns(change: Change, type: ServedType, request: WatchRequest): boolean {
  return change.type === typeName(type) && (request.namespace === undefined || request.namespace === change.namespace);
}

function eventOf(change: Change, type: ServedType): WatchEvent {
  return { kind: 'object', change: change.kind, object: Buffer.from(jsonText(inVersion(change.object, type))) };
}

/** Items of a built-in type carry neither apiVersion nor kind in a list, as the real server has it; custom ones do. */
function itemText(object: JsonObject, type: ServedType): string {
  return jsonText(type.custom ? inVersion(object, type) : without(object, 'apiVersion', 'kind'));
}

function revisionOf(resourceVersion: string): number {
  if (!/^\d+$/.test(resourceVersion)) {
    throw new ClusterError('SERVER', `Invalid resource version: ${JSON.stringify(resourceVersion)}`, { status: 400 });
  }
  return Number(resourceVersion);
}
