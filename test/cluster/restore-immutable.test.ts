// Acceptance tests 8 and 9 of restore.md §8: the 35 cases of experiments/immutability, and mistakes that are no immutable fields.
import { expect } from 'chai';
import type { JsonObject } from '../../src/lib/json.js';
import { parseJson } from '../../src/lib/parse-json.js';
import type { AnyJson, Reference } from '../support/api-client.js';
import { RestoreWriting } from '../support/restore-write.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'immutability';
const meta = (name: string): JsonObject => ({ name, namespace: NS });
const template = (label = 'd'): JsonObject => ({ metadata: { labels: { app: label } }, spec: { containers: [{ name: 'c', image: 'i' }] } });
const workload = (kind: string, name: string, more: JsonObject): JsonObject => ({ apiVersion: 'apps/v1', kind, metadata: meta(name), spec: { selector: { matchLabels: { app: 'd' } }, template: template(), ...more } });
const STATEFUL_SET = workload('StatefulSet', 's', { serviceName: 'x', replicas: 0, volumeClaimTemplates: [{ metadata: { name: 'v' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }] });
const SERVICE: JsonObject = { apiVersion: 'v1', kind: 'Service', metadata: meta('svc'), spec: { selector: { a: 'b' }, ports: [{ port: 80, protocol: 'TCP' }], clusterIP: '10.0.7.7' } };
const CLAIM: JsonObject = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('pvc'), spec: { storageClassName: 'a', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } };
const STORAGE_CLASS: JsonObject = { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'sc9' }, provisioner: 'p/p', parameters: { a: '1' } };
const SECRET: JsonObject = { apiVersion: 'v1', kind: 'Secret', metadata: meta('sec'), type: 'Opaque', data: { a: 'YQ==' } };
const CONFIG_MAP: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('cmi'), immutable: true, data: { a: '1' } };
const DEPLOYMENT = workload('Deployment', 'd', { replicas: 0 });
const POD: JsonObject = { apiVersion: 'v1', kind: 'Pod', metadata: meta('pod'), spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i' }] } };
const CRD: JsonObject = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'foos.ex9.example.com' },
  spec: {
    group: 'ex9.example.com', scope: 'Namespaced', names: { plural: 'foos', singular: 'foo', kind: 'Foo', listKind: 'FooList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};

type Change = (object: AnyJson) => void;

/** What is there, how the commit differs from it, and which fields are proven immutable (none: the change is made). */
const CASES: readonly (readonly [string, JsonObject, Change, readonly string[]])[] = [
  ['Deployment.spec.selector', DEPLOYMENT, (o) => { o.spec.selector.matchLabels = { app: 'e' }; o.spec.template.metadata.labels = { app: 'e' }; }, ['spec.selector', 'spec.template']],
  ['StatefulSet.volumeClaimTemplates', STATEFUL_SET, (o) => { o.spec.volumeClaimTemplates[0].spec.resources.requests.storage = '2Gi'; }, ['spec.volumeClaimTemplates']],
  ['StatefulSet.serviceName', STATEFUL_SET, (o) => { o.spec.serviceName = 'y'; }, ['spec.serviceName']],
  ['DaemonSet.selector', workload('DaemonSet', 'ds', {}), (o) => { o.spec.selector.matchLabels = { app: 'e' }; o.spec.template.metadata.labels = { app: 'e' }; }, ['spec.selector', 'spec.template']],
  ['Job.template', { apiVersion: 'batch/v1', kind: 'Job', metadata: meta('j'), spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } }, (o) => { o.spec.template.spec.containers[0].image = 'i2'; }, ['spec.template']],
  ['RoleBinding.roleRef', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding', metadata: meta('rb'), roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' } }, (o) => { o.roleRef.name = 'edit'; }, ['roleRef']],
  ['Secret.type', SECRET, (o) => { o.type = 'foo/bar'; }, ['type']],
  ['Secret.immutable data', { ...SECRET, metadata: meta('seci'), immutable: true }, (o) => { o.data.a = 'Yg=='; }, ['data']],
  ['ConfigMap.immutable data', CONFIG_MAP, (o) => { o.data.a = '2'; }, ['data']],
  ['ConfigMap.immutable unset', CONFIG_MAP, (o) => { delete o.immutable; }, ['immutable']],
  ['Service.clusterIP change', SERVICE, (o) => { o.spec.clusterIP = '10.0.7.8'; o.spec.clusterIPs = ['10.0.7.8']; }, ['spec.clusterIP']],
  ['Service ClusterIP → None', SERVICE, (o) => { o.spec.clusterIP = 'None'; o.spec.clusterIPs = ['None']; }, ['spec.clusterIP', 'spec.clusterIPs']],
  ['Service clusterIP omitted', SERVICE, (o) => { delete o.spec.clusterIP; delete o.spec.clusterIPs; o.spec.selector = { a: 'c' }; }, []],
  ['PVC.storageClassName', CLAIM, (o) => { o.spec.storageClassName = 'b'; o.metadata.labels = { x: 'y' }; }, []],
  ['PVC shrink (unbound)', CLAIM, (o) => { o.spec.resources.requests.storage = '1Gi'; }, ['spec.resources']],
  ['StorageClass.parameters', STORAGE_CLASS, (o) => { o.parameters = { a: '2' }; }, ['parameters']],
  ['StorageClass.reclaimPolicy', STORAGE_CLASS, (o) => { o.reclaimPolicy = 'Retain'; }, ['reclaimPolicy']],
  ['StorageClass.allowVolumeExpansion', STORAGE_CLASS, (o) => { o.allowVolumeExpansion = true; }, []],
  ['PriorityClass.value', { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'pc9' }, value: 5 }, (o) => { o.value = 6; }, ['value']],
  ['RuntimeClass.handler', { apiVersion: 'node.k8s.io/v1', kind: 'RuntimeClass', metadata: { name: 'rc9' }, handler: 'h1' }, (o) => { o.handler = 'h2'; }, ['handler']],
  ['CSIDriver.attachRequired', { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name: 'drv9.example.com' }, spec: { attachRequired: true } }, (o) => { o.spec.attachRequired = false; }, ['spec.attachRequired']],
  ['IngressClass.controller', { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass', metadata: { name: 'ic9' }, spec: { controller: 'a.example.com/b' } }, (o) => { o.spec.controller = 'a.example.com/c'; }, ['spec.controller']],
  ['PDB.selector', { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta('pdb'), spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } } }, (o) => { o.spec.selector.matchLabels = { a: 'c' }; }, []],
  ['PV.source', { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv9' }, spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'manual', hostPath: { path: '/a' } } }, (o) => { o.spec.hostPath.path = '/b'; }, ['spec.hostPath']],
  ['Pod.image', POD, (o) => { o.spec.containers[0].image = 'i2'; }, []],
  ['Pod.command', POD, (o) => { o.spec.containers[0].command = ['x']; o.metadata.labels = { x: 'y' }; }, []],
  ['CRD.scope', CRD, (o) => { o.spec.scope = 'Cluster'; }, ['spec.scope']],
  ['CRD without a stored version', CRD, (o) => { o.spec.versions[0].name = 'v2'; }, []],
  ['Namespace label', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'immutability-b' } }, (o) => { o.metadata.labels = { z: '1' }; }, []],
  ['mixed: volumeClaimTemplates and replicas', STATEFUL_SET, (o) => { o.spec.replicas = 1; o.spec.volumeClaimTemplates[0].spec.resources.requests.storage = '2Gi'; }, ['spec.volumeClaimTemplates']],
];

