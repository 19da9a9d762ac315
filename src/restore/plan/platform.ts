import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { typeName } from '../../model/resource-type.js';
import type { DesiredObject } from '../desired.js';
import { valueAt } from '../field-place.js';
import type { Place } from '../scope-facts.js';

const WEBHOOKS = new Set(['mutatingwebhookconfigurations.admissionregistration.k8s.io', 'validatingwebhookconfigurations.admissionregistration.k8s.io']);
const WORKLOADS = new Set(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicasets.apps', 'replicationcontrollers', 'pods']);

/** The Services that the API server calls because of an object: webhooks, conversions, aggregated APIs. */
export function calledServices({ type, body }: Pick<DesiredObject, 'type' | 'body'>): Place[] {
  const name = typeName(type);
  if (WEBHOOKS.has(name)) return listOf(own(body, 'webhooks')).flatMap((webhook) => placeOf(valueAt(webhook, ['clientConfig', 'service'])));
  if (name === 'customresourcedefinitions.apiextensions.k8s.io') return placeOf(valueAt(body, ['spec', 'conversion', 'webhook', 'clientConfig', 'service']));
  if (name === 'apiservices.apiregistration.k8s.io') return placeOf(valueAt(body, ['spec', 'service']));
  return [];
}

/** Whether the pods of a workload are behind a Service. */
export function isBehind(workload: Pick<DesiredObject, 'type' | 'body' | 'id'>, service: Pick<DesiredObject, 'body' | 'id'>): boolean {
  if (!WORKLOADS.has(typeName(workload.type)) || workload.id.namespace !== service.id.namespace) return false;
  const selector = valueAt(service.body, ['spec', 'selector']);
  const labels = valueAt(workload.body, workload.type.resource === 'pods' ? ['metadata', 'labels'] : ['spec', 'template', 'metadata', 'labels']);
  if (!isObject(selector) || !isObject(labels) || Object.keys(selector).length === 0) return false;
  return Object.keys(selector).every((key) => own(labels, key) === own(selector, key));
}

function placeOf(service: Json | undefined): Place[] {
  if (!isObject(service)) return [];
  const { namespace, name } = service;
  return typeof namespace === 'string' && typeof name === 'string' ? [{ namespace, name }] : [];
}

function listOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
