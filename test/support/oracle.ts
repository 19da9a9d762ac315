// What should be in the tree, found out independently: plain discovery, plain lists, the skip list written out by hand
// (decisions.md §4). Nothing of src/ is used here, or its mistakes would be ours.
import type { AnyJson, ApiClient } from './api-client.js';
import type { User } from './control-plane-files.js';

export interface OracleType {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly watchable: boolean;
}

export interface Identity {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Listed {
  readonly type: OracleType;
  readonly id: Identity;
  /** As the API gives it, with apiVersion and kind. */
  readonly object: AnyJson;
}

/** One text an identity; hostile names cannot make two the same. */
export function identityKey(id: Identity): string {
  return JSON.stringify([id.group, id.resource, id.namespace, id.name]);
}

/** Every type with verb list, in the version that its group prefers, else the first that serves it. */
export async function servedTypes(api: ApiClient, user: User = 'admin'): Promise<OracleType[]> {
  const groups: { name: string; versions: { version: string }[]; preferredVersion?: { version: string } }[] = [
    { name: '', versions: [{ version: 'v1' }] },
    ...(await ok(api, '/apis', user)).groups,
  ];
  const types = new Map<string, OracleType>();
  for (const group of groups) {
    const preferred = group.preferredVersion?.version;
    const versions = group.versions.map((each) => each.version).sort((a, b) => Number(b === preferred) - Number(a === preferred));
    for (const version of versions) {
      const { resources } = await ok(api, group.name === '' ? `/api/${version}` : `/apis/${group.name}/${version}`, user);
      for (const each of resources as { name: string; kind: string; namespaced: boolean; verbs: string[] }[]) {
        const key = `${each.name}.${group.name}`;
        if (each.name.includes('/') || !each.verbs.includes('list') || types.has(key)) continue;
        types.set(key, { group: group.name, version, resource: each.name, kind: each.kind, namespaced: each.namespaced, watchable: each.verbs.includes('watch') });
      }
    }
  }
  return [...types.values()];
}

/** Every object that the API lists, by identityKey, skipped ones included. Throws when a list fails. */
export async function listEverything(api: ApiClient, user: User = 'admin'): Promise<Map<string, Listed>> {
  const found = new Map<string, Listed>();
  for (const type of await servedTypes(api, user)) {
    const apiVersion = type.group === '' ? type.version : `${type.group}/${type.version}`;
    const path = `${type.group === '' ? '/api' : '/apis'}/${apiVersion}/${type.resource}`;
    for (const item of (await ok(api, path, user)).items as AnyJson[]) {
      const object = { ...item, apiVersion, kind: type.kind };
      const id = { group: type.group, resource: type.resource, namespace: item.metadata.namespace ?? '', name: item.metadata.name };
      found.set(identityKey(id), { type, id, object });
    }
  }
  return found;
}

/** What must be in the tree, and nothing else: everything that the API lists and the skip list does not name. */
export async function expectedFiles(api: ApiClient, user: User = 'admin'): Promise<Map<string, Listed>> {
  const all = await listEverything(api, user);
  return new Map([...all].filter(([, listed]) => skipReason(listed) === null));
}

async function ok(api: ApiClient, path: string, user: User): Promise<AnyJson> {
  const answer = await api.request('GET', path, undefined, { user });
  if (answer.status !== 200) throw new Error(`GET ${path}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return answer.json;
}

/** Groups whose objects are computed at each request. */
const VIRTUAL = ['metrics.k8s.io', 'custom.metrics.k8s.io', 'external.metrics.k8s.io', 'authentication.k8s.io', 'authorization.k8s.io'];

/** Types of which no object is mirrored. */
const NEVER = new Set([
  ...['/events', 'events.k8s.io/events', '/componentstatuses', 'coordination.k8s.io/leases', 'coordination.k8s.io/leasecandidates'],
  ...['storage.k8s.io/csinodes', 'storage.k8s.io/volumeattachments', 'storage.k8s.io/csistoragecapacities', 'networking.k8s.io/ipaddresses'],
  ...['resource.k8s.io/resourceslices', 'internal.apiserver.k8s.io/storageversions', 'certificates.k8s.io/certificatesigningrequests', 'apps/controllerrevisions'],
]);

/** Types that their controller rebuilds exactly: skipped when an object has a controller. */
const REBUILT = new Set(['/pods', 'apps/replicasets', '/replicationcontrollers', 'batch/jobs']);

/** Why an object is not mirrored by default, in words; null when it is. */
export function skipReason({ id, object }: Pick<Listed, 'id' | 'object'>): string | null {
  const type = `${id.group}/${id.resource}`;
  const { labels = {}, annotations = {}, ownerReferences = [] } = object.metadata;
  if (VIRTUAL.includes(id.group)) return 'virtual type';
  if (NEVER.has(type)) return 'type that churns or is rebuilt';
  if (REBUILT.has(type) && ownerReferences.some((owner: AnyJson) => owner.controller === true)) return 'rebuilt by its controller';
  if (id.group === 'flowcontrol.apiserver.k8s.io' && annotations['apf.kubernetes.io/autoupdate-spec'] === 'true') return 'kept by the API server';
  if (type === 'apiregistration.k8s.io/apiservices') return 'kube-aggregator.kubernetes.io/automanaged' in labels || !object.spec?.service ? 'kept by the API server' : null;
  if (type === '/pods') return podReason(object);
  if (type === '/configmaps') return configMapReason(id, object);
  if (type === '/secrets') return secretReason(id, object);
  if (type === '/endpoints' || type === 'discovery.k8s.io/endpointslices') return endpointsReason(type, id, object);
  if (type === '/services' && id.namespace === 'default' && id.name === 'kubernetes') return 'made by the API server';
  if (type === 'networking.k8s.io/servicecidrs' && id.name === 'kubernetes') return 'made by the API server';
  if (type === 'scheduling.k8s.io/priorityclasses' && ['system-node-critical', 'system-cluster-critical'].includes(id.name)) return 'made by the API server';
  return null;
}

function podReason(object: AnyJson): string | null {
  return object.metadata.annotations?.['kubernetes.io/config.mirror'] === undefined ? null : 'mirror of a static Pod';
}

function configMapReason(id: Identity, object: AnyJson): string | null {
  if (id.name === 'kube-root-ca.crt') return 'published in every namespace';
  if (id.namespace === 'kube-system' && id.name === 'extension-apiserver-authentication') return 'made by the API server';
  if (/^cluster-autoscaler-(.*-)?status$/.test(id.name)) return 'status of the autoscaler';
  return isLeaderLock(object) ? 'leader lock' : null;
}

function secretReason(id: Identity, object: AnyJson): string | null {
  if (object.type === 'bootstrap.kubernetes.io/token') return 'bootstrap token';
  if (object.type !== 'kubernetes.io/service-account-token') return null;
  const account: string = object.metadata.annotations?.['kubernetes.io/service-account.name'] ?? '';
  return id.name.startsWith(`${account}-token-`) && /^[a-z0-9]{5}$/.test(id.name.slice(account.length + 7)) ? 'token made for a ServiceAccount' : null;
}

function endpointsReason(type: string, id: Identity, object: AnyJson): string | null {
  const { labels = {}, annotations = {} } = object.metadata;
  if (id.namespace === 'default' && id.name === 'kubernetes') return 'made by the API server';
  if (type !== '/endpoints') {
    const manager = labels['endpointslice.kubernetes.io/managed-by'];
    return ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'].includes(manager) ? 'rebuilt by its controller' : null;
  }
  const managed = labels['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller' || 'endpoints.kubernetes.io/last-change-trigger-time' in annotations;
  return managed ? 'rebuilt by its controller' : isLeaderLock(object) ? 'leader lock' : null;
}

function isLeaderLock(object: AnyJson): boolean {
  const locked = 'control-plane.alpha.kubernetes.io/leader' in (object.metadata.annotations ?? {});
  return locked && object.data === undefined && object.binaryData === undefined;
}
