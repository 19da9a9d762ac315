import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';

/** The part of one webhook that says which requests it is asked about (admissionregistration.k8s.io/v1). */
export interface WebhookScope {
  readonly rules: readonly JsonObject[];
  readonly namespaceSelector: Json | undefined;
  readonly objectSelector: Json | undefined;
}

/** One write, as far as it decides who is asked. */
export interface AskedWrite {
  readonly type: ResourceType;
  readonly verb: 'CREATE' | 'UPDATE';
  readonly desired: JsonObject;
  readonly live: JsonObject | null;
  /** Of the object's namespace; null: not known. */
  readonly namespaceLabels: JsonObject | null;
}

/** Whether a webhook is asked about a write. Its matchConditions are not evaluated: it may be asked about less. */
export function isAsked({ rules, namespaceSelector, objectSelector }: WebhookScope, { type, verb, desired, live, namespaceLabels }: AskedWrite): boolean {
  if (!rules.some((rule) => isNamed(rule, type, verb))) return false;
  if (![desired, ...(live === null ? [] : [live])].some((object) => selects(objectSelector, labelsOf(object)))) return false;
  if (typeName(type) === 'namespaces') return selects(namespaceSelector, labelsOf(desired));
  return !type.namespaced || namespaceLabels === null || selects(namespaceSelector, namespaceLabels);
}

function isNamed(rule: JsonObject, { group, resource, namespaced }: ResourceType, verb: string): boolean {
  const scope = own(rule, 'scope');
  if ((scope === 'Cluster' && namespaced) || (scope === 'Namespaced' && !namespaced)) return false;
  const has = (key: string, ...values: readonly string[]): boolean => listOf(own(rule, key)).some((each) => each === '*' || values.includes(each as string));
  return has('apiGroups', group) && has('resources', resource, `${resource}/*`, '*/*') && has('operations', verb);
}

/** A metav1.LabelSelector; an absent or empty one selects everything. */
export function selects(selector: Json | undefined, labels: JsonObject): boolean {
  if (!isObject(selector)) return true;
  const exact = own(selector, 'matchLabels');
  if (isObject(exact) && !Object.keys(exact).every((key) => own(labels, key) === own(exact, key))) return false;
  return listOf(own(selector, 'matchExpressions')).filter(isObject).every((each) => holds(each, labels));
}

function holds(expression: JsonObject, labels: JsonObject): boolean {
  const key = own(expression, 'key');
  const value = typeof key === 'string' ? own(labels, key) : undefined;
  const values = listOf(own(expression, 'values'));
  switch (own(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return true;
  }
}

export function labelsOf(object: JsonObject): JsonObject {
  const labels = own(metadataOf(object), 'labels');
  return isObject(labels) ? labels : {};
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
