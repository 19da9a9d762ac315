import { isObject, own, type Json } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { ObjectClass } from '../model/restore-plan.js';
import { typeName } from '../model/resource-type.js';
import type { DesiredObject } from './desired.js';
import type { ScopeFacts } from './scope-facts.js';

export interface Classified {
  readonly class: ObjectClass;
  /** Why it is not written at all; null: it is. */
  readonly skip: string | null;
}

/** Kinds that their controller rebuilds exactly from the owner (decisions.md §4). */
const REBUILT = new Set(['pods', 'replicasets.apps', 'replicationcontrollers', 'jobs.batch', 'controllerrevisions.apps', 'endpointslices.discovery.k8s.io']);
const NODE_BOUND = new Set(['nodes', 'csinodes.storage.k8s.io', 'volumeattachments.storage.k8s.io', 'csistoragecapacities.storage.k8s.io']);
const DATA_BOUND = new Set([
  'persistentvolumeclaims', 'persistentvolumes', 'volumesnapshots.snapshot.storage.k8s.io', 'volumesnapshotcontents.snapshot.storage.k8s.io',
  'volumegroupsnapshots.groupsnapshot.storage.k8s.io', 'volumegroupsnapshotcontents.groupsnapshot.storage.k8s.io',
]);
/** What nobody may write: records of moments, and answers to questions. */
const MOMENTS = new Set(['events', 'events.events.k8s.io', 'leases.coordination.k8s.io', 'certificatesigningrequests.certificates.k8s.io', 'leasecandidates.coordination.k8s.io']);
const SYSTEM_NAMESPACES = new Set(['kube-system', 'kube-public', 'kube-node-lease']);

const WRITTEN = (kind: ObjectClass): Classified => ({ class: kind, skip: null });

/** What sort of object it is, and whether it is written at all: restore.md §6.2 with decisions.md §4. */
export function classOf(desired: DesiredObject, facts: ScopeFacts): Classified {
  const name = typeName(desired.type);
  if (desired.digestsOnly) return { class: 'durable', skip: 'the repository holds digests of its values only (secrets: digest)' };
  if (desired.finished !== null) return { class: 'finished', skip: `its work is over (${desired.finished})` };
  if (NODE_BOUND.has(name) || annotation(desired, 'kubernetes.io/config.mirror') !== null) return { class: 'node-bound', skip: 'it belongs to a node, which writes it itself' };
  if (MOMENTS.has(name)) return { class: 'derived', skip: 'it is a record of a moment' };
  const rebuilt = rebuiltBy(desired, name);
  if (rebuilt !== null) return { class: 'derived', skip: rebuilt };
  if (isControl(desired)) return { class: 'control', skip: "it is kubetape's own" };
  const bound = clusterBound(desired, name, facts);
  if (bound !== null) return bound;
  if (DATA_BOUND.has(name)) return WRITTEN('data-bound');
  return WRITTEN(desired.owners.some(({ controller }) => controller === true) ? 'derived' : 'durable');
}

function rebuiltBy(desired: DesiredObject, name: string): string | null {
  const controller = desired.owners.find((owner) => owner.controller === true);
  if (controller !== undefined && REBUILT.has(name)) return `${controller.kind}/${controller.name} makes it again`;
  if (name === 'configmaps' && desired.id.name === 'kube-root-ca.crt') return 'the cluster makes it again in every namespace';
  const legacy = name === 'secrets' && own(desired.body, 'type') === 'kubernetes.io/service-account-token' && annotation(desired, 'kubernetes.io/service-account.name');
  if (typeof legacy === 'string' && desired.id.name.startsWith(`${legacy}-token-`)) return 'the token of a ServiceAccount is made again';
  return null;
}

function isControl(desired: DesiredObject): boolean {
  return label(desired, 'app.kubernetes.io/part-of') === 'kubetape' || label(desired, 'app.kubernetes.io/name') === 'kubetape' || (desired.type.resource === 'namespaces' && desired.id.name === 'kubetape');
}

/** What the cluster itself sets up: written only when the whole cluster, or its namespace by name, was asked for. */
function clusterBound(desired: DesiredObject, name: string, facts: ScopeFacts): Classified | null {
  const { namespace } = desired.id;
  if (isBootstrap(desired, name)) {
    return facts.everything && facts.sameCluster ? WRITTEN('cluster-bound') : { class: 'cluster-bound', skip: 'the cluster sets it up itself; only a restore of the whole cluster onto itself writes it' };
  }
  const place = name === 'namespaces' ? desired.id.name : namespace;
  if (!SYSTEM_NAMESPACES.has(place)) return null;
  if (facts.namedNamespaces.has(place) || (facts.everything && facts.sameCluster)) return WRITTEN('cluster-bound');
  return { class: 'cluster-bound', skip: `it belongs to ${place}: name that namespace to restore it` };
}

function isBootstrap(desired: DesiredObject, name: string): boolean {
  const { name: object, namespace } = desired.id;
  if (name === 'services' && namespace === 'default' && object === 'kubernetes') return true;
  if (name === 'apiservices.apiregistration.k8s.io' && label(desired, 'kube-aggregator.kubernetes.io/automanaged') !== null) return true;
  if (name === 'priorityclasses.scheduling.k8s.io' && object.startsWith('system-')) return true;
  if (annotation(desired, 'apf.kubernetes.io/autoupdate-spec') === 'true') return true;
  const bootstrapped = label(desired, 'kubernetes.io/bootstrapping') === 'rbac-defaults';
  return bootstrapped && annotation(desired, 'rbac.authorization.kubernetes.io/autoupdate') !== 'false';
}

/** The value of a label; null when absent. */
export function label(desired: Pick<DesiredObject, 'body'>, key: string): string | null {
  return entry(own(metadataOf(desired.body), 'labels'), key);
}

/** The value of an annotation; null when absent. */
export function annotation(desired: Pick<DesiredObject, 'body'>, key: string): string | null {
  return entry(own(metadataOf(desired.body), 'annotations'), key);
}

function entry(map: Json | undefined, key: string): string | null {
  const value = isObject(map) ? own(map, key) : undefined;
  return typeof value === 'string' ? value : null;
}
