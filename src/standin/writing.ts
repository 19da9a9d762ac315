import { randomUUID } from 'node:crypto';
import { copyJson, isObject, type JsonObject } from '../lib/json.js';
import { ClusterError } from '../model/cluster-error.js';
import { typeName } from '../model/resource-type.js';
import { Allocator } from './allocation.js';
import type { ControllerApi, WriteOptions } from './api.js';
import { applyDefaults } from './defaults.js';
import { ensureObject, equalJson, listAt, mergePatch, numberAt, objectAt, textAt } from './json-values.js';
import { managedFieldsAfter, type Writer } from './managed-fields.js';
import { typeOfDefinition, without, type ServedType, type TypeTable } from './served-types.js';
import type { Store } from './store.js';

/** Milliseconds since 1970. */
export type Clock = () => number;

/** What runs after each write: `before` is null for a new object, `after` for one that is gone. */
export type React = (api: ControllerApi, type: string, before: JsonObject | null, after: JsonObject | null) => void;

const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';

/** The writing side of the stand-in: validation, defaults, ownership, allocation, deletion, then the controllers. */
export class Writing implements ControllerApi {
  readonly allocator = new Allocator();
  readonly #types: TypeTable;
  readonly #store: Store;
  readonly #react: React;
  readonly #clock: Clock;

  constructor(types: TypeTable, store: Store, react: React, clock: Clock) {
    this.#types = types;
    this.#store = store;
    this.#react = react;
    this.#clock = clock;
  }

  /** Now, as objects carry it. */
  time(): string {
    return `${new Date(this.#clock()).toISOString().slice(0, 19)}Z`;
  }

  create(object: JsonObject, options: WriteOptions = {}): JsonObject {
    const draft = copyJson(object);
    const type = this.#typeOf(draft);
    const metadata = ensureObject(draft, 'metadata');
    if (type.namespaced && textAt(metadata, 'namespace') === '') metadata['namespace'] = 'default';
    if (textAt(metadata, 'name') === '') metadata['name'] = `${textAt(metadata, 'generateName')}${randomUUID().slice(0, 5)}`;
    this.#checkPlace(type, textAt(metadata, 'namespace'), textAt(metadata, 'name'));
    for (const key of ['resourceVersion', 'managedFields', 'deletionTimestamp', 'generation']) delete metadata[key];
    if (type.status) delete draft['status'];
    metadata['uid'] = randomUUID();
    metadata['creationTimestamp'] = this.time();
    if (type.generation) metadata['generation'] = 1;
    applyDefaults(draft);
    return this.#write(type, null, draft, options);
  }

  update(object: JsonObject, options: WriteOptions = {}): JsonObject {
    const draft = copyJson(object);
    const type = this.#typeOf(draft);
    const before = this.#existing(typeName(type), textAt(draft, 'metadata', 'namespace'), textAt(draft, 'metadata', 'name'));
    const asked = textAt(draft, 'metadata', 'resourceVersion');
    if (asked !== '' && asked !== textAt(before, 'metadata', 'resourceVersion')) {
      throw conflict(`Operation cannot be fulfilled on ${describe(type, before)}: the object has been modified`);
    }
    const desired = options.subresource === undefined ? draft : onlySubresource(before, draft, options.subresource);
    const metadata = ensureObject(desired, 'metadata');
    for (const key of ['uid', 'creationTimestamp', 'generation', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'resourceVersion']) {
      delete metadata[key];
      const value = objectAt(before, 'metadata')[key];
      if (value !== undefined) metadata[key] = copyJson(value);
    }
    if (options.managedFields !== undefined) metadata['managedFields'] = copyJson([...options.managedFields]);
    if (options.subresource === undefined) applyDefaults(desired);
    if (type.status && options.subresource !== 'status') {
      delete desired['status'];
      if (before['status'] !== undefined) desired['status'] = copyJson(before['status']);
    }
    return this.#write(type, before, desired, options);
  }

