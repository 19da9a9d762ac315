import { escapeLine } from '../../lib/escape.js';
import { isForbidden } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { Danger } from '../../model/restore-plan.js';
import { typeName } from '../../model/resource-type.js';
import { treePath } from '../../model/tree-path.js';
import { nameOf } from '../dangers.js';
import type { DesiredObject } from '../desired.js';
import { valueAt } from '../field-place.js';
import { readLive } from './look-up.js';
import type { World } from './world.js';

/** A cluster-scoped object that another one names, and where. */
interface ClassReference {
  readonly group: string;
  readonly resource: string;
  readonly name: string;
  /** `spec.storageClassName: fast` */
  readonly evidence: string;
}

const STORAGE = { group: 'storage.k8s.io', resource: 'storageclasses' } as const;
const INGRESS = { group: 'networking.k8s.io', resource: 'ingressclasses' } as const;
const PRIORITY = { group: 'scheduling.k8s.io', resource: 'priorityclasses' } as const;
const RUNTIME = { group: 'node.k8s.io', resource: 'runtimeclasses' } as const;
/** Beside the field, and older than it. */
const STORAGE_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** Where each type has the spec of its pods. */
const POD_SPECS: Readonly<Record<string, readonly string[]>> = {
  pods: ['spec'],
  podtemplates: ['template', 'spec'],
  replicationcontrollers: ['spec', 'template', 'spec'],
  'deployments.apps': ['spec', 'template', 'spec'],
  'statefulsets.apps': ['spec', 'template', 'spec'],
  'daemonsets.apps': ['spec', 'template', 'spec'],
  'replicasets.apps': ['spec', 'template', 'spec'],
  'jobs.batch': ['spec', 'template', 'spec'],
  'cronjobs.batch': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/**
 * The classes that an object names. The empty storage class means: none, so it is no reference. The annotation
 * `kubernetes.io/ingress.class` names a controller, for which no object need exist.
 */
export function classReferences({ type, body }: Pick<DesiredObject, 'type' | 'body'>): ClassReference[] {
  const name = typeName(type);
  const found: ClassReference[] = [];
  const add = (kind: Pick<ClassReference, 'group' | 'resource'>, keys: readonly string[]): void => {
    const value = valueAt(body, keys);
    if (typeof value === 'string' && value !== '') found.push({ ...kind, name: value, evidence: `${keys.join('.')}: ${value}` });
  };
  const pod = POD_SPECS[name];
  if (pod !== undefined) {
    add(PRIORITY, [...pod, 'priorityClassName']);
    add(RUNTIME, [...pod, 'runtimeClassName']);
  }
  if (name === 'persistentvolumeclaims') {
    add(STORAGE, ['spec', 'storageClassName']);
    add(STORAGE, ['metadata', 'annotations', STORAGE_ANNOTATION]);
  }
  if (name === 'ingresses.networking.k8s.io') add(INGRESS, ['spec', 'ingressClassName']);
  return found;
}

/** Whether the classes that objects name are live or in scope; each class is asked for once. */
export class MissingReferences {
  readonly #reader: ClusterReader;
  readonly #world: World;
  readonly #known = new Map<string, Promise<boolean>>();

  constructor(reader: ClusterReader, world: World) {
    this.#reader = reader;
    this.#world = world;
  }

  /**
   * One danger for each class that neither the cluster nor the scope has; a class that may not be read is not called missing.
   * A claim that gets its volume back needs no class: it may be the mere name by which both found each other.
   */
  async dangersOf(desired: DesiredObject, signal: AbortSignal): Promise<Danger[]> {
    const dangers: Danger[] = [];
    if (this.#world.claim(desired.path)?.data === 'keep live data') return dangers;
    for (const reference of classReferences(desired)) {
      if (await this.#isThere(reference, signal)) continue;
      const kind = this.#world.served(reference)?.kind ?? reference.resource;
      dangers.push({
        kind: 'missing',
        words: `${nameOf(desired)} needs ${kind} ${escapeLine(reference.name, 120)}, which neither the cluster nor the scope has`,
        evidence: escapeLine(reference.evidence, 300),
      });
    }
    return dangers;
  }

  #isThere(reference: ClassReference, signal: AbortSignal): Promise<boolean> {
    const path = treePath({ group: reference.group, resource: reference.resource, namespace: '', name: reference.name });
    const known = this.#known.get(path) ?? this.#look(reference, path, signal);
    this.#known.set(path, known);
    return known;
  }

  async #look(reference: ClassReference, path: string, signal: AbortSignal): Promise<boolean> {
    if (this.#world.hasStep(path)) return true;
    const type = this.#world.served(reference);
    if (type === null) return false;
    try {
      return (await readLive(this.#reader, type, { namespace: '', name: reference.name }, signal)) !== null;
    } catch (error) {
      if (isForbidden(error)) return true;
      throw error;
    }
  }
}