const MISTAKES: readonly (readonly [string, JsonObject, Change])[] = [
  ['a bad label', SECRET, (o) => { o.metadata.labels = { a: 'bad value!' }; }],
  ['negative replicas', DEPLOYMENT, (o) => { o.spec.replicas = -1; }],
  ['a bad key', { ...CONFIG_MAP, metadata: meta('cmk'), immutable: false }, (o) => { o.data = { 'bad key!': '1' }; }],
  ['an immutable field and negative replicas', STATEFUL_SET, (o) => { o.spec.replicas = -1; o.spec.volumeClaimTemplates[0].spec.resources.requests.storage = '2Gi'; }],
];

describe('acceptance 8, 9: immutable or merely invalid', () => {
  let writing: RestoreWriting;
  before(async function () {
    await controlPlaneOrSkip(this);
    const plane = await sharedControlPlane();
    await plane.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } });
    writing = await RestoreWriting.over(plane);
  });
  after(async () => { await writing?.reader.close(); });

  const there = async (object: JsonObject): Promise<JsonObject> => {
    const plane = await sharedControlPlane();
    const desired = { type: writing.typeOf(object), id: { group: '', resource: '', namespace: String((object['metadata'] as AnyJson).namespace ?? ''), name: String((object['metadata'] as AnyJson).name) } };
    if ((await writing.live(desired)) === null) await plane.api.create(parseJson(JSON.stringify(object)) as unknown as Reference);
    return (await writing.live(desired)) as JsonObject;
  };
  const changed = (live: JsonObject, change: Change): JsonObject => {
    const object = JSON.parse(JSON.stringify(live)) as JsonObject;
    change(object);
    return object;
  };

  for (const [name, object, change, fields] of CASES) {
    it(fields.length === 0 ? `${name}: can be changed, or is not ours to change` : `${name}: is proven immutable, and only that`, async () => {
      const live = await there(object);
      const outcome = await writing.write(changed(live, change), { dryRun: true });

      expect(outcome.immutable, outcome.message ?? '').to.have.members([...fields]);
      expect(outcome.kind).to.be.oneOf(['done', 'unchanged']);
    });
  }

  for (const [name, object, change] of MISTAKES) {
    it(`${name}: is a mistake; even with --on-immutable recreate nothing is deleted`, async () => {
      const live = await there(object);
      const outcome = await writing.write(changed(live, change), { onImmutable: 'recreate' });

      expect(outcome.kind).to.equal('refused');
      expect(outcome.message).to.contain('invalid');
      expect(await there(object)).to.deep.equal(live);
      expect(writing.intents).to.deep.equal([]);
    });
  }
});
