import { isObject, type JsonObject } from '../lib/json.js';
import { apiVersionOf, typeName, type ResourceType } from '../model/resource-type.js';
import { at, listAt, textAt } from './json-values.js';

/** A type of the stand-in: what discovery says, plus what a write of its objects does. */
export interface ServedType extends ResourceType {
  /** Whether metadata.generation counts changes of the desired state. */
  readonly generation: boolean;
  /** Whether a write of the object leaves `status` alone. */
  readonly status: boolean;
  /** From a CustomResourceDefinition: list items carry apiVersion and kind, lists are atomic. */
  readonly custom: boolean;
  /** All served versions, preferred first. */
  readonly versions: readonly string[];
}

type Row = readonly [resource: string, kind: string, traits: string, shortNames?: string];

/** Traits: n namespaced, g generation, s status. */
const TABLE: Readonly<Record<string, readonly Row[]>> = {
  v1: [
    ['namespaces', 'Namespace', 's', 'ns'],
    ['configmaps', 'ConfigMap', 'n', 'cm'],
    ['secrets', 'Secret', 'n'],
    ['services', 'Service', 'ns', 'svc'],
    ['serviceaccounts', 'ServiceAccount', 'n', 'sa'],
    ['pods', 'Pod', 'nsg', 'po'],
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'ns', 'pvc'],
    ['persistentvolumes', 'PersistentVolume', 's', 'pv'],
    ['nodes', 'Node', 's', 'no'],
    ['endpoints', 'Endpoints', 'n', 'ep'],
    ['events', 'Event', 'n', 'ev'],
    ['limitranges', 'LimitRange', 'n', 'limits'],
    ['resourcequotas', 'ResourceQuota', 'ns', 'quota'],
  ],
  'apps/v1': [
    ['deployments', 'Deployment', 'nsg', 'deploy'],
    ['replicasets', 'ReplicaSet', 'nsg', 'rs'],
    ['statefulsets', 'StatefulSet', 'nsg', 'sts'],
    ['daemonsets', 'DaemonSet', 'nsg', 'ds'],
  ],
  'batch/v1': [
    ['jobs', 'Job', 'nsg'],
    ['cronjobs', 'CronJob', 'nsg', 'cj'],
  ],
  'rbac.authorization.k8s.io/v1': [
    ['clusterroles', 'ClusterRole', ''],
    ['clusterrolebindings', 'ClusterRoleBinding', ''],
    ['roles', 'Role', 'n'],
    ['rolebindings', 'RoleBinding', 'n'],
  ],
  'networking.k8s.io/v1': [
    ['ingresses', 'Ingress', 'nsg', 'ing'],
    ['ingressclasses', 'IngressClass', 'g'],
    ['networkpolicies', 'NetworkPolicy', 'ng', 'netpol'],
  ],
  'autoscaling/v2': [['horizontalpodautoscalers', 'HorizontalPodAutoscaler', 'ns', 'hpa']],
  'policy/v1': [['poddisruptionbudgets', 'PodDisruptionBudget', 'nsg', 'pdb']],
  'storage.k8s.io/v1': [['storageclasses', 'StorageClass', '', 'sc']],
  'scheduling.k8s.io/v1': [['priorityclasses', 'PriorityClass', 'g', 'pc']],
  'apiextensions.k8s.io/v1': [['customresourcedefinitions', 'CustomResourceDefinition', 'sg', 'crd']],
  'apiregistration.k8s.io/v1': [['apiservices', 'APIService', 's']],
  'coordination.k8s.io/v1': [['leases', 'Lease', 'n']],
};

/** The types that the stand-in serves from its start. */
export function builtInTypes(): ServedType[] {
  return Object.entries(TABLE).flatMap(([apiVersion, rows]) => {
    const { group, version } = splitApiVersion(apiVersion);
    return rows.map(([resource, kind, traits, shortNames]) => ({
      group, version, resource, kind,
      namespaced: traits.includes('n'),
      watchable: true,
      shortNames: shortNames === undefined ? [] : shortNames.split(' '),
      generation: traits.includes('g'),
      status: traits.includes('s'),
      custom: false,
      versions: [version],
    }));
  });
}

/** The type that a CustomResourceDefinition defines; null when none of its versions is served. */
export function typeOfDefinition(definition: JsonObject): ServedType | null {
  const versions = listAt(definition, 'spec', 'versions').filter((entry) => isObject(entry) && entry['served'] === true);
  const names = versions.map((entry) => textAt(entry, 'name')).sort(byPriority);
  const [preferred] = names;
  if (preferred === undefined) return null;
  return {
    group: textAt(definition, 'spec', 'group'),
    version: preferred,
    resource: textAt(definition, 'spec', 'names', 'plural'),
    kind: textAt(definition, 'spec', 'names', 'kind'),
    namespaced: textAt(definition, 'spec', 'scope') === 'Namespaced',
    watchable: true,
    shortNames: listAt(definition, 'spec', 'names', 'shortNames').filter((name) => typeof name === 'string'),
    generation: true,
    status: versions.some((entry) => at(entry, 'subresources', 'status') !== undefined),
    custom: true,
    versions: names,
  };
}

/** The types served at this moment. */
export class TypeTable {
  readonly #types = new Map<string, ServedType>();

  constructor(types: readonly ServedType[]) {
    for (const type of types) this.add(type);
  }

  add(type: ServedType): void {
    this.#types.set(typeName(type), type);
  }

  remove(name: string): void {
    this.#types.delete(name);
  }

  all(): ServedType[] {
    return [...this.#types.values()];
  }

  byName(name: string): ServedType | undefined {
    return this.#types.get(name);
  }

  byKind(apiVersion: string, kind: string): ServedType | undefined {
    const { group, version } = splitApiVersion(apiVersion);
    return this.all().find((type) => type.group === group && type.kind === kind && type.versions.includes(version));
  }

  /** The served type that the client means, with the version that it asks for. */
  find(asked: ResourceType): ServedType | undefined {
    const type = this.byName(typeName(asked));
    return type?.versions.includes(asked.version) === true ? { ...type, version: asked.version } : undefined;
  }
}

/** An object as the given version shows it (conversion strategy None: only apiVersion differs). */
export function inVersion(object: JsonObject, type: ServedType): JsonObject {
  return { apiVersion: apiVersionOf(type), kind: type.kind, ...without(object, 'apiVersion', 'kind') };
}

/** A shallow copy without some members. */
export function without(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)));
}

function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** Kubernetes' version priority: GA before beta before alpha, then the higher number first. */
function byPriority(a: string, b: string): number {
  const rank = (version: string): readonly number[] => {
    const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
    if (match === null) return [0, 0, 0];
    const stage = match[2] === undefined ? 3 : match[2] === 'beta' ? 2 : 1;
    return [stage, Number(match[1]), Number(match[3] ?? 0)];
  };
  const [left, right] = [rank(a), rank(b)];
  for (const [index, value] of left.entries()) {
    const difference = (right[index] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return a < b ? -1 : 1;
}
