import { linked } from '../../lib/abort.js';
import type { Clock } from '../../lib/clock.js';
import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { parseJson } from '../../lib/parse-json.js';
import { metadataOf } from '../../model/canonical.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ObjectId } from '../../model/object-id.js';
import type { ResourceType } from '../../model/resource-type.js';
import { readLive } from '../plan/look-up.js';
import { valueAt } from '../field-place.js';

/** Null: it is so. Else what is still missing, in words. */
export type Condition = (object: JsonObject | null) => string | null;

const AGAIN_MS = 500;

/**
 * Looks, then waits by a watch until a condition holds; the words of what is missing when the time is over, null when it holds. `onWaiting`: the
 * first look did not suffice.
 */
export async function waitFor(deps: { readonly reader: ClusterReader; readonly clock: Clock }, type: ResourceType, id: Pick<ObjectId, 'namespace' | 'name'>, condition: Condition, timeoutMs: number, signal: AbortSignal, onWaiting: (missing: string) => void = () => undefined): Promise<string | null> {
  const deadline = deps.clock.now() + timeoutMs;
  using limit = linked(signal);
  const timer = deps.clock.sleep(timeoutMs, limit.signal).then(() => { limit.abort(new Error('time is over')); }, () => undefined);
  let missing: string | null = 'it was not looked at';
  try {
    for (let n = 0; ; n++) {
      const live = await readLive(deps.reader, type, id, n === 0 ? signal : limit.signal);
      missing = condition(live);
      if (missing === null) return null;
      if (n === 0) onWaiting(missing);
      missing = await watched(deps, type, id, live, condition, missing, limit.signal);
      if (missing === null) return null;
      await deps.clock.sleep(AGAIN_MS, limit.signal);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (deps.clock.now() >= deadline || limit.signal.aborted) return missing;
    if (error instanceof ClusterError) return `${missing ?? ''} (${error.message})`;
    throw error;
  } finally {
    limit.abort();
    await timer;
  }
}

/** Follows the object until the watch ends; any end is a reason to look again. */
async function watched(deps: { readonly reader: ClusterReader }, type: ResourceType, id: Pick<ObjectId, 'namespace' | 'name'>, live: JsonObject | null, condition: Condition, before: string, signal: AbortSignal): Promise<string | null> {
  const from = own(metadataOf(live ?? {}), 'resourceVersion');
  if (typeof from !== 'string' || !type.watchable) return before;
  let missing: string | null = before;
  try {
    for await (const events of deps.reader.watch(type, { from, namespace: id.namespace === '' ? undefined : id.namespace }, signal)) {
      for (const event of events) {
        if (event.kind !== 'object') continue;
        const object = parseJson(Buffer.from(event.object).toString('utf8'));
        if (!isObject(object) || metadataOf(object)['name'] !== id.name) continue;
        missing = condition(event.change === 'DELETED' ? null : object);
        if (missing === null) return null;
      }
    }
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ClusterError)) throw error;
  }
  return missing;
}

/** `status.conditions` has these types with status True. */
export function hasConditions(...types: readonly string[]): Condition {
  return (object) => {
    if (object === null) return 'it is not there';
    const conditions = valueAt(object, ['status', 'conditions']);
    const list: Json[] = Array.isArray(conditions) ? conditions : [];
    const open = types.filter((type) => !list.some((each) => isObject(each) && each['type'] === type && each['status'] === 'True'));
    return open.length === 0 ? null : `not ${open.join(', not ')}`;
  };
}

/** `status.phase` is this. */
export function hasPhase(phase: string): Condition {
  return (object) => {
    const now = object === null ? undefined : valueAt(object, ['status', 'phase']);
    return now === phase ? null : `${typeof now === 'string' ? now : 'without phase'}, not ${phase}`;
  };
}
