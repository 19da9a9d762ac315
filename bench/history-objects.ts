// The objects of the history bench: 200 namespaces × 10 types × 50, in canonical form, about 1.2 KB each.
import { emit } from '../src/canon/emitter.js';
import type { Json, JsonObject } from '../src/lib/json.js';
import { apiVersionOf, type ResourceType } from '../src/model/resource-type.js';
import { treePath } from '../src/model/tree-path.js';

export const NAMESPACES = 200;
const EACH = 50;

export const TYPES: readonly ResourceType[] = [
  type('', 'v1', 'configmaps', 'ConfigMap', ['cm']),
  type('', 'v1', 'services', 'Service', ['svc']),
  type('', 'v1', 'serviceaccounts', 'ServiceAccount', ['sa']),
  type('apps', 'v1', 'deployments', 'Deployment', ['deploy']),
  type('apps', 'v1', 'statefulsets', 'StatefulSet', ['sts']),
  type('batch', 'v1', 'cronjobs', 'CronJob', ['cj']),
  type('networking.k8s.io', 'v1', 'ingresses', 'Ingress', ['ing']),
  type('rbac.authorization.k8s.io', 'v1', 'roles', 'Role', []),
  type('cert-manager.io', 'v1', 'certificates', 'Certificate', ['cert']),
  type('example.io', 'v1alpha1', 'widgets', 'Widget', []),
];

export const OBJECTS = NAMESPACES * TYPES.length * EACH;

function type(group: string, version: string, resource: string, kind: string, shortNames: readonly string[]): ResourceType {
  return { group, version, resource, kind, namespaced: true, watchable: true, shortNames };
}

export interface BenchObject {
  readonly type: ResourceType;
  readonly namespace: string;
  readonly name: string;
  readonly path: string;
}

/** The i-th object: neighbours lie in different namespaces. */
export function objectAt(i: number): BenchObject {
  const namespace = `team-${String(i % NAMESPACES).padStart(3, '0')}`;
  const of = TYPES[Math.floor(i / NAMESPACES) % TYPES.length] as ResourceType;
  const name = `${['api', 'web', 'worker', 'cache', 'proxy'][i % 5]}-${Math.floor(i / (NAMESPACES * TYPES.length))}`;
  return { type: of, namespace, name, path: treePath({ group: of.group, resource: of.resource, namespace, name }) };
}

/** Its body after so many changes, and the field that the last one set. */
export function bodyAt(i: number, version: number): JsonObject {
  const { type: of, namespace, name } = objectAt(i);
  const labels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': namespace, 'app.kubernetes.io/managed-by': 'Helm' };
  const metadata = { name, namespace, labels, annotations: { 'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace } };
  const workload = ['Deployment', 'StatefulSet', 'CronJob'].includes(of.kind);
  return { apiVersion: apiVersionOf(of), kind: of.kind, metadata, ...(workload ? { spec: podSpec(name, labels, version) } : { data: settings(i, version) }) };
}

export function textAt(i: number, version: number): string {
  return emit(bodyAt(i, version));
}

function podSpec(name: string, labels: JsonObject, version: number): Json {
  const probe = { failureThreshold: 3, httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 1 };
  const container = {
    name: 'app', image: `registry.example.com/team/${name}:1.${version}`, imagePullPolicy: 'IfNotPresent', livenessProbe: probe, readinessProbe: probe,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    resources: { limits: { cpu: '500m', memory: '512Mi' }, requests: { cpu: '100m', memory: '128Mi' } },
    env: [{ name: 'LOG_LEVEL', value: 'info' }, { name: 'REVISION', value: String(version) }],
    securityContext: { allowPrivilegeEscalation: false, runAsNonRoot: true },
  };
  return { replicas: 1 + (version % 5), selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container], restartPolicy: 'Always', terminationGracePeriodSeconds: 30 } } };
}

function settings(i: number, version: number): JsonObject {
  const lines = Array.from({ length: 14 }, (_, k) => [`setting-${k}`, `${((i + 1) * 2654435761 * (k + 7)) % 1e12} of ${name(i, k)}`]);
  return Object.fromEntries([...lines, ['revision', String(version)]]) as JsonObject;
}

function name(i: number, k: number): string {
  return `object ${i}, line ${k}, with text of ordinary length`;
}
