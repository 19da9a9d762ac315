import type { JsonObject } from '../lib/json.js';
import type { ControllerApi } from './api.js';

/** What a fresh cluster holds before anybody has done anything: nodes, system namespaces, bootstrap RBAC, leases. */
export function bootstrap(api: ControllerApi): void {
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease']) {
    api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, SERVER);
  }
  for (const name of ['worker-1', 'worker-2', 'worker-3']) addNode(api, name);
  for (const object of FRESH) api.create(object, SERVER);
  for (const name of ['kube-controller-manager', 'kube-scheduler']) addLease(api, 'kube-system', name, name);
}

const SERVER = { manager: 'kube-apiserver' };
const RBAC = 'rbac.authorization.k8s.io';
const BOOTSTRAP = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };

const FRESH: readonly JsonObject[] = [
  {
    apiVersion: 'v1', kind: 'Service',
    metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { ports: [{ name: 'https', port: 443, targetPort: 6443 }] },
  },
  {
    apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'kubernetes', namespace: 'default' },
    subsets: [{ addresses: [{ ip: '192.0.2.10' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] }],
  },
  {
    apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'cluster-admin', labels: BOOTSTRAP },
    rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }, { nonResourceURLs: ['*'], verbs: ['*'] }],
  },
  {
    apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', metadata: { name: 'view', labels: BOOTSTRAP },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`${RBAC}/aggregate-to-view`]: 'true' } }] },
    rules: [{ apiGroups: ['', 'apps'], resources: ['*'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    apiVersion: `${RBAC}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'cluster-admin', labels: BOOTSTRAP },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: RBAC, kind: 'Group', name: 'system:masters' }],
  },
  {
    apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'stand-in.example.com/disk', reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate',
  },
  {
    apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: 'system-cluster-critical' },
    value: 2_000_000_000, preemptionPolicy: 'PreemptLowerPriority',
  },
  {
    apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService',
    metadata: { name: 'v1.apps', labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
  },
];

function addNode(api: ControllerApi, name: string): void {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', 'node-role.kubernetes.io/worker': '' };
  api.create({ apiVersion: 'v1', kind: 'Node', metadata: { name, labels }, spec: { podCIDR: '10.244.0.0/24', podCIDRs: ['10.244.0.0/24'] } }, { manager: 'kubelet' });
  addLease(api, 'kube-node-lease', name, name);
}

function addLease(api: ControllerApi, namespace: string, name: string, holderIdentity: string): void {
  api.create({
    apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace },
    spec: { holderIdentity, leaseDurationSeconds: 40, renewTime: '1970-01-01T00:00:00.000000Z' },
  }, { manager: holderIdentity });
}
