import type { JsonObject } from '../lib/json.js';
import type { ControllerApi } from './api.js';
import { at, listAt, objectAt, textAt } from './json-values.js';
import { reactToService, reactToPods } from './endpoints-controller.js';
import { reactToDaemonSet, reactToDeployment, reactToReplicaSet, reactToStatefulSet } from './workload-controllers.js';

/** What the controllers of a real cluster do after a write, at once and to the end. */
export function react(api: ControllerApi, type: string, before: JsonObject | null, after: JsonObject | null): void {
  REACTIONS[type]?.(api, before, after);
}

type Reaction = (api: ControllerApi, before: JsonObject | null, after: JsonObject | null) => void;

const REACTIONS: Readonly<Record<string, Reaction>> = {
  namespaces: furnishNamespace,
  pods: reactToPods,
  services: reactToService,
  persistentvolumeclaims: bindClaim,
  'deployments.apps': reactToDeployment,
  'replicasets.apps': reactToReplicaSet,
  'statefulsets.apps': reactToStatefulSet,
  'daemonsets.apps': reactToDaemonSet,
  'customresourcedefinitions.apiextensions.k8s.io': establish,
};

/** Not a certificate of anybody: text in the form of one. */
const ROOT_CA = '-----BEGIN CERTIFICATE-----\nc3RhbmQtaW4gY2x1c3Rlciwgbm90IGEgcmVhbCBvbmU=\n-----END CERTIFICATE-----\n';

function furnishNamespace(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (before !== null || after === null) return;
  const namespace = textAt(after, 'metadata', 'name');
  const writer = { manager: 'kube-controller-manager' };
  api.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }, writer);
  api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kube-root-ca.crt', namespace }, data: { 'ca.crt': ROOT_CA } }, writer);
}

/** The binder and a provisioner in one: a volume for the claim, then the claim bound to it. */
function bindClaim(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (after === null) {
    const volume = textAt(before ?? undefined, 'spec', 'volumeName');
    if (volume !== '' && api.read('persistentvolumes', '', volume) !== null) api.remove('persistentvolumes', '', volume);
    return;
  }
  if (textAt(after, 'spec', 'volumeName') !== '') return;
  const [namespace, name, uid] = [textAt(after, 'metadata', 'namespace'), textAt(after, 'metadata', 'name'), textAt(after, 'metadata', 'uid')];
  const volumeName = `pvc-${uid}`;
  const requested = at(after, 'spec', 'resources', 'requests', 'storage') ?? '1Gi';
  api.create({
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: volumeName },
    spec: {
      capacity: { storage: requested },
      accessModes: [...listAt(after, 'spec', 'accessModes')],
      claimRef: { apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace, name, uid },
      persistentVolumeReclaimPolicy: 'Delete',
      storageClassName: textAt(after, 'spec', 'storageClassName'),
      volumeMode: 'Filesystem',
      hostPath: { path: `/var/lib/stand-in/${volumeName}` },
    },
  }, { manager: 'stand-in-provisioner' });
  api.patchMerge('persistentvolumeclaims', namespace, name, {
    metadata: { annotations: { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' } },
    spec: { volumeName },
  }, { manager: 'kube-controller-manager' });
  api.patchMerge('persistentvolumeclaims', namespace, name, {
    status: { phase: 'Bound', accessModes: [...listAt(after, 'spec', 'accessModes')], capacity: { storage: requested } },
  }, { manager: 'kube-controller-manager', subresource: 'status' });
}

/** A definition's names are accepted and its type is served from the write on. */
function establish(api: ControllerApi, before: JsonObject | null, after: JsonObject | null): void {
  if (before !== null || after === null) return;
  const since = api.time();
  const stored = listAt(after, 'spec', 'versions').find((version) => at(version, 'storage') === true);
  api.patchMerge('customresourcedefinitions.apiextensions.k8s.io', '', textAt(after, 'metadata', 'name'), {
    status: {
      acceptedNames: objectAt(after, 'spec', 'names'),
      storedVersions: [textAt(stored, 'name')],
      conditions: [
        { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found', lastTransitionTime: since },
        { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted', lastTransitionTime: since },
      ],
    },
  }, { manager: 'kube-apiserver', subresource: 'status' });
}
