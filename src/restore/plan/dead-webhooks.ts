import { escapeLine } from '../../lib/escape.js';
import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { isForbidden } from '../../model/cluster-error.js';
import type { Danger } from '../../model/restore-plan.js';
import type { ResourceType } from '../../model/resource-type.js';
import { valueAt } from '../field-place.js';
import type { PatientReader } from '../patient-reader.js';
import { readLive } from './look-up.js';
import type { WebhookScope } from './webhook-scope.js';

/** A webhook with failurePolicy Fail that nobody answers: it refuses everything that it matches. */
export interface DeadWebhook extends WebhookScope {
  readonly configuration: string;
  readonly webhook: string;
  /** `namespace/name` of its Service. */
  readonly service: string;
  /** `has no ready endpoint`, `does not exist` */
  readonly fault: string;
}

const CONFIGURATIONS = ['mutatingwebhookconfigurations.admissionregistration.k8s.io', 'validatingwebhookconfigurations.admissionregistration.k8s.io'];
const SLICES = 'endpointslices.discovery.k8s.io';

/** Live webhooks that fail closed and whose Service has no ready endpoint (restore.md §6.10). Without the right to look: none. */
export async function deadWebhooks(reader: PatientReader, served: ReadonlyMap<string, ResourceType>, signal: AbortSignal): Promise<DeadWebhook[]> {
  const found: DeadWebhook[] = [];
  for (const name of CONFIGURATIONS) {
    const type = served.get(name);
    if (type === undefined) continue;
    for (const configuration of (await reader.objects(type, undefined, signal)) ?? []) found.push(...(await deadIn(configuration, reader, served, signal)));
  }
  return found;
}

/** The same for one webhook configuration, live or desired. */
export async function deadIn(configuration: JsonObject, reader: PatientReader, served: ReadonlyMap<string, ResourceType>, signal: AbortSignal): Promise<DeadWebhook[]> {
  const found: DeadWebhook[] = [];
  const faults = new Map<string, string | null>();
  for (const webhook of objectsAt(configuration, ['webhooks'])) {
    const service = valueAt(webhook, ['clientConfig', 'service']);
    if (own(webhook, 'failurePolicy') === 'Ignore' || !isObject(service)) continue;
    const { namespace, name } = service;
    if (typeof namespace !== 'string' || typeof name !== 'string') continue;
    const key = `${namespace}/${name}`;
    if (!faults.has(key)) faults.set(key, await faultOf(reader, served, namespace, name, signal));
    const fault = faults.get(key) ?? null;
    if (fault === null) continue;
    found.push({
      configuration: text(metadataOf(configuration)['name']), webhook: text(own(webhook, 'name')), service: key, fault,
      rules: objectsAt(webhook, ['rules']), namespaceSelector: own(webhook, 'namespaceSelector'), objectSelector: own(webhook, 'objectSelector'),
    });
  }
  return found;
}

export function webhookDanger(dead: DeadWebhook, name: string): Danger {
  return danger(`a webhook that fails closed is asked about ${name}, and nobody answers it`, evidenceOf(dead));
}

/** Of the configuration itself: it would refuse from then on. */
export function ownWebhookDanger(dead: DeadWebhook, name: string): Danger {
  return danger(`${name} fails closed, and nobody answers it: it is written only when somebody does`, evidenceOf(dead));
}

/** The same for what only the server's refusal of a dry run tells (`clientConfig.url`, a backend that is there and fails). */
export function failingWebhookDanger(message: string, name: string): Danger {
  return danger(`a webhook that fails closed is asked about ${name}, and nobody answers it`, message);
}

function evidenceOf({ configuration, webhook, service, fault }: DeadWebhook): string {
  return `${webhook} in ${configuration}: Service ${service} ${fault}`;
}

function danger(words: string, evidence: string): Danger {
  return { kind: 'webhook', words, evidence: escapeLine(evidence, 300) };
}

/** Why a Service answers nobody; null: it may. What may not be looked at, and a name elsewhere (ExternalName), may answer. */
async function faultOf(reader: PatientReader, served: ReadonlyMap<string, ResourceType>, namespace: string, name: string, signal: AbortSignal): Promise<string | null> {
  const [slices, services] = [served.get(SLICES), served.get('services')];
  if (slices === undefined || services === undefined) return null;
  const live = await reader.objects(slices, namespace, signal);
  if (live === null || live.some((slice) => isReady(slice, name))) return null;
  try {
    const service = await readLive(reader, services, { namespace, name }, signal);
    if (service === null) return 'does not exist';
    return valueAt(service, ['spec', 'type']) === 'ExternalName' ? null : 'has no ready endpoint';
  } catch (error) {
    if (isForbidden(error)) return 'has no ready endpoint';
    throw error;
  }
}

function isReady(slice: JsonObject, service: string): boolean {
  const labels = own(metadataOf(slice), 'labels');
  if (!isObject(labels) || labels['kubernetes.io/service-name'] !== service) return false;
  return objectsAt(slice, ['endpoints']).some((endpoint) => valueAt(endpoint, ['conditions', 'ready']) !== false);
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
