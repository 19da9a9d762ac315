// What the tests of canon/ share: types, policies, and objects as an API server sends them.
import { Canonicaliser, type CanonicalPolicy } from '../../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../../src/canon/pack-files.js';
import type { Json, JsonObject } from '../../../src/lib/json.js';
import { NO_FACTS, type Canonical, type Facts } from '../../../src/model/canonical.js';
import { EVERYTHING } from '../../../src/model/filter.js';
import type { ResourceType } from '../../../src/model/resource-type.js';

export const DIGEST_KEY = new Uint8Array(32).fill(7);

/** `deployments.apps/v1 Deployment` or, cluster-scoped, with a trailing `!`. */
export function typeOf(text: string): ResourceType {
  const [plural = '', kind = ''] = text.replace('!', '').split(' ');
  const [name = '', version = ''] = plural.split('/');
  const [resource = '', ...group] = name.split('.');
  return { group: group.join('.'), version, resource, kind, namespaced: !text.endsWith('!'), watchable: true };
}

export const TYPES = {
  clusterRole: typeOf('clusterroles.rbac.authorization.k8s.io/v1 ClusterRole!'),
  configMap: typeOf('configmaps/v1 ConfigMap'),
  deployment: typeOf('deployments.apps/v1 Deployment'),
  job: typeOf('jobs.batch/v1 Job'),
  lease: typeOf('leases.coordination.k8s.io/v1 Lease'),
  namespace: typeOf('namespaces/v1 Namespace!'),
  node: typeOf('nodes/v1 Node!'),
  pod: typeOf('pods/v1 Pod'),
  pv: typeOf('persistentvolumes/v1 PersistentVolume!'),
  pvc: typeOf('persistentvolumeclaims/v1 PersistentVolumeClaim'),
  secret: typeOf('secrets/v1 Secret'),
  service: typeOf('services/v1 Service'),
  serviceAccount: typeOf('serviceaccounts/v1 ServiceAccount'),
  webhook: typeOf('validatingwebhookconfigurations.admissionregistration.k8s.io/v1 ValidatingWebhookConfiguration!'),
  widget: typeOf('widgets.example.org/v1 Widget'),
} as const;

export function policy(changes: Partial<CanonicalPolicy> & { readonly pack?: string } = {}): CanonicalPolicy {
  const { pack, ...rest } = changes;
  const packs = [loadCorePack(), ...(pack === undefined ? [] : [{ name: 'ours.yaml', text: pack }])];
  return { packs, filter: EVERYTHING, secrets: 'digest', digestKey: DIGEST_KEY, ...rest };
}

/** A canonicaliser that reads every document back. */
export function checking(changes: Partial<CanonicalPolicy> & { readonly pack?: string } = {}): Canonicaliser {
  return new Canonicaliser(policy(changes), { checkEvery: 1 });
}

/** The canonical file's text; fails when the object is skipped. */
export function textOf(object: JsonObject, type: ResourceType, facts: Facts = NO_FACTS, canonicaliser = checking()): string {
  return fileOf(canonicaliser.canonicalise(structuredClone(object), type, facts)).text;
}

export function fileOf(canonical: Canonical): Extract<Canonical, { kind: 'file' }> {
  if (canonical.kind === 'skip') throw new Error(`skipped by ${canonical.rule}`);
  return canonical;
}

/** The rule that skips the object, null when it is mirrored. */
export function skipOf(object: JsonObject, type: ResourceType, canonicaliser = checking()): string | null {
  const canonical = canonicaliser.canonicalise(structuredClone(object), type, NO_FACTS);
  return canonical.kind === 'skip' ? canonical.rule : null;
}

/** An object with the bookkeeping that every served object carries. */
export function served(metadata: JsonObject, rest: JsonObject = {}): JsonObject {
  return {
    metadata: { uid: 'f3c1', resourceVersion: '412', generation: 3, creationTimestamp: '2026-11-20T10:00:00Z', ...metadata },
    ...rest,
  };
}

/** managedFields as the server writes them: manager → what it owns. */
export function managed(...entries: readonly { manager: string; operation?: 'Apply' | 'Update'; fields: JsonObject; subresource?: string }[]): Json[] {
  return entries.map(({ manager, operation = 'Update', fields, subresource }) => ({
    manager, operation, apiVersion: 'v1', time: '2026-11-20T10:00:00Z', fieldsType: 'FieldsV1', fieldsV1: fields,
    ...(subresource === undefined ? {} : { subresource }),
  }));
}
