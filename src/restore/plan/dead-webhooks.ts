import { escapeLine } from '../../lib/escape.js';
import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { parseJsonItems } from '../../lib/parse-json.js';
import { metadataOf } from '../../model/canonical.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { Danger } from '../../model/restore-plan.js';
import type { ResourceType } from '../../model/resource-type.js';
import { valueAt } from '../field-place.js';

/** A webhook with failurePolicy Fail that nobody answers: it refuses everything that it matches. */
export interface DeadWebhook {
  readonly configuration: string;
  readonly webhook: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
  readonly rules: readonly JsonObject[];
}

const CONFIGURATIONS = ['mutatingwebhookconfigurations.admissionregistration.k8s.io', 'validatingwebhookconfigurations.admissionregistration.k8s.io'];
const SLICES = 'endpointslices.discovery.k8s.io';

/** Live webhooks that fail closed and whose Service has no ready endpoint (restore.md §6.10). Without the right to look: none. */
export async function deadWebhooks(reader: ClusterReader, served: ReadonlyMap<string, ResourceType>, signal: AbortSignal): Promise<DeadWebhook[]> {
  const found: DeadWebhook[] = [];
  for (const name of CONFIGURATIONS) {
    const type = served.get(name);
    if (type === undefined) continue;
    for (const configuration of await listAll(reader, type, undefined, signal)) found.push(...(await deadIn(configuration, reader, served, signal)));
  }
  return found;
}

/** The same for one webhook configuration, live or desired. */
export async function deadIn(configuration: JsonObject, reader: ClusterReader, served: ReadonlyMap<string, ResourceType>, signal: AbortSignal): Promise<DeadWebhook[]> {
  const found: DeadWebhook[] = [];
  const ready = new Map<string, boolean>();
  for (const webhook of objectsAt(configuration, ['webhooks'])) {
    const service = valueAt(webhook, ['clientConfig', 'service']);
    if (own(webhook, 'failurePolicy') === 'Ignore' || !isObject(service)) continue;
    const { namespace, name } = service;
    if (typeof namespace !== 'string' || typeof name !== 'string') continue;
    const key = `${namespace}/${name}`;
    if (!ready.has(key)) ready.set(key, await hasEndpoint(reader, served.get(SLICES), namespace, name, signal));
    if (ready.get(key) === true) continue;
    found.push({ configuration: text(metadataOf(configuration)['name']), webhook: text(own(webhook, 'name')), service: key, rules: objectsAt(webhook, ['rules']) });
  }
  return found;
}

/** Whether such a webhook is asked about a write to an object of the type; selectors are not looked at. */
export function isAsked({ rules }: DeadWebhook, type: ResourceType, verb: 'CREATE' | 'UPDATE'): boolean {
  const names = (rule: JsonObject, key: string): Json[] => listOf(own(rule, key));
  return rules.some((rule) => {
    const scope = own(rule, 'scope');
    if ((scope === 'Cluster' && type.namespaced) || (scope === 'Namespaced' && !type.namespaced)) return false;
    const has = (key: string, value: string): boolean => names(rule, key).some((each) => each === '*' || each === value || each === `${value}/*`);
    return has('apiGroups', type.group) && (has('resources', type.resource) || names(rule, 'resources').includes('*/*')) && has('operations', verb);
  });
}

export function webhookDanger({ configuration, webhook, service }: DeadWebhook, name: string): Danger {
  return {
    kind: 'webhook',
    words: `a webhook that fails closed is asked about ${name}, and nobody answers it`,
    evidence: escapeLine(`${webhook} in ${configuration}: Service ${service} has no ready endpoint`, 300),
  };
}

async function hasEndpoint(reader: ClusterReader, slices: ResourceType | undefined, namespace: string, service: string, signal: AbortSignal): Promise<boolean> {
  if (slices === undefined) return true;
  const live = await listAll(reader, slices, namespace, signal);
  return live.some((slice) => {
    const labels = own(metadataOf(slice), 'labels');
    if (!isObject(labels) || labels['kubernetes.io/service-name'] !== service) return false;
    return objectsAt(slice, ['endpoints']).some((endpoint) => valueAt(endpoint, ['conditions', 'ready']) !== false);
  });
}

/** Every live object of a type that holds few; none where it may not be read. */
async function listAll(reader: ClusterReader, type: ResourceType, namespace: string | undefined, signal: AbortSignal): Promise<JsonObject[]> {
  const objects: JsonObject[] = [];
  try {
    for await (const chunk of reader.list(type, { namespace }, signal)) if (chunk.kind === 'items') objects.push(...parseJsonItems(chunk.items).filter(isObject));
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError) || error.code !== 'FORBIDDEN') throw error;
    return [];
  }
  return objects;
}

function objectsAt(object: JsonObject, keys: readonly string[]): JsonObject[] {
  return listOf(valueAt(object, keys)).filter(isObject);
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}