  patchMerge(type: string, namespace: string, name: string, patch: JsonObject, options: WriteOptions = {}): JsonObject {
    return this.update(mergePatch(this.#existing(type, namespace, name), patch) as JsonObject, options);
  }

  remove(type: string, namespace: string, name: string): void {
    const before = this.#existing(type, namespace, name);
    if (listAt(before, 'metadata', 'finalizers').length > 0) this.#markTerminating(type, before);
    else if (type === 'namespaces') this.#removeNamespace(name, before);
    else this.#reallyRemove(type, before);
  }

  read(type: string, namespace: string, name: string): JsonObject | null {
    const object = this.#store.get(type, namespace, name);
    return object === null ? null : copyJson(object);
  }

  readAll(type: string, namespace?: string): JsonObject[] {
    return this.#store.all(type, namespace).map((object) => copyJson(object));
  }

  #write(type: ServedType, before: JsonObject | null, draft: JsonObject, options: WriteOptions): JsonObject {
    const metadata = ensureObject(draft, 'metadata');
    const name = typeName(type);
    const probe = copyJson(draft);
    this.allocator.allocate(probe, before);
    if (before !== null && equalJson(probe, before)) return copyJson(before);
    if (before !== null && type.generation && !equalJson(desiredOf(before), desiredOf(probe))) {
      metadata['generation'] = numberAt(1, before, 'metadata', 'generation') + 1;
    }
    const writer: Writer = { manager: options.manager ?? 'kubectl-client-side-apply', operation: options.operation ?? 'Update', subresource: options.subresource };
    if (options.managedFields === undefined) metadata['managedFields'] = managedFieldsAfter(before, draft, type, writer, this.time());
    this.allocator.allocate(draft, before);
    if (this.#isLastFinalizerGone(before, draft)) {
      if (name === 'namespaces') this.#removeNamespace(textAt(draft, 'metadata', 'name'), draft);
      else this.#reallyRemove(name, draft);
      return copyJson(draft);
    }
    const stored = this.#store.put(name, draft);
    if (name === CRDS) this.#serve(stored);
    this.#react(this, name, before, stored);
    return this.read(name, textAt(stored, 'metadata', 'namespace'), textAt(stored, 'metadata', 'name')) ?? copyJson(stored);
  }

  #typeOf(object: JsonObject): ServedType {
    const [apiVersion, kind] = [textAt(object, 'apiVersion'), textAt(object, 'kind')];
    const type = this.#types.byKind(apiVersion, kind);
    if (type === undefined) throw new ClusterError('NOT_FOUND', `No matches for kind ${kind} in version ${apiVersion}`, { status: 404 });
    return type;
  }

  #checkPlace(type: ServedType, namespace: string, name: string): void {
    if (name === '') throw new ClusterError('SERVER', `A ${type.kind} without a name`, { status: 422 });
    if (this.#store.get(typeName(type), namespace, name) !== null) throw conflict(`${typeName(type)} ${JSON.stringify(name)} already exists`);
    if (!type.namespaced) {
      if (namespace !== '') throw new ClusterError('SERVER', `A ${type.kind} has no namespace`, { status: 422 });
      return;
    }
    const home = this.#store.get('namespaces', '', namespace);
    if (home === null) throw new ClusterError('NOT_FOUND', `namespaces ${JSON.stringify(namespace)} not found`, { status: 404 });
    if (textAt(home, 'metadata', 'deletionTimestamp') !== '') {
      throw new ClusterError('FORBIDDEN', `namespaces ${JSON.stringify(namespace)} is being terminated`, { status: 403 });
    }
  }

