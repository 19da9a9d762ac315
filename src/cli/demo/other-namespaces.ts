import { NumberToken, type JsonObject } from '../../lib/json.js';
import { configMap, definition, deployment, secret, service } from './building-blocks.js';

/** Payments: a database of its own, credentials, a backup policy of a custom type. */
export const PAYMENTS: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'payments', labels: { team: 'payments', 'pci-scope': 'true' } } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'ledger', namespace: 'payments' }, automountServiceAccountToken: false },
  secret('payments', 'psp-credentials', { 'api-key': 'demo-only-first-key', 'webhook-secret': 'demo-only-webhook-secret' }),
  deployment({
    namespace: 'payments', name: 'checkout', image: 'payments/checkout:5.2.0', replicas: 2, port: 8443,
    env: [{ name: 'PSP_API_KEY', valueFrom: { secretKeyRef: { name: 'psp-credentials', key: 'api-key' } } }],
  }),
  service('payments', 'checkout', 'checkout', [['https', 443, 8443]]),
  service('payments', 'ledger', 'ledger', [['postgres', 5432, 'postgres']], { clusterIP: 'None' }),
  {
    apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'ledger', namespace: 'payments' },
    spec: {
      serviceName: 'ledger', replicas: 2, selector: { matchLabels: { app: 'ledger' } },
      template: {
        metadata: { labels: { app: 'ledger' } },
        spec: {
          serviceAccountName: 'ledger',
          containers: [{
            name: 'postgres', image: 'postgres:17.2',
            ports: [{ name: 'postgres', containerPort: 5432 }],
            volumeMounts: [{ name: 'data', mountPath: '/var/lib/postgresql' }],
          }],
          volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'ledger-data' } }],
        },
      },
    },
  },
  {
    apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'ledger-data', namespace: 'payments' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '20Gi' } } },
  },
];

/** A custom type with its objects; one number has more digits than a double can hold. */
export const BACKUPS: readonly JsonObject[] = [
  definition('example.com', 'backups', 'Backup', 'bk', {
    schedule: { type: 'string' }, target: { type: 'string' }, keep: { type: 'integer' }, maxBytes: { type: 'integer', format: 'int64' },
  }),
  {
    apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'ledger-nightly', namespace: 'payments' },
    spec: { schedule: '0 3 * * *', target: 'persistentvolumeclaim/ledger-data', keep: 14, maxBytes: new NumberToken('9007199254740993') },
  },
  {
    apiVersion: 'example.com/v1', kind: 'Backup', metadata: { name: 'cart-weekly', namespace: 'shop' },
    spec: { schedule: '30 4 * * 0', target: 'deployment/cart', keep: 8 },
  },
];

const SCRAPE = `scrape_configs:
  - job_name: shop
    kubernetes_sd_configs:
      - role: endpoints
        namespaces:
          names: [shop, payments]
`;

/** Monitoring: an agent on every node, a lock that its leader renews, rights across the cluster. */
export const MONITORING: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring', labels: { team: 'platform' } } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'prometheus', namespace: 'monitoring' } },
  configMap('monitoring', 'prometheus', { 'prometheus.yml': SCRAPE }),
  deployment({ namespace: 'monitoring', name: 'prometheus', image: 'prometheus:v3.1.0', replicas: 1, port: 9090 }),
  service('monitoring', 'prometheus', 'prometheus', [['http', 9090, 'http']]),
  {
    apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'node-exporter', namespace: 'monitoring' },
    spec: {
      selector: { matchLabels: { app: 'node-exporter' } },
      template: {
        metadata: { labels: { app: 'node-exporter' } },
        spec: { hostNetwork: true, containers: [{ name: 'node-exporter', image: 'node-exporter:v1.9.0', ports: [{ name: 'metrics', containerPort: 9100 }] }] },
      },
    },
  },
  {
    apiVersion: 'v1', kind: 'ConfigMap',
    metadata: { name: 'prometheus-leader', namespace: 'monitoring', annotations: { 'control-plane.alpha.kubernetes.io/leader': '{"holderIdentity":"prometheus-0"}' } },
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'prometheus' },
    rules: [{ apiGroups: [''], resources: ['nodes/metrics', 'endpoints', 'services', 'pods'], verbs: ['get', 'list', 'watch'] }],
  },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', metadata: { name: 'prometheus' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'prometheus' },
    subjects: [{ kind: 'ServiceAccount', name: 'prometheus', namespace: 'monitoring' }],
  },
];
