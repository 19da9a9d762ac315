import { expect } from 'chai';
import { Canonicaliser } from '../../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../../src/canon/pack-files.js';
import type { Json, JsonObject } from '../../../src/lib/json.js';
import { parseJson } from '../../../src/lib/parse-json.js';
import { NO_FACTS } from '../../../src/model/canonical.js';
import { EVERYTHING } from '../../../src/model/filter.js';
import type { ResourceType } from '../../../src/model/resource-type.js';
import { createBody, withoutAllocated } from '../../../src/restore/create-body.js';
import { readDesired, type DesiredObject } from '../../../src/restore/desired.js';
import { updateBody } from '../../../src/restore/update-body.js';
import { scopeFacts } from '../../support/restore-facts.js';

const canonicaliser = new Canonicaliser({ packs: [loadCorePack()], filter: EVERYTHING, secrets: 'plain', digestKey: null }, { checkEvery: 1 });

const SERVICES: ResourceType = { group: '', version: 'v1', resource: 'services', kind: 'Service', namespaced: true, watchable: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, watchable: true };
const PODS: ResourceType = { group: '', version: 'v1', resource: 'pods', kind: 'Pod', namespaced: true, watchable: true };
const CLAIMS: ResourceType = { group: '', version: 'v1', resource: 'persistentvolumeclaims', kind: 'PersistentVolumeClaim', namespaced: true, watchable: true };
const DEFINITIONS: ResourceType = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false, watchable: true };
const SECRETS: ResourceType = { group: '', version: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true, watchable: true };

/** The desired object that a commit made of this live one would hold. */
function desiredOf(live: JsonObject, type: ResourceType): DesiredObject {
  const file = canonicaliser.canonicalise(copy(live), type, NO_FACTS);
  if (file.kind !== 'file') throw new Error(`skipped by ${file.rule}`);
  return readDesired({ read: () => Buffer.from(file.text) }, file.path, '0'.repeat(40), type);
}

function copy<T extends Json>(value: T): T {
  return parseJson(JSON.stringify(value)) as T;
}

function update(desired: DesiredObject, live: JsonObject): JsonObject {
  return updateBody(desired, live, canonicaliser.removedPlaces(live, desired.type, NO_FACTS), scopeFacts()).body;
}

const META = { uid: 'u1', resourceVersion: '7', generation: 3, creationTimestamp: '2026-01-01T00:00:00Z' };
const service = (spec: JsonObject, managed: JsonObject[] = [entry('kubectl', { 'f:spec': { 'f:selector': {}, 'f:ports': { '.': {}, 'k:{"port":80,"protocol":"TCP"}': { '.': {}, 'f:port': {} } } } })]): JsonObject => ({
  apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop', ...META, managedFields: managed }, spec,
});
function entry(manager: string, fieldsV1: JsonObject): JsonObject {
  return { manager, operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1 };
}

describe('the body of a PUT', () => {
  it('carries what the server keeps about the object, so that the stored state is replaced and nothing is reset', () => {
    const live = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...META, annotations: { 'deployment.kubernetes.io/revision': '4', team: 'new' } }, spec: { replicas: 5 }, status: { replicas: 5 } };
    const body = update(desiredOf({ ...live, metadata: { ...live.metadata, annotations: { team: 'old' } }, spec: { replicas: 2 } }, DEPLOYMENTS), live);

    expect(body['spec']).to.deep.equal({ replicas: 2 });
    expect(body['metadata']).to.deep.include({ uid: 'u1', resourceVersion: '7', annotations: { team: 'old', 'deployment.kubernetes.io/revision': '4' } });
    expect(body['status']).to.deep.equal({ replicas: 5 });
  });

  it('takes away what the live object has and the commit has not', () => {
    const live = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop', ...META, labels: { a: '1', b: '2' } }, spec: { replicas: 2, paused: true } };
    const body = update(desiredOf({ ...live, metadata: { ...live.metadata, labels: { a: '1' } }, spec: { replicas: 2 } }, DEPLOYMENTS), live);

    expect(body['spec']).to.deep.equal({ replicas: 2 });
    expect((body['metadata'] as JsonObject)['labels']).to.deep.equal({ a: '1' });
  });

  it('keeps the addresses and node ports of a Service, by port, not by place', () => {
    const live = service({ type: 'NodePort', clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'], ports: [{ name: 'b', port: 81, protocol: 'TCP', nodePort: 30081 }, { name: 'a', port: 80, protocol: 'TCP', nodePort: 30080 }] });
    const desired = desiredOf(service({ type: 'NodePort', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ name: 'a', port: 80, protocol: 'TCP', nodePort: 31000 }] }), SERVICES);

    expect(update(desired, live)['spec']).to.deep.equal({ type: 'NodePort', clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'], ports: [{ name: 'a', port: 80, protocol: 'TCP', nodePort: 30080 }] });
  });

  it('carries nothing that the desired type of Service may not have', () => {
    const live = service({ type: 'LoadBalancer', clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'], externalTrafficPolicy: 'Local', healthCheckNodePort: 32000, loadBalancerClass: 'x', ports: [{ port: 80, protocol: 'TCP', nodePort: 30080 }] });
    const desired = desiredOf(service({ type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] }), SERVICES);

    expect(update(desired, live)['spec']).to.deep.equal({ type: 'ClusterIP', clusterIP: '10.0.0.9', clusterIPs: ['10.0.0.9'], ports: [{ port: 80, protocol: 'TCP' }] });
  });

  it('changes of a Pod what can be changed, and keeps its node, volumes and injected mounts', () => {
    const pod = (image: string): JsonObject => ({
      apiVersion: 'v1', kind: 'Pod', metadata: { name: 'one', namespace: 'shop', ...META },
      spec: { nodeName: 'n1', containers: [{ name: 'c', image, volumeMounts: [{ name: 'kube-api-access-abcde', mountPath: '/x' }] }], volumes: [{ name: 'kube-api-access-abcde', projected: {} }] },
    });

    expect(update(desiredOf(pod('old'), PODS), pod('new'))['spec']).to.deep.equal((pod('old')['spec']));
  });

  it('gives a claim its own volume and class, whatever the commit says, and the size of the commit', () => {
    const claim = (spec: JsonObject): JsonObject => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop', ...META }, spec });
    const live = claim({ storageClassName: 'fast', volumeName: 'pv-2', resources: { requests: { storage: '1Gi' } } });
    const desired = desiredOf(claim({ storageClassName: 'slow', volumeName: 'pv-1', resources: { requests: { storage: '2Gi' } } }), CLAIMS);

    expect(update(desired, live)['spec']).to.deep.equal({ storageClassName: 'fast', volumeName: 'pv-2', resources: { requests: { storage: '2Gi' } } });
  });

  it('keeps a version of a definition in which objects are stored', () => {
    const crd = (versions: JsonObject[]): JsonObject => ({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'xs.example.com', ...META }, spec: { versions }, status: { storedVersions: ['v1', 'v2'] } });
    const live = crd([{ name: 'v1', served: true, storage: false }, { name: 'v2', served: false, storage: true }]);
    const body = update(desiredOf(crd([{ name: 'v1', served: true, storage: true }]), DEFINITIONS), live);

    expect((body['spec'] as JsonObject)['versions']).to.deep.equal([{ name: 'v1', served: true, storage: true }, { name: 'v2', served: false, storage: false }]);
  });
});

