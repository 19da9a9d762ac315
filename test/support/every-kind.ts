// At least one object of every type that a control plane without nodes serves, and of every kind of object that is not mirrored.
import { execFileSync } from 'node:child_process';
import type { ApiClient } from './api-client.js';
import { eventually } from './eventually.js';
import { awkwardConfigMap, awkwardKeysConfigMap, configMap, crd, customObject, deployment, grant, hostileRole, namespace, role, secret, service, serviceAccount, object, withMetadata, type TestObject } from './objects.js';

const POD = { containers: [{ name: 'app', image: 'registry.example/app:1' }] };
const podTemplate = (app: string): object => ({ metadata: { labels: { app } }, spec: POD });
const NOBODY = { apiGroups: ['nobody.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] };

function workloads(ns: string): TestObject[] {
  const selector = (app: string): object => ({ matchLabels: { app } });
  const claims = [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: `${ns}-static`, resources: { requests: { storage: '1Gi' } } } }];
  return [
    deployment(ns, 'web', 2),
    deployment(ns, 'scaled', 3),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', ns, 'scaled', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' }, minReplicas: 2, maxReplicas: 5,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 70 } } }],
        behavior: { scaleDown: { policies: [{ type: 'Percent', value: 10, periodSeconds: 60 }] } },
      },
    }),
    object('apps/v1', 'StatefulSet', ns, 'db', { spec: { replicas: 1, serviceName: 'headless', selector: selector('db'), template: podTemplate('db'), volumeClaimTemplates: claims } }),
    object('apps/v1', 'DaemonSet', ns, 'agent', { spec: { selector: selector('agent'), template: podTemplate('agent') } }),
    object('apps/v1', 'ReplicaSet', ns, 'alone', { spec: { replicas: 0, selector: selector('alone'), template: podTemplate('alone') } }),
    object('apps/v1', 'ControllerRevision', ns, 'revision', { revision: 1, data: { any: 'thing' } }),
    object('v1', 'ReplicationController', ns, 'old', { spec: { replicas: 0, selector: { app: 'old' }, template: podTemplate('old') } }),
    object('v1', 'PodTemplate', ns, 'template', { template: podTemplate('template') }),
    object('v1', 'Pod', ns, 'alone', { spec: { ...POD, tolerations: [{ key: 'dedicated', operator: 'Exists' }] } }),
    object('v1', 'Pod', ns, 'finished', { spec: POD }),
    withMetadata(object('v1', 'Pod', ns, 'static', { spec: { ...POD, nodeName: `${ns}-node` } }), { annotations: { 'kubernetes.io/config.mirror': 'hash' } }),
    object('batch/v1', 'Job', ns, 'once', { spec: { template: { metadata: { labels: { app: 'once' } }, spec: { ...POD, restartPolicy: 'Never' } } } }),
    object('batch/v1', 'CronJob', ns, 'yearly', { spec: { schedule: '0 0 1 1 *', jobTemplate: { spec: { template: { spec: { ...POD, restartPolicy: 'Never' } } } } } }),
    object('policy/v1', 'PodDisruptionBudget', ns, 'web', { spec: { minAvailable: 1, selector: selector('web'), unhealthyPodEvictionPolicy: 'AlwaysAllow' } }),
  ];
}

function network(ns: string): TestObject[] {
  return [
    service(ns, 'web'),
    service(ns, 'headless', { clusterIP: 'None' }),
    service(ns, 'node-port', { type: 'NodePort' }),
    object('v1', 'Service', ns, 'outside', { spec: { ports: [{ port: 5432 }] } }),
    object('v1', 'Endpoints', ns, 'outside', { subsets: [{ addresses: [{ ip: '192.0.2.10' }], ports: [{ port: 5432 }] }] }),
    object('v1', 'Service', ns, 'elsewhere', { spec: { type: 'ExternalName', externalName: 'db.example.org' } }),
    withMetadata(object('discovery.k8s.io/v1', 'EndpointSlice', ns, 'handmade', {
      addressType: 'IPv4', endpoints: [{ addresses: ['192.0.2.20'], conditions: { ready: true } }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    }), { labels: { 'endpointslice.kubernetes.io/managed-by': 'a-person', 'kubernetes.io/service-name': 'outside' } }),
    object('networking.k8s.io/v1', 'Ingress', ns, 'web', {
      spec: { ingressClassName: `${ns}-class`, rules: [{ host: 'web.example.org', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { name: 'http' } } } }] } }] },
    }),
    object('networking.k8s.io/v1', 'IngressClass', null, `${ns}-class`, { spec: { controller: 'example.org/ingress' } }),
    object('networking.k8s.io/v1', 'NetworkPolicy', ns, 'closed', { spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'], ingress: [{ from: [{ namespaceSelector: {} }], ports: [{ port: 80, protocol: 'TCP' }] }], egress: [] } }),
    object('networking.k8s.io/v1', 'ServiceCIDR', null, `${ns}-range`, { spec: { cidrs: ['10.99.0.0/24'] } }),
  ];
}

