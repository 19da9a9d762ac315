import type { Json, JsonObject } from '../lib/json.js';
import type { ControllerApi } from './api.js';
import { equalJson, listAt, objectAt, textAt } from './json-values.js';

const WRITER = { manager: 'kube-controller-manager' };

/** Endpoints follow their Service. */
export function reactToService(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  const service = after ?? before;
  if (service === null) return;
  const [namespace, name] = [textAt(service, 'metadata', 'namespace'), textAt(service, 'metadata', 'name')];
  if (after !== null) writeEndpoints(api, after);
  else if (api.read('endpoints', namespace, name) !== null) api.remove('endpoints', namespace, name);
}

/** Endpoints follow the Pods that their Service selects. */
export function reactToPods(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  const pod = after ?? before;
  if (pod === null || (before !== null && after !== null && textAt(before, 'status', 'podIP') === textAt(after, 'status', 'podIP'))) return;
  const namespace = textAt(pod, 'metadata', 'namespace');
  for (const service of api.readAll('services', namespace)) if (selects(service, pod)) writeEndpoints(api, service);
}

function writeEndpoints(api: ControllerApi, service: JsonObject): void {
  if (Object.keys(objectAt(service, 'spec', 'selector')).length === 0) return;
  const [namespace, name] = [textAt(service, 'metadata', 'namespace'), textAt(service, 'metadata', 'name')];
  const subsets = subsetsOf(api, service, namespace);
  const known = api.read('endpoints', namespace, name);
  if (known !== null) {
    if (!equalJson(known['subsets'], subsets)) api.update({ ...known, subsets }, WRITER);
    return;
  }
  const labels = { ...objectAt(service, 'metadata', 'labels'), 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' };
  api.create({ apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace, labels }, subsets }, WRITER);
}

function subsetsOf(api: ControllerApi, service: JsonObject, namespace: string): Json[] {
  const addresses = api
    .readAll('pods', namespace)
    .filter((pod) => selects(service, pod) && textAt(pod, 'status', 'podIP') !== '')
    .map((pod) => ({ ip: textAt(pod, 'status', 'podIP'), targetRef: { kind: 'Pod', namespace, name: textAt(pod, 'metadata', 'name'), uid: textAt(pod, 'metadata', 'uid') } }));
  if (addresses.length === 0) return [];
  const ports = listAt(service, 'spec', 'ports').map((port) => {
    const { name, port: number, protocol } = objectAt({ port }, 'port');
    return { ...(name === undefined ? {} : { name }), port: number ?? 0, protocol: protocol ?? 'TCP' };
  });
  return [{ addresses, ports }];
}

function selects(service: JsonObject, pod: JsonObject): boolean {
  const selector = Object.entries(objectAt(service, 'spec', 'selector'));
  const labels = objectAt(pod, 'metadata', 'labels');
  return selector.length > 0 && selector.every(([key, value]) => labels[key] === value);
}
