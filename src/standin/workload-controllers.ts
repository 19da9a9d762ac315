import { createHash } from 'node:crypto';
import { copyJson, type JsonObject } from '../lib/json.js';
import type { ControllerApi } from './api.js';
import { jsonText, listAt, numberAt, objectAt, textAt } from './json-values.js';

const MANAGER = 'kube-controller-manager';
const REVISION = 'deployment.kubernetes.io/revision';

/** A ReplicaSet for each template, only the newest with Pods; the status says so. */
export function reactToDeployment(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (after === null || sameGeneration(before, after)) return;
  const [namespace, name] = [textAt(after, 'metadata', 'namespace'), textAt(after, 'metadata', 'name')];
  const replicas = numberAt(1, after, 'spec', 'replicas');
  const hash = hashOf(objectAt(after, 'spec', 'template'));
  const owned = api.readAll('replicasets.apps', namespace).filter((set) => controls(after, set));
  const current = owned.find((set) => textAt(set, 'metadata', 'labels', 'pod-template-hash') === hash);
  const revision = String(1 + Math.max(0, ...owned.filter((set) => set !== current).map((set) => Number(textAt(set, 'metadata', 'annotations', REVISION)))));
  if (current === undefined) api.create(replicaSetOf(after, name, namespace, hash, replicas, revision), { manager: MANAGER });
  else scaleSet(api, current, replicas);
  for (const set of owned) if (set !== current) scaleSet(api, set, 0);
  api.patchMerge('deployments.apps', namespace, name, {
    metadata: { annotations: { [REVISION]: revision } },
    status: {
      observedGeneration: numberAt(1, after, 'metadata', 'generation'),
      replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas,
      conditions: [
        { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', lastUpdateTime: api.time() },
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', lastUpdateTime: api.time() },
      ],
    },
  }, { manager: MANAGER, subresource: 'status' });
}

/** As many Pods as replicas, newest away first; an Event tells it. */
export function reactToReplicaSet(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (after === null || sameGeneration(before, after)) return;
  const namespace = textAt(after, 'metadata', 'namespace');
  const pods = api.readAll('pods', namespace).filter((pod) => controls(after, pod));
  const replicas = numberAt(1, after, 'spec', 'replicas');
  for (let count = pods.length; count < replicas; count += 1) runPod(api, after, { generateName: `${textAt(after, 'metadata', 'name')}-` }, count);
  for (const pod of pods.slice(replicas)) api.remove('pods', namespace, textAt(pod, 'metadata', 'name'));
  if (pods.length !== replicas) tell(api, after, `Scaled from ${pods.length} to ${replicas}`);
  api.patchMerge('replicasets.apps', namespace, textAt(after, 'metadata', 'name'), {
    status: { observedGeneration: numberAt(1, after, 'metadata', 'generation'), replicas, readyReplicas: replicas, availableReplicas: replicas },
  }, { manager: MANAGER, subresource: 'status' });
}

/** Pods with ordinals; a changed template replaces them. */
export function reactToStatefulSet(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (after === null || sameGeneration(before, after)) return;
  const replicas = numberAt(1, after, 'spec', 'replicas');
  replacePods(api, after, Array.from({ length: replicas }, (_, ordinal) => `${textAt(after, 'metadata', 'name')}-${ordinal}`));
  const counts = { replicas, readyReplicas: replicas, currentReplicas: replicas, updatedReplicas: replicas, availableReplicas: replicas };
  patchStatus(api, 'statefulsets.apps', after, counts);
}

/** One Pod a node. */
export function reactToDaemonSet(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (after === null || sameGeneration(before, after)) return;
  const nodes = api.readAll('nodes').map((node) => textAt(node, 'metadata', 'name'));
  replacePods(api, after, nodes.map((node) => `${textAt(after, 'metadata', 'name')}-${hashOf({ node }).slice(0, 5)}`));
  const scheduled = { currentNumberScheduled: nodes.length, desiredNumberScheduled: nodes.length, numberReady: nodes.length, numberMisscheduled: 0 };
  patchStatus(api, 'daemonsets.apps', after, scheduled);
}

function replacePods(api: ControllerApi, owner: JsonObject, names: readonly string[]): void {
  const namespace = textAt(owner, 'metadata', 'namespace');
  const hash = hashOf(objectAt(owner, 'spec', 'template'));
  const pods = api.readAll('pods', namespace).filter((pod) => controls(owner, pod));
  const fits = (pod: JsonObject): boolean => names.includes(textAt(pod, 'metadata', 'name')) && textAt(pod, 'metadata', 'labels', 'controller-revision-hash') === hash;
  for (const pod of pods) if (!fits(pod)) api.remove('pods', namespace, textAt(pod, 'metadata', 'name'));
  const kept = new Set(pods.filter(fits).map((pod) => textAt(pod, 'metadata', 'name')));
  for (const [index, name] of names.entries()) {
    if (!kept.has(name)) runPod(api, owner, { name, labels: { 'controller-revision-hash': hash } }, index);
  }
}

function patchStatus(api: ControllerApi, type: string, owner: JsonObject, counts: JsonObject): void {
  const status = { observedGeneration: numberAt(1, owner, 'metadata', 'generation'), ...counts };
  api.patchMerge(type, textAt(owner, 'metadata', 'namespace'), textAt(owner, 'metadata', 'name'), { status }, { manager: MANAGER, subresource: 'status' });
}

function scaleSet(api: ControllerApi, set: JsonObject, replicas: number): void {
  api.patchMerge('replicasets.apps', textAt(set, 'metadata', 'namespace'), textAt(set, 'metadata', 'name'), { spec: { replicas } }, { manager: MANAGER });
}

function replicaSetOf(deployment: JsonObject, name: string, namespace: string, hash: string, replicas: number, revision: string): JsonObject {
  const template = copyJson(objectAt(deployment, 'spec', 'template'));
  const labels = { ...objectAt(template, 'metadata', 'labels'), 'pod-template-hash': hash };
  template['metadata'] = { ...objectAt(template, 'metadata'), labels };
  return {
    apiVersion: 'apps/v1', kind: 'ReplicaSet',
    metadata: { name: `${name}-${hash}`, namespace, labels, annotations: { [REVISION]: revision }, ownerReferences: [ownerReference(deployment)] },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

/** Creates a Pod and does what scheduler and kubelet would: a node, an address, Running. */
function runPod(api: ControllerApi, owner: JsonObject, place: JsonObject, index: number): void {
  const namespace = textAt(owner, 'metadata', 'namespace');
  const template = objectAt(owner, 'spec', 'template');
  const labels = { ...objectAt(template, 'metadata', 'labels'), ...objectAt(place, 'labels') };
  const nodes = api.readAll('nodes').map((node) => textAt(node, 'metadata', 'name'));
  const spec = { ...copyJson(objectAt(template, 'spec')), nodeName: nodes[index % nodes.length] ?? 'worker-1' };
  const pod = api.create({ apiVersion: 'v1', kind: 'Pod', metadata: { ...place, namespace, labels, ownerReferences: [ownerReference(owner)] }, spec }, { manager: MANAGER });
  const podIP = api.allocator.podIp();
  const containerStatuses = listAt(spec, 'containers').map((container) => ({ name: textAt(container, 'name'), image: textAt(container, 'image'), ready: true, restartCount: 0, state: { running: { startedAt: api.time() } } }));
  api.patchMerge('pods', namespace, textAt(pod, 'metadata', 'name'), {
    status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }], startTime: api.time(), containerStatuses },
  }, { manager: 'kubelet', subresource: 'status' });
}