function storage(ns: string): TestObject[] {
  const claim = { accessModes: ['ReadWriteOnce'], storageClassName: `${ns}-static`, resources: { requests: { storage: '2Gi' } } };
  return [
    object('storage.k8s.io/v1', 'StorageClass', null, `${ns}-static`, {
      provisioner: 'kubernetes.io/no-provisioner', reclaimPolicy: 'Retain', volumeBindingMode: 'Immediate', allowVolumeExpansion: true, mountOptions: ['noatime'], parameters: { tier: 'gold' },
    }),
    object('v1', 'PersistentVolume', null, `${ns}-volume`, { spec: { capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: `${ns}-static`, hostPath: { path: '/srv/volume' } } }),
    object('v1', 'PersistentVolumeClaim', ns, 'bound', { spec: claim }),
    object('v1', 'PersistentVolumeClaim', ns, 'waiting', { spec: { ...claim, storageClassName: 'nobody-has-it', volumeMode: 'Block' } }),
    object('storage.k8s.io/v1', 'CSIDriver', null, `${ns}.csi.example.org`, { spec: { attachRequired: false } }),
    object('storage.k8s.io/v1', 'CSINode', null, `${ns}-node`, { spec: { drivers: [] } }),
    object('storage.k8s.io/v1', 'CSIStorageCapacity', ns, 'capacity', { storageClassName: `${ns}-static`, capacity: '10Gi', nodeTopology: { matchLabels: { zone: 'a' } } }),
    object('storage.k8s.io/v1', 'VolumeAttachment', null, `${ns}-attachment`, { spec: { attacher: 'csi.example.org', nodeName: `${ns}-node`, source: { persistentVolumeName: `${ns}-volume` } } }),
    object('storage.k8s.io/v1', 'VolumeAttributesClass', null, `${ns}-fast`, { driverName: 'csi.example.org', parameters: { iops: '1000' } }),
    object('resource.k8s.io/v1', 'DeviceClass', null, `${ns}.gpu.example.org`, { spec: { selectors: [{ cel: { expression: 'device.driver == "gpu.example.org"' } }] } }),
    object('resource.k8s.io/v1', 'ResourceClaim', ns, 'gpu', { spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: `${ns}.gpu.example.org` } }] } } }),
    object('resource.k8s.io/v1', 'ResourceClaimTemplate', ns, 'gpu', { spec: { spec: { devices: { requests: [{ name: 'gpu', exactly: { deviceClassName: `${ns}.gpu.example.org` } }] } } } }),
    object('resource.k8s.io/v1', 'ResourceSlice', null, `${ns}-slice`, { spec: { driver: 'gpu.example.org', nodeName: `${ns}-node`, pool: { name: 'pool', generation: 1, resourceSliceCount: 1 }, devices: [{ name: 'gpu-0' }] } }),
  ];
}

function policies(ns: string): TestObject[] {
  const constraints = { matchConstraints: { resourceRules: [NOBODY] } };
  const webhook = { name: 'check.example.org', clientConfig: { url: 'https://127.0.0.1:1/check' }, rules: [NOBODY], admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Ignore' };
  return [
    object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', null, `${ns}-policy`, { spec: { failurePolicy: 'Ignore', ...constraints, validations: [{ expression: 'object.spec.size < 9223372036854775807', message: 'too big' }] } }),
    object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicyBinding', null, `${ns}-policy`, { spec: { policyName: `${ns}-policy`, validationActions: ['Warn'] } }),
    object('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicy', null, `${ns}-policy`, {
      spec: { failurePolicy: 'Ignore', reinvocationPolicy: 'Never', ...constraints, mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/a", value: "b"}]' } }] },
    }),
    object('admissionregistration.k8s.io/v1', 'MutatingAdmissionPolicyBinding', null, `${ns}-policy`, { spec: { policyName: `${ns}-policy` } }),
    object('admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', null, `${ns}-webhook`, { webhooks: [webhook] }),
    object('admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration', null, `${ns}-webhook`, { webhooks: [webhook] }),
    object('flowcontrol.apiserver.k8s.io/v1', 'PriorityLevelConfiguration', null, `${ns}-level`, { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } } }),
    object('flowcontrol.apiserver.k8s.io/v1', 'FlowSchema', null, `${ns}-flow`, { spec: { priorityLevelConfiguration: { name: `${ns}-level` }, matchingPrecedence: 9000, rules: [] } }),
    object('scheduling.k8s.io/v1', 'PriorityClass', null, `${ns}-high`, { value: 1000, preemptionPolicy: 'Never', description: 'before the others' }),
    object('node.k8s.io/v1', 'RuntimeClass', null, `${ns}-sandbox`, { handler: 'sandbox', overhead: { podFixed: { memory: '120Mi', cpu: '250m' } }, scheduling: { nodeSelector: { sandbox: 'yes' } } }),
    object('v1', 'ResourceQuota', ns, 'quota', { spec: { hard: { 'count/configmaps': '500', pods: '100' } } }),
    object('v1', 'LimitRange', ns, 'limits', { spec: { limits: [{ type: 'Container', default: { cpu: '500m' }, defaultRequest: { cpu: '100m' } }] } }),
    object('certificates.k8s.io/v1', 'CertificateSigningRequest', null, `${ns}-request`, { spec: { request: certificateRequest(), signerName: 'example.org/nobody', usages: ['client auth'] } }),
    object('coordination.k8s.io/v1', 'Lease', ns, 'lock', { spec: { holderIdentity: 'me', leaseDurationSeconds: 15 } }),
    object('v1', 'Event', ns, 'event', { involvedObject: { kind: 'Pod', namespace: ns, name: 'alone' }, reason: 'Test', message: 'an event', type: 'Normal' }),
    withMetadata(object('v1', 'Node', null, `${ns}-node`, { spec: { unschedulable: true, taints: [{ key: 'dedicated', value: 'blue', effect: 'NoSchedule' }] } }), { labels: { pool: 'blue' } }),
  ];
}