  #existing(type: string, namespace: string, name: string): JsonObject {
    const object = this.#store.get(type, namespace, name);
    if (object === null) throw new ClusterError('NOT_FOUND', `${type} ${JSON.stringify(name)} not found`, { status: 404 });
    return object;
  }

  #markTerminating(type: string, before: JsonObject): void {
    if (textAt(before, 'metadata', 'deletionTimestamp') !== '') return;
    const marked = copyJson(before);
    Object.assign(ensureObject(marked, 'metadata'), { deletionTimestamp: this.time(), deletionGracePeriodSeconds: 0 });
    this.#react(this, type, before, this.#store.put(type, marked));
  }

  #isLastFinalizerGone(before: JsonObject | null, draft: JsonObject): boolean {
    return before !== null && textAt(draft, 'metadata', 'deletionTimestamp') !== ''
      && listAt(before, 'metadata', 'finalizers').length > 0 && listAt(draft, 'metadata', 'finalizers').length === 0;
  }

  #reallyRemove(type: string, before: JsonObject): void {
    if (type === CRDS) this.#unserve(before);
    const [namespace, name] = [textAt(before, 'metadata', 'namespace'), textAt(before, 'metadata', 'name')];
    this.#store.delete(type, namespace, name, before);
    for (const dependent of this.#store.dependentsOf(textAt(before, 'metadata', 'uid'))) {
      if (this.#store.get(dependent.type, dependent.namespace, dependent.name) !== null) this.remove(dependent.type, dependent.namespace, dependent.name);
    }
    this.#react(this, type, before, null);
    this.#finishNamespace(namespace);
  }

  #removeNamespace(name: string, before: JsonObject): void {
    this.#markTerminating('namespaces', before);
    this.patchMerge('namespaces', '', name, { status: { phase: 'Terminating' } }, { subresource: 'status', manager: 'kube-controller-manager' });
    for (const object of this.#store.inNamespace(name)) {
      if (this.#store.get(object.type, name, object.name) !== null) this.remove(object.type, name, object.name);
    }
    this.#finishNamespace(name);
  }

  /** A terminating namespace goes when the last object has gone. */
  #finishNamespace(name: string): void {
    const namespace = name === '' ? null : this.#store.get('namespaces', '', name);
    if (namespace === null || textAt(namespace, 'metadata', 'deletionTimestamp') === '') return;
    if (this.#store.inNamespace(name).length === 0) this.#reallyRemove('namespaces', namespace);
  }

  #serve(definition: JsonObject): void {
    const type = typeOfDefinition(definition);
    if (type !== null) this.#types.add(type);
    else this.#types.remove(textAt(definition, 'metadata', 'name'));
  }

  /** Objects first, then the type, as the real server's finalizer does it. */
  #unserve(definition: JsonObject): void {
    const name = textAt(definition, 'metadata', 'name');
    for (const object of this.#store.all(name)) {
      this.#store.delete(name, textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name'));
    }
    this.#types.remove(name);
  }
}

/** What generation counts: everything but metadata and status. */
function desiredOf(object: JsonObject): JsonObject {
  return without(object, 'metadata', 'status');
}

/** The old object with only what the subresource may change taken from the new one. */
function onlySubresource(before: JsonObject, draft: JsonObject, subresource: 'status' | 'scale'): JsonObject {
  const result = copyJson(before);
  if (subresource === 'scale') {
    const replicas = objectAt(draft, 'spec')['replicas'];
    if (replicas !== undefined) ensureObject(result, 'spec')['replicas'] = replicas;
    return result;
  }
  if (draft['status'] !== undefined) result['status'] = draft['status'];
  const annotations = objectAt(draft, 'metadata')['annotations'];
  if (annotations !== undefined && isObject(annotations)) ensureObject(result, 'metadata')['annotations'] = annotations;
  return result;
}

function describe(type: ServedType, object: JsonObject): string {
  return `${typeName(type)} ${JSON.stringify(textAt(object, 'metadata', 'name'))}`;
}

function conflict(message: string): ClusterError {
  return new ClusterError('SERVER', message, { status: 409 });
}