describe('the body of a POST', () => {
  it('asks for the addresses and ports of before, and can be sent without them', () => {
    const desired = desiredOf(service({ type: 'NodePort', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, protocol: 'TCP', nodePort: 31000 }] }), SERVICES);
    const prepared = createBody(desired, scopeFacts());

    expect(prepared.body['spec']).to.deep.equal({ type: 'NodePort', clusterIP: '10.0.0.1', clusterIPs: ['10.0.0.1'], ports: [{ port: 80, protocol: 'TCP', nodePort: 31000 }] });
    expect(withoutAllocated(prepared, prepared.allocated).body['spec']).to.deep.equal({ type: 'NodePort', ports: [{ port: 80, protocol: 'TCP' }] });
    expect(prepared.body['metadata']).to.deep.equal({ name: 'web', namespace: 'shop' });
  });

  it('names a live owner by its own uid, leaves a coming one for later, and never sends a stale uid', () => {
    const owners = ['Live', 'Coming', 'Gone'].map((kind) => ({ apiVersion: 'example.com/v1', kind, name: 'o', uid: 'stale', controller: kind === 'Live', blockOwnerDeletion: true }));
    const desired = desiredOf({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'shop', ownerReferences: owners }, data: {} }, SECRETS);
    const prepared = createBody(desired, scopeFacts({
      liveUid: ({ kind }) => (kind === 'Live' ? 'fresh' : null),
      ownerPath: ({ kind }) => (kind === 'Coming' ? 'namespaces/shop/comings.example.com/o.yaml' : null),
    }));

    expect((prepared.body['metadata'] as JsonObject)['ownerReferences']).to.deep.equal([{ apiVersion: 'example.com/v1', kind: 'Live', name: 'o', controller: true, blockOwnerDeletion: true, uid: 'fresh' }]);
    expect(prepared.owners.pending.map(({ kind }) => kind)).to.deep.equal(['Coming']);
    expect(prepared.owners.orphaned.map(({ kind }) => kind)).to.deep.equal(['Gone']);
  });

  it('binds a claim to its volume only where its data is kept', () => {
    const live: JsonObject = {
      apiVersion: 'v1', kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop', managedFields: [entry('kube-controller-manager', { 'f:spec': { 'f:volumeName': {} } }), entry('helm', { 'f:spec': { 'f:resources': {} } })] },
      spec: { volumeName: 'pv-1', resources: { requests: { storage: '1Gi' } } },
    };
    const desired = desiredOf(live, CLAIMS);

    expect(createBody(desired, scopeFacts({ claim: () => ({ data: 'empty', reason: '' }) })).body['spec']).to.deep.equal({ resources: { requests: { storage: '1Gi' } } });
    expect(createBody(desired, scopeFacts({ claim: () => ({ data: 'keep live data', reason: '' }) })).body['spec']).to.deep.include({ volumeName: 'pv-1' });
  });
});
