import type { Json, JsonObject } from '../../lib/json.js';

/** What differs between the application's Deployments. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
  readonly port: number;
  readonly env?: readonly Json[];
  readonly volumes?: readonly Json[];
  readonly volumeMounts?: readonly Json[];
}

/** A Deployment as a team of the shop writes it. */
export function deployment(workload: Workload): JsonObject {
  const labels = { app: workload.name };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: workload.name, namespace: workload.namespace, labels: { ...labels, 'app.kubernetes.io/part-of': 'online-shop' } },
    spec: { replicas: workload.replicas, selector: { matchLabels: labels }, template: template(workload, labels) },
  };
}

/** A Service for the Pods of one app; `extra` goes into its spec (`clusterIP: None`, `type: NodePort`). */
export function service(namespace: string, name: string, app: string, ports: readonly [name: string, port: number, target: Json][], extra: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { app } },
    spec: { ...extra, selector: { app }, ports: ports.map(([portName, port, targetPort]) => ({ name: portName, port, targetPort })) },
  };
}

/** A CustomResourceDefinition with one version and a schema for its spec. */
export function definition(group: string, plural: string, kind: string, shortName: string, properties: JsonObject): JsonObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List`, shortNames: [shortName] },
      versions: [{
        name: 'v1', served: true, storage: true, subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
      }],
    },
  };
}

export function configMap(namespace: string, name: string, data: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels: { 'app.kubernetes.io/part-of': 'online-shop' } }, data };
}

export function secret(namespace: string, name: string, stringData: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque', stringData };
}

function template(workload: Workload, labels: JsonObject): JsonObject {
  return {
    metadata: { labels },
    spec: {
      serviceAccountName: 'default',
      containers: [{
        name: workload.name,
        image: workload.image,
        ports: [{ name: 'http', containerPort: workload.port }],
        ...(workload.env === undefined ? {} : { env: [...workload.env] }),
        ...(workload.volumeMounts === undefined ? {} : { volumeMounts: [...workload.volumeMounts] }),
        readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
      }],
      ...(workload.volumes === undefined ? {} : { volumes: [...workload.volumes] }),
    },
  };
}
