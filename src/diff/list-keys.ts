/**
 * The merge keys of the list at a place (keys and indices from the root of the object): none for a set, null for a list
 * that is replaced as a whole (atomic) or of which nothing is known.
 */
export type ListKeys = (keys: readonly (string | number)[]) => readonly string[] | null;

type Table = Readonly<Record<string, readonly string[]>>;

const SET: readonly string[] = [];

/** Lists below a container (core/v1 Container, EphemeralContainer). */
const CONTAINER: Table = {
  env: ['name'],
  ports: ['containerPort', 'protocol'],
  'resources.claims': ['name'],
  'restartPolicyRules.*.exitCodes.values': SET,
  volumeDevices: ['devicePath'],
  volumeMounts: ['mountPath'],
};

/** Lists below a pod's spec (core/v1 PodSpec). */
const POD_SPEC: Table = {
  ...below('containers', ['name'], CONTAINER),
  ...below('initContainers', ['name'], CONTAINER),
  ...below('ephemeralContainers', ['name'], CONTAINER),
  hostAliases: ['ip'],
  imagePullSecrets: ['name'],
  resourceClaims: ['name'],
  'resources.claims': ['name'],
  schedulingGates: ['name'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  volumes: ['name'],
};

/** Where the built-in kinds hold a pod's spec. */
const POD_SPECS: Readonly<Record<string, string>> = {
  '/Pod': 'spec',
  '/PodTemplate': 'template.spec',
  '/ReplicationController': 'spec.template.spec',
  'apps/DaemonSet': 'spec.template.spec',
  'apps/Deployment': 'spec.template.spec',
  'apps/ReplicaSet': 'spec.template.spec',
  'apps/StatefulSet': 'spec.template.spec',
  'batch/CronJob': 'spec.jobTemplate.spec.template.spec',
  'batch/Job': 'spec.template.spec',
};

const WEBHOOKS: Table = below('webhooks', ['name'], { matchConditions: ['name'] });

/** Lists of the other built-in kinds. */
const OTHERS: Readonly<Record<string, Table>> = {
  '/ComponentStatus': { conditions: ['type'] },
  '/Node': { 'spec.podCIDRs': SET },
  '/Service': { 'spec.ports': ['port', 'protocol'] },
  '/ServiceAccount': { secrets: ['name'] },
  'admissionregistration.k8s.io/MutatingAdmissionPolicy': { 'spec.matchConditions': ['name'] },
  'admissionregistration.k8s.io/MutatingWebhookConfiguration': WEBHOOKS,
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': { 'spec.matchConditions': ['name'], 'spec.variables': ['name'] },
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': { 'spec.validationActions': SET },
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': WEBHOOKS,
  'batch/CronJob': { 'spec.jobTemplate.spec.podFailurePolicy.rules.*.onExitCodes.values': SET },
  'batch/Job': { 'spec.podFailurePolicy.rules.*.onExitCodes.values': SET },
  'discovery.k8s.io/EndpointSlice': { 'endpoints.*.addresses': SET },
  'flowcontrol.apiserver.k8s.io/FlowSchema': {
    'spec.rules.*.nonResourceRules.*.nonResourceURLs': SET,
    'spec.rules.*.nonResourceRules.*.verbs': SET,
    'spec.rules.*.resourceRules.*.apiGroups': SET,
    'spec.rules.*.resourceRules.*.namespaces': SET,
    'spec.rules.*.resourceRules.*.resources': SET,
    'spec.rules.*.resourceRules.*.verbs': SET,
  },
  'storage.k8s.io/CSIDriver': { 'spec.volumeLifecycleModes': SET },
  'storage.k8s.io/CSINode': { 'spec.drivers': ['name'] },
};

/** A list of a schema, which nests in itself, in a CustomResourceDefinition. */
const VALIDATIONS = 'x-kubernetes-validations';

/** Lists of the metadata of an object or of an embedded template (meta/v1 ObjectMeta). */
const METADATA: Table = { ownerReferences: ['uid'], finalizers: SET };

/**
 * From a table of the built-in kinds, for when no server can be asked. It names what Kubernetes 1.36 declares for every
 * list of spec and metadata, and for status.conditions (test/cluster/list-keys.test.ts compares the two); of other kinds it
 * knows the metadata.
 */
export function builtInListKeys(apiVersion: string, kind: string): ListKeys {
  const slash = apiVersion.indexOf('/');
  const type = `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`;
  const podSpec = Object.hasOwn(POD_SPECS, type) ? `${POD_SPECS[type] ?? ''}.` : null;
  const others = Object.hasOwn(OTHERS, type) ? OTHERS[type] : undefined;
  const builtIn = podSpec !== null || others !== undefined || isBuiltInGroup(type);
  return (keys) => {
    const last = keys.at(-1);
    if (typeof last !== 'string') return null;
    if (last === VALIDATIONS && type === 'apiextensions.k8s.io/CustomResourceDefinition') return ['rule'];
    if (keys.at(-2) === 'metadata' && (keys.length === 2 || builtIn)) return entry(METADATA, last);
    const place = keys.map((key) => (typeof key === 'number' ? '*' : key)).join('.');
    // A Job's are declared atomic.
    if (builtIn && place === 'status.conditions') return type === 'batch/Job' ? null : ['type'];
    if (podSpec !== null && place.startsWith(podSpec)) return entry(POD_SPEC, place.slice(podSpec.length));
    return others === undefined ? null : entry(others, place);
  };
}

function entry(table: Table, place: string): readonly string[] | null {
  return Object.hasOwn(table, place) ? (table[place] ?? null) : null;
}

function isBuiltInGroup(type: string): boolean {
  return /^(?:apps|autoscaling|batch|policy|)\/|^[a-z]+(?:\.authorization|\.apiserver|)\.k8s\.io\/(?!.*\.)/.test(type);
}

/** The table of a list and of what is below its items. */
function below(list: string, keys: readonly string[], table: Table): Table {
  const members = Object.entries(table).map(([place, mergeKeys]) => [`${list}.*.${place}`, mergeKeys] as const);
  return { [list]: keys, ...Object.fromEntries(members) };
}
