import { jsonEqual } from '../../canon/rules/json-equal.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { typeName } from '../../model/resource-type.js';
import type { DesiredObject } from '../desired.js';
import { removeAt, setAt, valueAt } from '../field-place.js';
import { sortOf } from './answers.js';
import type { Attempts } from './attempts.js';
import { DRY_RUN, type WriteDeps } from './write-deps.js';

/** What the server's own answers prove about a refused PUT. */
export interface Proof {
  /**
   * immutable: valid as a new object, but not as this change. invalid: valid as neither. unprovable: a new object cannot be
   * tried. stale: somebody (a controller) wrote the object meanwhile, so its fields say nothing.
   */
  readonly verdict: 'immutable' | 'invalid' | 'unprovable' | 'stale';
  /** Fields that were refused when they alone were changed: `spec.selector`, `type`. */
  readonly fields: readonly string[];
}

/** Their names follow from their content, so that no second one can be tried. */
const NAMED_BY_CONTENT = new Set(['customresourcedefinitions.apiextensions.k8s.io', 'apiservices.apiregistration.k8s.io']);
const METADATA = ['labels', 'annotations', 'finalizers'] as const;

/**
 * Asks the server, by dry runs, why a PUT was refused: each differing field alone, then the whole as a new object under a
 * throw-away name (restore.md §6.5; 35 cases measured in experiments/immutability). A mistake in the object is never taken for an
 * immutable field, because that would delete objects for a typing error.
 */
export async function proveImmutable(desired: DesiredObject, live: JsonObject, wanted: JsonObject, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Proof> {
  const { type, id } = desired;
  const fields: string[] = [];
  for (const unit of differingUnits(live, wanted)) {
    const alone = copyJson(live);
    const value = valueAt(wanted, unit);
    if (value === undefined) removeAt(alone, unit);
    else setAt(alone, unit, copyJson(value));
    const answer = await attempts.send('PUT', () => deps.writer.replace(type, id.namespace, id.name, alone, DRY_RUN, signal));
    if (answer.kind === 'refused' && sortOf(answer, true) === 'conflict') return { verdict: 'stale', fields: [] };
    if (answer.kind === 'refused' && answer.status === 422) fields.push(unit.join('.'));
  }
  if (NAMED_BY_CONTENT.has(typeName(type))) return { verdict: fields.length > 0 ? 'unprovable' : 'invalid', fields };
  const probe = probeOf(wanted, typeName(type), deps.random);
  const answer = await attempts.send('POST', () => deps.writer.create(type, id.namespace, probe, DRY_RUN, signal));
  if (answer.kind === 'done') return { verdict: 'immutable', fields };
  return { verdict: answer.kind === 'refused' && answer.status === 422 ? 'invalid' : 'unprovable', fields };
}

/** Fields one level below the root, `spec` and `metadata`: the granularity in which the API has immutable fields. */
function differingUnits(live: JsonObject, wanted: JsonObject): string[][] {
  const units: string[][] = METADATA.map((key) => ['metadata', key]);
  const keysOf = (value: Json | undefined): string[] => (isObject(value) ? Object.keys(value) : []);
  for (const key of new Set([...keysOf(live), ...keysOf(wanted)])) {
    if (['apiVersion', 'kind', 'metadata', 'status'].includes(key)) continue;
    if (key !== 'spec') units.push([key]);
    else for (const inner of new Set([...keysOf(own(live, 'spec')), ...keysOf(own(wanted, 'spec'))])) units.push(['spec', inner]);
  }
  return units.filter((unit) => !jsonEqual(valueAt(live, unit), valueAt(wanted, unit)));
}

/** The wanted object as a new one, without what only one object can have. */
function probeOf(wanted: JsonObject, type: string, random: () => number): JsonObject {
  const probe = copyJson(wanted);
  const { namespace, labels, annotations } = metadataOf(wanted);
  const name = `kubetape-probe-${Math.floor(random() * 36 ** 6).toString(36)}`;
  setOwn(probe, 'metadata', { name, ...(namespace === undefined ? {} : { namespace }), ...(labels === undefined ? {} : { labels }), ...(annotations === undefined ? {} : { annotations }) });
  removeAt(probe, ['status']);
  const unique: Readonly<Record<string, readonly string[]>> = {
    services: ['clusterIPs', 'healthCheckNodePort', 'loadBalancerIP', ...(valueAt(wanted, ['spec', 'clusterIP']) === 'None' ? [] : ['clusterIP'])],
    persistentvolumeclaims: ['volumeName'],
    persistentvolumes: ['claimRef'],
    pods: ['nodeName'],
    'jobs.batch': valueAt(wanted, ['spec', 'manualSelector']) === true ? [] : ['selector'],
  };
  for (const key of unique[type] ?? []) removeAt(probe, ['spec', key]);
  if (type === 'services') for (const port of listAt(probe, ['spec', 'ports'])) if (isObject(port)) Reflect.deleteProperty(port, 'nodePort');
  if (type === 'jobs.batch') withoutControllerLabels(probe);
  return probe;
}

/** Labels that the Job controller puts on a template: those of another Job are refused. */
function withoutControllerLabels(job: JsonObject): void {
  for (const label of ['controller-uid', 'job-name', 'batch.kubernetes.io/controller-uid', 'batch.kubernetes.io/job-name']) {
    for (const at of [['spec', 'template', 'metadata', 'labels'], ['metadata', 'labels']]) removeAt(job, [...at, label]);
  }
}

function listAt(object: JsonObject, keys: readonly string[]): Json[] {
  const value = valueAt(object, keys);
  return Array.isArray(value) ? value : [];
}
