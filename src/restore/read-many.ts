import { pathOf } from '../capture/batch.js';
import { linked } from '../lib/abort.js';
import { isObject, type JsonObject } from '../lib/json.js';
import { Limit } from '../lib/limit.js';
import { parseJsonItems } from '../lib/parse-json.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { ResourceType } from '../model/resource-type.js';
import { typeFolder } from '../model/tree-path.js';
import { patiently, PatientReader } from './patient-reader.js';
import { readLive } from './plan/look-up.js';
import type { PlanDeps } from './plan/plan-deps.js';

/** One object that is to be read. */
export interface WantedObject {
  readonly path: string;
  /** As it is served now. */
  readonly type: ResourceType;
  readonly namespace: string;
  /** null: the path does not tell it (its name was cut), so its type is listed. */
  readonly name: string | null;
}

/** From so many objects of a type and namespace on, one list costs less than a request each. */
const LISTED_FROM = 100;
const AT_ONCE = 16;

export type ReadDeps = Pick<PlanDeps, 'reader' | 'clock' | 'random'>;

export interface ReadSink {
  /** Told once at least, after a broken list again; null: it is absent. */
  found(wanted: WantedObject, object: JsonObject | null): void;
  /** It may not be read: what this throws ends the reading. */
  unreadable(wanted: WantedObject, error: ClusterError): void;
}

/** Reads live objects, by single requests or by lists, whichever is quicker. ClusterError, the signal's reason. */
export async function readMany(deps: ReadDeps, wanted: readonly WantedObject[], sink: ReadSink, signal: AbortSignal): Promise<void> {
  using stop = linked(signal);
  const limit = new Limit(AT_ONCE);
  const outcomes = await Promise.allSettled([...groups(wanted).values()].map(async (group) => {
    try {
      await readGroup(deps, group, limit, sink, stop.signal);
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  }));
  signal.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** By type and namespace. */
function groups(wanted: readonly WantedObject[]): ReadonlyMap<string, WantedObject[]> {
  const byFolder = new Map<string, WantedObject[]>();
  for (const each of wanted) {
    const folder = typeFolder(each.type, each.namespace);
    const group = byFolder.get(folder);
    if (group === undefined) byFolder.set(folder, [each]);
    else group.push(each);
  }
  return byFolder;
}

async function readGroup(deps: ReadDeps, group: readonly WantedObject[], limit: Limit, sink: ReadSink, signal: AbortSignal): Promise<void> {
  const isListed = group.length >= LISTED_FROM || group.some(({ name }) => name === null);
  if (isListed && (await listGroup(deps, group, limit, sink, signal))) return;
  await Promise.all(group.map(async (each) => {
    using _place = await limit.take(signal);
    try {
      const { type, namespace, name } = each;
      if (name === null) throw new ClusterError('FORBIDDEN', `${each.path} can only be found by a list of its type, which the server refuses`);
      sink.found(each, await readLive(PatientReader.over(deps), type, { namespace, name }, signal));
    } catch (error) {
      if (!(error instanceof ClusterError) || error.retry) throw error;
      sink.unreadable(each, error);
    }
  }));
}

/** False: the type cannot be listed there. */
async function listGroup(deps: ReadDeps, group: readonly WantedObject[], limit: Limit, sink: ReadSink, signal: AbortSignal): Promise<boolean> {
  using _place = await limit.take(signal);
  for (const unpaged of [false, true]) {
    try {
      await patiently(deps, () => listOnce(deps.reader, group, unpaged, sink, signal), signal);
      return true;
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code === 'UNREACHABLE') throw error;
      if (error.code !== 'EXPIRED') return false;
    }
  }
  return false;
}

async function listOnce(reader: ClusterReader, group: readonly WantedObject[], unpaged: boolean, sink: ReadSink, signal: AbortSignal): Promise<void> {
  const missing = new Map(group.map((each) => [each.path, each]));
  const [{ type, namespace }] = group as readonly [WantedObject];
  for await (const chunk of reader.list(type, { unpaged, ...(namespace === '' ? {} : { namespace }) }, signal)) {
    if (chunk.kind === 'end') continue;
    for (const item of parseJsonItems(chunk.items)) {
      const each = isObject(item) ? missing.get(pathOf(item, type) ?? '') : undefined;
      if (each === undefined) continue;
      missing.delete(each.path);
      sink.found(each, item as JsonObject);
    }
  }
  for (const each of missing.values()) sink.found(each, null);
}
