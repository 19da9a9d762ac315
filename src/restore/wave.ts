import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { Wave } from '../model/restore-plan.js';
import { typeName } from '../model/resource-type.js';
import { treePath } from '../model/tree-path.js';
import type { DesiredObject } from './desired.js';
import type { ScopeFacts } from './scope-facts.js';

/** Types of one wave each (restore.md §6.4); what is not here is a custom resource, or an edge. */
const WAVE_OF: Readonly<Record<string, Wave>> = {
  'customresourcedefinitions.apiextensions.k8s.io': 'definitions',
  namespaces: 'namespaces',
  'priorityclasses.scheduling.k8s.io': 'classes',
  'runtimeclasses.node.k8s.io': 'classes',
  'csidrivers.storage.k8s.io': 'classes',
  'flowschemas.flowcontrol.apiserver.k8s.io': 'classes',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': 'classes',
  'servicecidrs.networking.k8s.io': 'classes',
  serviceaccounts: 'identity',
  'roles.rbac.authorization.k8s.io': 'identity',
  'clusterroles.rbac.authorization.k8s.io': 'identity',
  'rolebindings.rbac.authorization.k8s.io': 'identity',
  'clusterrolebindings.rbac.authorization.k8s.io': 'identity',
  'networkpolicies.networking.k8s.io': 'guard rails',
  limitranges: 'guard rails',
  resourcequotas: 'guard rails',
  configmaps: 'configuration',
  secrets: 'configuration',
  persistentvolumes: 'storage',
  persistentvolumeclaims: 'storage',
  services: 'services',
  endpoints: 'services',
  'endpointslices.discovery.k8s.io': 'services',
  'apiservices.apiregistration.k8s.io': 'api services',
  'daemonsets.apps': 'workloads',
  'deployments.apps': 'workloads',
  'statefulsets.apps': 'workloads',
  'replicasets.apps': 'workloads',
  replicationcontrollers: 'workloads',
  pods: 'workloads',
  'cronjobs.batch': 'workloads',
  'jobs.batch': 'workloads',
  'ingresses.networking.k8s.io': 'edges',
  'ingresses.extensions': 'edges',
  'horizontalpodautoscalers.autoscaling': 'edges',
  'poddisruptionbudgets.policy': 'edges',
  'validatingadmissionpolicies.admissionregistration.k8s.io': 'admission',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': 'admission',
  'mutatingadmissionpolicies.admissionregistration.k8s.io': 'admission',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': 'admission',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': 'admission',
  'validatingwebhookconfigurations.admissionregistration.k8s.io': 'admission',
};

/** Groups whose custom resources stand at the edge: they lead traffic or scale what is there by then. */
const EDGE_GROUPS = /^(?:gateway\.networking\.k8s\.io|route\.openshift\.io|autoscaling\.k8s\.io|keda\.sh)$/;
/** Groups that the API server itself serves: none of them is a custom resource. */
const BUILT_IN = /^(?:|apps|batch|autoscaling|policy|extensions|events\.k8s\.io|[a-z.]+\.k8s\.io)$/;

/** The wave in which an object is written. */
export function waveOf(desired: Pick<DesiredObject, 'type' | 'path'>, facts: Pick<ScopeFacts, 'isPlatformWorkload'>): Wave {
  const name = typeName(desired.type);
  const wave = WAVE_OF[name];
  if (wave === 'workloads' && facts.isPlatformWorkload(desired.path)) return 'platform';
  if (wave !== undefined) return wave;
  if (desired.type.kind.endsWith('Class')) return 'classes';
  if (EDGE_GROUPS.test(desired.type.group)) return 'edges';
  return BUILT_IN.test(desired.type.group) ? 'configuration' : 'custom resources';
}

/**
 * Steps that must be done before: the type's definition, the namespace, owners, the roles that a binding names, the volume
 * that a claim binds.
 */
export function dependenciesOf(desired: DesiredObject, facts: ScopeFacts, exists: (path: string) => boolean): string[] {
  const { namespace } = desired.id;
  const paths = new Set<string>();
  const add = (path: string | null): void => {
    if (path !== null && path !== desired.path) paths.add(path);
  };
  add(facts.definitionPath(desired.type));
  if (namespace !== '') add(facts.namespacePath(namespace));
  for (const owner of desired.owners) add(facts.ownerPath(owner, namespace));
  for (const path of roleOf(desired)) if (exists(path)) add(path);
  return [...paths].sort();
}

/** The role of a binding, and a ClusterRole that an aggregation needs nothing of: roleRef is checked at creation (RBAC escalation). */
function roleOf({ body, id, type }: DesiredObject): string[] {
  if (type.group !== 'rbac.authorization.k8s.io' || !type.resource.endsWith('bindings')) return [];
  const roleRef: Json | undefined = own(body, 'roleRef');
  if (!isObject(roleRef)) return [];
  const name = textOf(roleRef, 'name');
  return textOf(roleRef, 'kind') === 'ClusterRole'
    ? [treePath({ group: type.group, resource: 'clusterroles', namespace: '', name })]
    : [treePath({ group: type.group, resource: 'roles', namespace: id.namespace, name })];
}

function textOf(object: JsonObject, key: string): string {
  const value = own(object, key);
  return typeof value === 'string' ? value : '';
}
