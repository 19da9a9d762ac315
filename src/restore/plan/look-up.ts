import { copyJson, isObject, type JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import { metadataOf } from '../../model/canonical.js';
import { ClusterError, isForbidden } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { treePath } from '../../model/tree-path.js';
import { readTypes } from '../../capture/meta-files.js';
import type { DesiredObject } from '../desired.js';
import { setAt, valueAt } from '../field-place.js';
import type { PlanContext, PlanDeps } from './plan-deps.js';

/** One live object, parsed with number tokens; null: absent, or its type is not served. */
export async function readLive(reader: ClusterReader, type: ResourceType, id: Pick<ObjectId, 'namespace' | 'name'>, signal: AbortSignal): Promise<JsonObject | null> {
  try {
    const bytes = await reader.get(type, id.namespace, id.name, signal);
    const object = bytes === null ? null : parseJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
    return object !== null && isObject(object) ? object : null;
  } catch (error) {
    if (error instanceof ClusterError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}

/** Learns which owners of an object are live. */
export async function learnOwners(desired: DesiredObject, { world }: PlanContext, reader: ClusterReader, signal: AbortSignal): Promise<void> {
  for (const owner of desired.owners) {
    const path = world.pathOf(owner, desired.id.namespace);
    const type = world.typeOf(owner.apiVersion, owner.kind);
    if (path === null || type === null || world.knowsOwner(path)) continue;
    const served = world.served(type);
    const live = served === null ? null : await readLive(reader, served, { namespace: served.namespaced ? desired.id.namespace : '', name: owner.name }, signal);
    const uid = live === null ? undefined : metadataOf(live)['uid'];
    world.learnOwner(path, typeof uid === 'string' ? uid : null);
  }
}

/** Asks the snapshot port what becomes of a claim's data. */
export async function learnClaim(desired: DesiredObject, live: JsonObject | null, context: PlanContext, deps: PlanDeps, signal: AbortSignal): Promise<void> {
  if (typeName(desired.type) !== 'persistentvolumeclaims') return;
  const named = valueAt(desired.body, ['spec', 'volumeName']) ?? desired.allocated.find(({ path }) => path === 'spec.volumeName')?.value;
  const volumeThere = typeof named === 'string' && (await isFree(named, desired, context, deps, signal));
  const recorded = copyJson(desired.body);
  if (typeof named === 'string') setAt(recorded, ['spec', 'volumeName'], named);
  const [answer] = await deps.snapshots.answer([{ id: desired.id, desired: recorded, live, volumeThere }], signal);
  if (answer !== undefined) context.world.learnClaim(desired.path, answer);
}

/** Whether a volume is there, or will be, and belongs to nobody else. */
async function isFree(volume: string, claim: DesiredObject, context: PlanContext, { reader }: PlanDeps, signal: AbortSignal): Promise<boolean> {
  const { world, request } = context;
  const volumes = world.served({ group: '', resource: 'persistentvolumes' }) ?? readTypes(request.snapshot).get('persistentvolumes')?.type;
  if (volumes === undefined) return false;
  const live = await readLive(reader, volumes, { namespace: '', name: volume }, signal).catch((error: unknown) => {
    if (isForbidden(error)) return 'hidden' as const;
    throw error;
  });
  if (live === 'hidden') return false;
  if (live === null) return world.hasStep(treePath({ group: '', resource: 'persistentvolumes', namespace: '', name: volume }));
  if (metadataOf(live)['deletionTimestamp'] !== undefined) return false;
  const reference = valueAt(live, ['spec', 'claimRef']);
  return !isObject(reference) || (reference['namespace'] === claim.id.namespace && reference['name'] === claim.id.name);
}
