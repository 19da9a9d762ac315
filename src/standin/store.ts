import { copyJson, type JsonObject } from '../lib/json.js';
import { listAt, textAt } from './json-values.js';
import { History, type Change } from './history.js';

interface Stored {
  readonly type: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: JsonObject;
}

/** A copy of everything, to go back to as after the restore of an older etcd. */
export interface Snapshot {
  readonly revision: number;
  readonly objects: readonly Stored[];
}

/**
 * The objects and one counter of revisions for all of them, as etcd has it. Objects that went in are never changed
 * afterwards: whoever reads gets the stored one and must copy before writing.
 */
export class Store {
  readonly history: History;
  #revision = 1;
  readonly #types = new Map<string, Map<string, Stored>>();
  readonly #dependents = new Map<string, Set<Stored>>();

  constructor(historyLimit: number) {
    this.history = new History(historyLimit);
  }

  get revision(): number {
    return this.#revision;
  }

  get(type: string, namespace: string, name: string): JsonObject | null {
    return this.#types.get(type)?.get(keyOf(namespace, name))?.object ?? null;
  }

  /** In the server's order: by namespace, then by name. */
  all(type: string, namespace?: string): JsonObject[] {
    const stored = [...(this.#types.get(type)?.values() ?? [])];
    return stored
      .filter((entry) => namespace === undefined || entry.namespace === namespace)
      .sort((a, b) => compare(a.namespace, b.namespace) || compare(a.name, b.name))
      .map((entry) => entry.object);
  }

  /** Everything in a namespace, with the type of each. */
  inNamespace(namespace: string): { readonly type: string; readonly name: string }[] {
    return [...this.#types.values()].flatMap((objects) => [...objects.values()].filter((entry) => entry.namespace === namespace));
  }

  /** Objects that name this uid in their owner references. */
  dependentsOf(uid: string): { readonly type: string; readonly namespace: string; readonly name: string }[] {
    return [...(this.#dependents.get(uid) ?? [])];
  }

  /** Stores the object under a new revision and returns it as stored. */
  put(type: string, object: JsonObject): JsonObject {
    const namespace = textAt(object, 'metadata', 'namespace');
    const name = textAt(object, 'metadata', 'name');
    const known = this.get(type, namespace, name) !== null;
    const stored = this.#stamp(object);
    this.#insert({ type, namespace, name, object: stored });
    this.#record({ revision: this.#revision, type, namespace, kind: known ? 'MODIFIED' : 'ADDED', object: stored });
    return stored;
  }

  /** Removes an object; its last state (default: the stored one) gets the revision of the deletion, as the real server's DELETED event has. */
  delete(type: string, namespace: string, name: string, lastState?: JsonObject): JsonObject | null {
    const known = this.#types.get(type)?.get(keyOf(namespace, name));
    if (known === undefined) return null;
    const last = this.#stamp(lastState ?? known.object);
    this.#forget(known);
    this.#record({ revision: this.#revision, type, namespace, kind: 'DELETED', object: last });
    return last;
  }

  snapshot(): Snapshot {
    return { revision: this.#revision, objects: [...this.#types.values()].flatMap((objects) => [...objects.values()]) };
  }

  /** Goes back in time: no event is sent, and the counter goes back too. */
  rollBack(snapshot: Snapshot): void {
    this.#types.clear();
    this.#dependents.clear();
    this.#revision = snapshot.revision;
    for (const stored of snapshot.objects) this.#insert(stored);
    this.history.compact(this.#revision);
  }

  #stamp(object: JsonObject): JsonObject {
    this.#revision += 1;
    const stamped = copyJson(object);
    stamped['metadata'] = { ...(stamped['metadata'] as JsonObject), resourceVersion: String(this.#revision) };
    return stamped;
  }

  #record(change: Change): void {
    this.history.add(change);
  }

  #insert(stored: Stored): void {
    const objects = this.#types.get(stored.type) ?? new Map<string, Stored>();
    this.#types.set(stored.type, objects);
    const known = objects.get(keyOf(stored.namespace, stored.name));
    if (known !== undefined) this.#forget(known);
    objects.set(keyOf(stored.namespace, stored.name), stored);
    for (const uid of ownersOf(stored.object)) this.#dependents.set(uid, (this.#dependents.get(uid) ?? new Set()).add(stored));
  }

  #forget(stored: Stored): void {
    this.#types.get(stored.type)?.delete(keyOf(stored.namespace, stored.name));
    for (const uid of ownersOf(stored.object)) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(stored);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
  }
}

function ownersOf(object: JsonObject): string[] {
  return listAt(object, 'metadata', 'ownerReferences').map((owner) => textAt(owner, 'uid'));
}

function keyOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
