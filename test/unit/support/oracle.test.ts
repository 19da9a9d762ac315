import { expect } from 'chai';
import type { AnyJson } from '../../support/api-client.js';
import { skipReason } from '../../support/oracle.js';

const CONTROLLED = { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u', controller: true }] };
const OWNED = { ownerReferences: [{ apiVersion: 'v1', kind: 'X', name: 'x', uid: 'u' }] };

function reason(type: string, metadata: object = {}, rest: object = {}): string | null {
  const slash = type.indexOf('/');
  const meta: AnyJson = { name: 'x', namespace: 'shop', ...metadata };
  const id = { group: type.slice(0, slash), resource: type.slice(slash + 1), namespace: meta.namespace, name: meta.name };
  return skipReason({ id, object: { metadata: meta, ...rest } });
}

const SKIPPED: readonly [string, object?, object?][] = [
  ['/events'],
  ['events.k8s.io/events'],
  ['coordination.k8s.io/leases'],
  ['metrics.k8s.io/pods'],
  ['storage.k8s.io/csinodes'],
  ['certificates.k8s.io/certificatesigningrequests'],
  ['apps/controllerrevisions'],
  ['/pods', CONTROLLED],
  ['/pods', { annotations: { 'kubernetes.io/config.mirror': 'x' } }],
  ['apps/replicasets', CONTROLLED],
  ['batch/jobs', CONTROLLED],
  ['/endpoints', { labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } }],
  ['discovery.k8s.io/endpointslices', { labels: { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' } }],
  ['/configmaps', { name: 'kube-root-ca.crt' }],
  ['/configmaps', { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }],
  ['/secrets', { name: 'robot-token-ab1c2', annotations: { 'kubernetes.io/service-account.name': 'robot' } }, { type: 'kubernetes.io/service-account-token' }],
  ['/secrets', {}, { type: 'bootstrap.kubernetes.io/token' }],
  ['apiregistration.k8s.io/apiservices', { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } }],
  ['flowcontrol.apiserver.k8s.io/flowschemas', { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } }],
  ['/services', { name: 'kubernetes', namespace: 'default' }],
];

const MIRRORED: readonly [string, object?, object?][] = [
  ['/pods', OWNED],
  ['/pods', {}, { status: { phase: 'Succeeded' } }],
  ['apps/replicasets'],
  ['batch/jobs', OWNED],
  ['/secrets', CONTROLLED, { type: 'Opaque' }],
  ['/secrets', { name: 'by-hand', annotations: { 'kubernetes.io/service-account.name': 'robot' } }, { type: 'kubernetes.io/service-account-token' }],
  ['/configmaps', { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }, { data: { own: 'data' } }],
  ['/endpoints'],
  ['discovery.k8s.io/endpointslices'],
  ['apiregistration.k8s.io/apiservices', {}, { spec: { service: { name: 'metrics' } } }],
  ['flowcontrol.apiserver.k8s.io/flowschemas'],
  ['/services', { name: 'kubernetes' }],
  ['/nodes', { namespace: '' }],
  ['/serviceaccounts', { name: 'default' }],
  ['test.kubetape.io/events'],
  ['test.kubetape.io/leases', CONTROLLED],
];

describe('oracle of what is mirrored', () => {
  for (const [type, metadata, rest] of SKIPPED) {
    it(`expects no file of ${type} ${JSON.stringify({ ...metadata, ...rest })}`, () => expect(reason(type, metadata, rest)).to.be.a('string'));
  }

  for (const [type, metadata, rest] of MIRRORED) {
    it(`expects a file of ${type} ${JSON.stringify({ ...metadata, ...rest })}`, () => expect(reason(type, metadata, rest)).to.equal(null));
  }
});
