import { isObject, own } from '../../lib/json.js';
import { parseJsonItems } from '../../lib/parse-json.js';
import { metadataOf } from '../../model/canonical.js';
import { isForbidden } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ResourceType } from '../../model/resource-type.js';
import { treePath } from '../../model/tree-path.js';
import { isTerminating } from '../terminating.js';
import { readLive } from './look-up.js';
import type { Candidate, PlanRequest } from './plan-deps.js';

/** The namespaces of a scope that are gone or going. */
export interface ScopeNamespaces {
  /** Being deleted, and in the plan: whatever is in one now will be gone when it is made again. */
  readonly doomed: ReadonlySet<string>;
  /** Namespaces that were not named by themselves, but without which nothing of the scope can be restored. */
  readonly needed: readonly Candidate[];
}

type State = 'live' | 'missing' | 'terminating';

/**
 * Looks at the namespaces of a scope. `-n shop` means all that is in it, and it too when it is gone; a scope of named types does not.
 * What may not be looked at is taken for live: then the server says it for each object.
 */
export async function scopeNamespaces(
  { snapshot, selection }: Pick<PlanRequest, 'snapshot' | 'selection'>,
  reader: ClusterReader,
  served: ReadonlyMap<string, ResourceType>,
  compared: (path: string) => Candidate['verdict'] | 'extra' | 'equal' | undefined,
  signal: AbortSignal,
): Promise<ScopeNamespaces> {
  const type = served.get('namespaces');
  const doomed = new Set<string>();
  const needed: Candidate[] = [];
  const names = new Set([...selection.folders(snapshot)].map(({ namespace }) => namespace).filter((namespace) => namespace !== ''));
  const look = type === undefined || !selection.isEveryType || selection.namespaces === null ? null : await states(reader, type, names, signal);
  for (const name of names) {
    const path = treePath({ group: '', resource: 'namespaces', namespace: '', name });
    const verdict = compared(path);
    const oid = snapshot.oidAt(path);
    const state = verdict ?? look?.get(name);
    if (oid === null || (state !== 'missing' && state !== 'terminating')) continue;
    if (state === 'terminating') doomed.add(name);
    if (verdict === undefined && type !== undefined) needed.push({ path, oid, type, verdict: state, reason: null, fields: [] });
  }
  return { doomed, needed };
}

async function states(reader: ClusterReader, type: ResourceType, names: ReadonlySet<string>, signal: AbortSignal): Promise<ReadonlyMap<string, State>> {
  const found = new Map<string, State>();
  try {
    for await (const chunk of reader.list(type, { namespace: undefined }, signal)) {
      if (chunk.kind !== 'items') continue;
      for (const item of parseJsonItems(chunk.items).filter(isObject)) {
        const name = own(metadataOf(item), 'name');
        if (typeof name === 'string') found.set(name, isTerminating(item) ? 'terminating' : 'live');
      }
    }
    for (const name of names) if (!found.has(name)) found.set(name, 'missing');
  } catch (error) {
    if (!isForbidden(error)) throw error;
    for (const name of names) found.set(name, await stateOf(reader, type, name, signal));
  }
  return found;
}

async function stateOf(reader: ClusterReader, type: ResourceType, name: string, signal: AbortSignal): Promise<State> {
  try {
    const live = await readLive(reader, type, { namespace: '', name }, signal);
    return live === null ? 'missing' : isTerminating(live) ? 'terminating' : 'live';
  } catch (error) {
    if (!isForbidden(error)) throw error;
    return 'live';
  }
}
