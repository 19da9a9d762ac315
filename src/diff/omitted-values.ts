import { isObject, NumberToken, type Json } from '../lib/json.js';

/** API groups whose objects the server decodes into Go types, which lose empty members when they are written back. */
const TYPED_GROUPS: ReadonlySet<string> = new Set([
  '', 'admissionregistration.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'apps', 'autoscaling', 'batch', 'certificates.k8s.io', 'coordination.k8s.io',
  'discovery.k8s.io', 'events.k8s.io', 'flowcontrol.apiserver.k8s.io', 'networking.k8s.io', 'node.k8s.io', 'policy', 'rbac.authorization.k8s.io',
  'resource.k8s.io', 'scheduling.k8s.io', 'storage.k8s.io',
]);

/** Maps from text to text or quantity: left out when empty. (An empty struct such as `namespaceSelector: {}` means something and is kept.) */
const TEXT_MAPS: ReadonlySet<string> = new Set([
  'labels', 'annotations', 'matchLabels', 'nodeSelector', 'limits', 'requests', 'data', 'binaryData', 'stringData', 'parameters', 'hard', 'capacity', 'overhead',
  'min', 'max', 'defaultRequest', 'maxLimitRequestRatio',
]);

/** Texts that are pointers in Go: absent and '' differ (`storageClassName: ""` asks for no class at all). */
const POINTERS: ReadonlySet<string> = new Set(['storageClassName', 'volumeAttributesClassName', 'ingressClassName', 'runtimeClassName']);

/** `false` of bool,omitempty: hostNetwork and the like in core/v1 and apps/v1, CustomResourceDefinition's schema. */
const FALSE_IS_ABSENT: ReadonlySet<string> = new Set([
  'hostNetwork', 'hostPID', 'hostIPC', 'stdin', 'stdinOnce', 'tty', 'readOnly', 'publishNotReadyAddresses', 'unschedulable', 'paused', 'globalDefault',
  'preserveUnknownFields', 'deprecated', 'nullable', 'uniqueItems', 'exclusiveMaximum', 'exclusiveMinimum', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string',
]);

/** `0` of int32,omitempty. */
const ZERO_IS_ABSENT: ReadonlySet<string> = new Set(['minReadySeconds', 'initialDelaySeconds', 'hostPort', 'nodePort', 'healthCheckNodePort']);

/** Where an empty value asks the server, a controller or the scheduler to choose; an update with it keeps what was chosen. */
const CHOSEN_WHEN_EMPTY: ReadonlySet<string> = new Set([
  'clusterIP', 'nodePort', 'healthCheckNodePort', 'volumeName', 'nodeName', 'schedulerName', 'imagePullPolicy', 'dnsPolicy', 'restartPolicy', 'protocol',
  'sessionAffinity', 'terminationMessagePath', 'terminationMessagePolicy', 'concurrencyPolicy', 'volumeMode',
]);

/**
 * Whether a manifest that names this value says no more than one that does not name the field: any value that is live is
 * as it wants.
 */
export function isLeftToServer(keys: readonly (string | number)[], value: Json, apiVersion: Json | undefined): boolean {
  const key = keys.at(-1);
  return typeof key === 'string' && CHOSEN_WHEN_EMPTY.has(key) && !isFreeMap(keys.at(-2)) && (value === '' || isZero(value)) && isTyped(apiVersion);
}

/**
 * Whether the server leaves out a value that a manifest names, so that a live object without it is as the manifest wants:
 * null for every type; for built-in types empty lists, empty maps from text to text, and what Go's `omitempty` drops.
 * (Source: k8s.io/api types; tried against a real API server in test/cluster/diff-manifests.test.ts.)
 */
export function isLeftOutByServer(keys: readonly (string | number)[], value: Json, apiVersion: Json | undefined): boolean {
  if (value === null) return true;
  const key = keys.at(-1);
  if (typeof key !== 'string' || !isTyped(apiVersion)) return false;
  // Members of such a map are a person's own: an empty label is a label.
  if (isFreeMap(keys.at(-2))) return false;
  if (value === '') return !POINTERS.has(key);
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return TEXT_MAPS.has(key) && Object.keys(value).length === 0;
  if (value === false) return FALSE_IS_ABSENT.has(key);
  return isZero(value) && ZERO_IS_ABSENT.has(key);
}

function isZero(value: Json): boolean {
  return value instanceof NumberToken ? Number(value.text) === 0 : value === 0;
}

function isFreeMap(key: string | number | undefined): boolean {
  return typeof key === 'string' && TEXT_MAPS.has(key);
}

function isTyped(apiVersion: Json | undefined): boolean {
  if (typeof apiVersion !== 'string') return false;
  const slash = apiVersion.indexOf('/');
  return TYPED_GROUPS.has(slash < 0 ? '' : apiVersion.slice(0, slash));
}