/** PKCS #10 in PEM in base64. */
function certificateRequest(): string {
  return execFileSync('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-subj', '/CN=somebody', '-keyout', '/dev/null'], { stdio: 'pipe' }).toString('base64');
}

function ordinary(ns: string): TestObject[] {
  return [
    configMap(ns, 'plain'), awkwardConfigMap(ns, 'awkward'), awkwardKeysConfigMap(ns, 'awkward-keys'),
    { ...configMap(ns, 'binary', {}), binaryData: { 'blob.bin': Buffer.from([0, 1, 2, 255]).toString('base64') }, immutable: true },
    withMetadata(object('v1', 'ConfigMap', ns, 'leader-lock'), { annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } }),
    configMap(ns, 'cluster-autoscaler-status', { status: 'ok' }),
    secret(ns, 'opaque'),
    ...['builder-token-abc12', 'long-lived'].map((name) => withMetadata(object('v1', 'Secret', ns, name, { type: 'kubernetes.io/service-account-token' }), { annotations: { 'kubernetes.io/service-account.name': 'builder' } })),
    object('v1', 'Secret', ns, 'bootstrap-token-abcdef', { type: 'bootstrap.kubernetes.io/token', stringData: { 'token-id': 'abcdef' } }),
    role(ns, 'reader'), hostileRole(ns, 'Mixed:Case'), ...grant('viewer', { resources: ['configmaps'] }, ns), ...grant('viewer', { resources: ['nodes'] }, null, `${ns}-nodes`),
    object('rbac.authorization.k8s.io/v1', 'ClusterRole', null, `${ns}-aggregated`, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { aggregate: ns } }] }, rules: [] }),
    withMetadata(object('rbac.authorization.k8s.io/v1', 'ClusterRole', null, `${ns}-part`, { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }), { labels: { aggregate: ns } }),
  ];
}

/** Every object, in an order in which a server takes them; cluster-scoped names begin with the namespace's. */
export function everyKind(ns: string): TestObject[] {
  return [
    ...[namespace(ns), serviceAccount(ns, 'builder'), crd('Gizmo'), crd('Place', { scope: 'Cluster' })],
    ...[...policies(ns), ...storage(ns), ...network(ns), ...ordinary(ns), ...workloads(ns)],
    ...[customObject('Gizmo', ns, 'gizmo'), customObject('Place', null, `${ns}-place`)],
  ];
}

/** Kinds of which the server itself makes objects, or of which it makes them for others. */
export const MADE_BY_THE_SERVER: readonly string[] = ['APIService', 'ComponentStatus', 'IPAddress'];

/** Creates everyKind() as far as the server serves it; resolves when controllers have done their part. */
export async function createEveryKind(api: ApiClient, ns: string): Promise<TestObject[]> {
  const created: TestObject[] = [];
  for (const each of everyKind(ns)) {
    const path = await served(api, each);
    if (path === null) continue;
    await eventually(async () => {
      const answer = await api.request('POST', path, each);
      if (answer.status !== 201 && answer.json?.reason !== 'AlreadyExists') throw new Error(`${each.kind} ${each.metadata.name}: ${answer.status} ${answer.text}`);
      return true;
    }, { timeoutMs: 20_000 });
    created.push(each);
    if (each.kind === 'PersistentVolume') await eventually(async () => (await api.get(each)).status?.phase === 'Available', { describe: 'the volume is known to its controller, so that a claim is bound at once' });
  }
  await api.patch(object('v1', 'Pod', ns, 'finished'), { status: { phase: 'Succeeded' } }, { subresource: 'status' });
  return created;
}

async function served(api: ApiClient, each: TestObject): Promise<string | null> {
  if (each.apiVersion.startsWith('test.kubetape.io/')) return eventually(() => api.pathOf(each, false), { timeoutMs: 20_000, describe: `${each.kind} is served` });
  const root = each.apiVersion.includes('/') ? `/apis/${each.apiVersion}` : `/api/${each.apiVersion}`;
  const answer = await api.request('GET', root);
  const kinds: { kind: string }[] = answer.json?.resources ?? [];
  return kinds.some(({ kind }) => kind === each.kind) ? api.pathOf(each, false) : null;
}
