// The objects on which two peers were measured (design/peers-measured.md §4): what their author wrote.
import { configMap, deployment, namespace, object, withMetadata, type TestObject } from './objects.js';

const POD = { containers: [{ name: 'app', image: 'registry.example/app:1' }] };
const CUSTOM_SCHEMA = {
  type: 'object', 'x-kubernetes-preserve-unknown-fields': true,
  properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { mode: { type: 'string', default: 'auto' } } } },
};

/** Group of the measured CRD. */
export const MEASURED_GROUP = 'measured.kubetape.io';
/** The custom resource as text: JavaScript cannot hold its numbers. */
export const measuredCustomText = (ns: string): string =>
  `{"apiVersion":"${MEASURED_GROUP}/v1","kind":"Sample","metadata":{"name":"sample","namespace":"${ns}"},"spec":{"odd":9007199254740993,"max":9223372036854775807,"map":{},"list":[],"nothing":null,"large":1e21},"payload":{"beside":"spec"}}`;

/** In an order in which the server takes them; without the custom resource, and without what it makes itself (the ReplicaSet). */
export function measuredObjects(ns: string): TestObject[] {
  const texts = { trailing: 'blanks  \n\n\n', crlf: 'a\r\nb\r\n', cr: 'a\rb', bom: '\ufeffbom', emoji: '\u{1f600}', zeros: '0123', nel: 'a\u0085b\nc\n', tab: '\tq\n', indented: '\n  x\n y\n', script: '\n\techo\n' };
  return [
    withMetadata(namespace(ns), { labels: { team: 'measured' }, annotations: { note: 'of a person' } }),
    object('storage.k8s.io/v1', 'StorageClass', null, `${ns}-storage`, {
      provisioner: 'csi.example.org', parameters: { type: 'ssd', fsType: 'ext4' }, reclaimPolicy: 'Retain', volumeBindingMode: 'WaitForFirstConsumer', allowVolumeExpansion: true, mountOptions: ['noatime'],
      allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: ['a', 'b'] }] }],
    }),
    withMetadata(object('v1', 'Service', ns, 'headless', { spec: { clusterIP: 'None', selector: { app: 'db' }, ports: [{ port: 5432 }] } }), { finalizers: ['example.org/mine'] }),
    object('v1', 'Service', ns, 'balanced', {
      spec: { type: 'LoadBalancer', externalTrafficPolicy: 'Local', internalTrafficPolicy: 'Local', healthCheckNodePort: 31999, selector: { app: 'web' }, ports: [{ name: 'http', port: 80, nodePort: 31080, protocol: 'TCP' }] },
    }),
    object('networking.k8s.io/v1', 'NetworkPolicy', ns, 'policy', {
      spec: { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress', 'Egress'], egress: [], ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }], ports: [{ port: 80, endPort: 90, protocol: 'TCP' }] }] },
    }),
    object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', null, `samples.${MEASURED_GROUP}`, {
      spec: { group: MEASURED_GROUP, scope: 'Namespaced', names: { plural: 'samples', singular: 'sample', kind: 'Sample', listKind: 'SampleList' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: CUSTOM_SCHEMA } }] },
    }),
    object('scheduling.k8s.io/v1', 'PriorityClass', null, `${ns}-priority`, { value: 100000, preemptionPolicy: 'Never', description: 'for batch', globalDefault: false }),
    object('rbac.authorization.k8s.io/v1', 'ClusterRole', null, `${ns}-aggregate`, { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { 'measured/aggregate': 'yes' } }] }, rules: [] }),
    object('v1', 'Secret', ns, 'binary', { type: 'Opaque', immutable: true, data: { key: Buffer.from([0, 255, 10, 13]).toString('base64') } }),
    object('v1', 'ServiceAccount', ns, 'robot', { automountServiceAccountToken: false, imagePullSecrets: [{ name: 'registry' }] }),
    object('v1', 'ConfigMap', ns, 'binary', { binaryData: { blob: Buffer.from([0, 1, 254]).toString('base64') }, immutable: true }),
    configMap(ns, 'keys', Object.fromEntries(['__proto__', 'yes', 'null'].map((key) => [key, `of ${key}`]))),
    configMap(ns, 'texts', texts),
    object('admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy', null, `${ns}-policy`, {
      spec: { failurePolicy: 'Ignore', matchConstraints: { resourceRules: [{ apiGroups: ['nobody.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['things'] }] }, validations: [{ expression: 'object.spec.replicas <= 5', messageExpression: '"too many"' }] },
    }),
    object('v1', 'PersistentVolumeClaim', ns, 'raw', { spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', volumeName: 'a-volume', storageClassName: `${ns}-storage`, resources: { requests: { storage: '10Gi' } } } }),
    object('autoscaling/v2', 'HorizontalPodAutoscaler', ns, 'web', {
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'elsewhere' }, minReplicas: 2, maxReplicas: 9,
        metrics: [{ type: 'Pods', pods: { metric: { name: 'rps' }, target: { type: 'AverageValue', averageValue: '1500m' } } }], behavior: { scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] } },
      },
    }),
    object('policy/v1', 'PodDisruptionBudget', ns, 'web', { spec: { maxUnavailable: '25%', selector: { matchLabels: { app: 'web' } }, unhealthyPodEvictionPolicy: 'AlwaysAllow' } }),
    object('coordination.k8s.io/v1', 'Lease', ns, 'lease', { spec: { holderIdentity: 'me', leaseDurationSeconds: 30 } }),
    object('batch/v1', 'CronJob', ns, 'nightly', { spec: { schedule: '0 3 * * *', timeZone: 'Europe/Berlin', suspend: true, concurrencyPolicy: 'Forbid', jobTemplate: { spec: { backoffLimit: 0, template: { spec: { ...POD, restartPolicy: 'Never' } } } } } }),
    object('node.k8s.io/v1', 'RuntimeClass', null, `${ns}-runtime`, { handler: 'runsc', overhead: { podFixed: { cpu: '250m', memory: '120Mi' } } }),
    deployment(ns, 'web', 2),
  ];
}