function tell(api: ControllerApi, object: JsonObject, message: string): void {
  const [namespace, name] = [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name')];
  api.create({
    apiVersion: 'v1', kind: 'Event', metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: textAt(object, 'apiVersion'), kind: textAt(object, 'kind'), namespace, name, uid: textAt(object, 'metadata', 'uid') },
    reason: 'Scaled', message, type: 'Normal', count: 1, firstTimestamp: api.time(), lastTimestamp: api.time(), source: { component: 'replicaset-controller' },
  }, { manager: MANAGER });
}

function ownerReference(owner: JsonObject): JsonObject {
  return {
    apiVersion: textAt(owner, 'apiVersion'), kind: textAt(owner, 'kind'), name: textAt(owner, 'metadata', 'name'),
    uid: textAt(owner, 'metadata', 'uid'), controller: true, blockOwnerDeletion: true,
  };
}

function controls(owner: JsonObject, object: JsonObject): boolean {
  return listAt(object, 'metadata', 'ownerReferences').some((reference) => textAt(reference, 'uid') === textAt(owner, 'metadata', 'uid'));
}

function sameGeneration(before: JsonObject | null, after: JsonObject): boolean {
  return before !== null && numberAt(0, before, 'metadata', 'generation') === numberAt(0, after, 'metadata', 'generation');
}

/** Ten hexadecimal digits that differ when the template does. */
function hashOf(template: JsonObject): string {
  return createHash('sha256').update(jsonText(template)).digest('hex').slice(0, 10);
}
