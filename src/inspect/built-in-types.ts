/**
 * Short names of Kubernetes' own types (kubectl api-resources of 1.36), for repositories that do not record them:
 * `<plural>[.<group>] <short names>`.
 */
export const BUILT_IN_SHORT_NAMES: ReadonlyMap<string, readonly string[]> = new Map(
  [
    'componentstatuses cs',
    'configmaps cm',
    'endpoints ep',
    'events ev',
    'limitranges limits',
    'namespaces ns',
    'nodes no',
    'persistentvolumeclaims pvc',
    'persistentvolumes pv',
    'pods po',
    'replicationcontrollers rc',
    'resourcequotas quota',
    'serviceaccounts sa',
    'services svc',
    'customresourcedefinitions.apiextensions.k8s.io crd crds',
    'daemonsets.apps ds',
    'deployments.apps deploy',
    'replicasets.apps rs',
    'statefulsets.apps sts',
    'horizontalpodautoscalers.autoscaling hpa',
    'cronjobs.batch cj',
    'certificatesigningrequests.certificates.k8s.io csr',
    'events.events.k8s.io ev',
    'ingresses.networking.k8s.io ing',
    'networkpolicies.networking.k8s.io netpol',
    'ipaddresses.networking.k8s.io ip',
    'poddisruptionbudgets.policy pdb',
    'priorityclasses.scheduling.k8s.io pc',
    'storageclasses.storage.k8s.io sc',
    'volumeattributesclasses.storage.k8s.io vac',
  ].map((line) => {
    const [type = '', ...names] = line.split(' ');
    return [type, names] as const;
  }),
);
