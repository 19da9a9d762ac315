import { copyJson, type JsonObject } from '../lib/json.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ClusterWriter, Preconditions, WriteAnswer, WriteOptions } from '../model/cluster-writer.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { at, ensureObject, objectAt, textAt } from './json-values.js';
import { TypeTable, type ServedType } from './served-types.js';
import { Store } from './store.js';
import { Writing, type Clock } from './writing.js';

/** What the writer needs of the cluster. */
export interface Writable {
  readonly types: TypeTable;
  readonly store: Store;
  readonly writing: Writing;
  readonly clock: Clock;
}

type Refused = Extract<WriteAnswer, { kind: 'refused' }>;

/**
 * The stand-in, for writing: the verbs of the real server as far as putting objects back needs them. A dry run is carried out on
 * a copy of the store, without controllers. Server-side apply, and deletions that orphan dependents, are refused.
 */
export class StandInWriter implements ClusterWriter {
  readonly #cluster: Writable;

  constructor(cluster: Writable) {
    this.#cluster = cluster;
  }

  create(type: ResourceType, namespace: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    if (type.resource === 'selfsubjectaccessreviews') return answered(signal, () => ({ ...copyJson(body), status: { allowed: true } }));
    return this.#write(type, options, signal, (writing, served) => {
      const draft = copyJson(body);
      if (served.namespaced) ensureObject(draft, 'metadata')['namespace'] = namespace;
      const there = writing.read(typeName(type), namespace, textAt(draft, 'metadata', 'name'));
      if (textAt(there ?? undefined, 'metadata', 'deletionTimestamp') !== '') throw refused(409, 'AlreadyExists', `object is being deleted: ${describe(type, textAt(draft, 'metadata', 'name'))} already exists`);
      return writing.create(draft, { manager: options.fieldManager });
    }, 'AlreadyExists');
  }

  replace(type: ResourceType, namespace: string, name: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write(type, options, signal, (writing, served) => {
      const there = existing(writing, type, namespace, name);
      const uid = textAt(body, 'metadata', 'uid');
      if (uid !== '' && uid !== textAt(there, 'metadata', 'uid')) throw refused(409, 'Conflict', `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${textAt(there, 'metadata', 'uid')}`);
      const draft = copyJson(body);
      Object.assign(ensureObject(draft, 'metadata'), { name, ...(served.namespaced ? { namespace } : {}) });
      return writing.update(draft, { manager: options.fieldManager });
    });
  }

  apply(type: ResourceType, _namespace: string, name: string, _body: JsonObject, _options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    return answered(signal, () => { throw refused(415, 'UnsupportedMediaType', `applying ${describe(type, name)}: server-side apply is not in the stand-in`); });
  }

  merge(type: ResourceType, namespace: string, name: string, patch: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer> {
    return this.#write(type, options, signal, (writing) => {
      const entries = at(patch, 'metadata', 'managedFields');
      const given = Array.isArray(entries) ? { managedFields: entries } : {};
      return writing.patchMerge(typeName(type), namespace, name, patch, { manager: options.fieldManager, ...given });
    });
  }

  remove(
    type: ResourceType,
    namespace: string,
    name: string,
    { uid, resourceVersion }: Preconditions,
    options: { readonly dryRun: boolean; readonly propagation: 'Orphan' | 'Background' },
    signal: AbortSignal,
  ): Promise<WriteAnswer> {
    return this.#write(type, options, signal, (writing, _served, store) => {
      const { uid: liveUid, resourceVersion: liveVersion } = objectAt(existing(writing, type, namespace, name), 'metadata');
      if (uid !== liveUid || resourceVersion !== liveVersion) throw refused(409, 'Conflict', `Precondition failed: ${describe(type, name)} is another one, or was changed`);
      if (options.propagation === 'Orphan' && store.dependentsOf(uid).length > 0) throw refused(405, 'MethodNotAllowed', `deleting ${describe(type, name)}: orphaning dependents is not in the stand-in`);
      writing.remove(typeName(type), namespace, name);
      return writing.read(typeName(type), namespace, name);
    });
  }

  #write(type: ResourceType, { dryRun, verdictOnly = false }: Pick<WriteOptions, 'dryRun' | 'verdictOnly'>, signal: AbortSignal, write: (writing: Writing, served: ServedType, store: Store) => JsonObject | null, conflict: string = 'Conflict'): Promise<WriteAnswer> {
    return answered(signal, () => {
      const { types, store, writing } = this.#cluster;
      const served = types.find(type);
      if (served === undefined) throw refused(404, 'NotFound', 'the server could not find the requested resource');
      const [tried, on] = dryRun ? this.#copy() : [writing, store];
      const object = write(tried, served, on);
      return verdictOnly ? null : object;
    }, conflict);
  }

  /** Stored objects are never changed, so the copy shares them. */
  #copy(): [Writing, Store] {
    const { types, store, clock } = this.#cluster;
    const copy = new Store(1);
    copy.rollBack(store.snapshot());
    return [new Writing(new TypeTable(types.all()), copy, () => undefined, clock), copy];
  }
}

/** A refusal on its way to the answer. */
class Refusal extends Error {
  readonly answer: Refused;

  constructor(answer: Refused) {
    super(answer.message);
    this.answer = answer;
  }
}

async function answered(signal: AbortSignal, write: () => JsonObject | null, conflict = 'Conflict'): Promise<WriteAnswer> {
  signal.throwIfAborted();
  try {
    return { kind: 'done', object: write(), warnings: [] };
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    if (error instanceof ClusterError && error.status !== undefined) return refusal(error.status, reasonOf(error.status, conflict), error.message);
    throw error;
  }
}

function reasonOf(status: number, conflict: string): string {
  return { 403: 'Forbidden', 404: 'NotFound', 409: conflict, 422: 'Invalid' }[status] ?? 'InternalError';
}

function refusal(status: number, reason: string, message: string): Refused {
  const causes = /being terminated/.test(message) ? [{ reason: 'NamespaceTerminating', message, field: 'metadata.namespace' }] : [];
  return { kind: 'refused', status, reason, message, causes, retryAfterMs: undefined, warnings: [] };
}

function refused(status: number, reason: string, message: string): Refusal {
  return new Refusal(refusal(status, reason, message));
}

function existing(writing: Writing, type: ResourceType, namespace: string, name: string): JsonObject {
  const object = writing.read(typeName(type), namespace, name);
  if (object === null) throw refused(404, 'NotFound', `${describe(type, name)} not found`);
  return object;
}

function describe(type: ResourceType, name: string): string {
  return `${typeName(type)} ${JSON.stringify(name)}`;
}
