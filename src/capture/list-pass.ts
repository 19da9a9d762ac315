import { isObject, type JsonObject } from '../lib/json.js';
import { parseJsonItems } from '../lib/parse-json.js';
import { metadataOf } from '../model/canonical.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ClusterReader, ListRequest } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { CanonPool } from './canon-pool.js';
import { ClusterFacts, type FactChange } from './facts.js';
import type { BatchResult } from './batch.js';

/** Takes what a list said, batch by batch; paths of everything that exists are added to `seen`. */
export interface BatchSink {
  observeBatch(batch: BatchResult, seen: Set<string> | null): void;
  /** Waits until the sink can take more; absent: it always can. */
  room?(): Promise<void>;
  /** The batches hold the raw items as well. */
  readonly wantsItems?: boolean;
}

export interface ListDeps {
  readonly reader: ClusterReader;
  readonly pool: CanonPool;
  readonly stage: BatchSink;
  readonly facts: ClusterFacts;
  readonly onFacts: (change: FactChange) => void;
  /** Called as objects come in, for progress. */
  readonly onItems: (count: number) => void;
}

/** What one complete list said. */
export interface ListPass {
  readonly resourceVersion: string;
  readonly count: number;
  /** Paths of every object that exists, skipped ones included; null when the caller did not need them. */
  readonly seen: ReadonlySet<string> | null;
  /** Objects that have no canonical form; their files are left as they are. */
  readonly failures: readonly { readonly path: string | null; readonly message: string }[];
}

/** Attempts that follow an expired continue token before the list is asked for in one piece. */
const PAGED_ATTEMPTS = 2;

/**
 * One complete list of a type, canonicalised and staged. Starts again when a continue token expires (the token that
 * the server offers then is of an inconsistent list); from the third time on it asks for one piece.
 * `known`: the tree already has files of the type, so contents are compressed only when they differ.
 */
export async function listPass(
  deps: ListDeps,
  type: ResourceType,
  request: ListRequest,
  known: boolean,
  signal: AbortSignal,
): Promise<ListPass> {
  for (let attempt = 0; ; attempt++) {
    try {
      // A list that was given up has staged what it had: the next one must name everything, for the sweep.
      return await listOnce(deps, type, attempt < PAGED_ATTEMPTS ? request : { ...request, unpaged: true }, known || attempt > 0, signal);
    } catch (error) {
      if (!(error instanceof ClusterError) || error.code !== 'EXPIRED' || attempt > PAGED_ATTEMPTS) throw error;
    }
  }
}

async function listOnce(deps: ListDeps, type: ResourceType, request: ListRequest, known: boolean, signal: AbortSignal): Promise<ListPass> {
  const seen = known ? new Set<string>() : null;
  const failures: { path: string | null; message: string }[] = [];
  const names = ClusterFacts.carriedBy(type) ? new Set<string>() : null;
  const applied: Promise<void>[] = [];
  let resourceVersion: string | null = null;
  let count = 0;
  try {
    for await (const chunk of deps.reader.list(type, request, signal)) {
      if (chunk.kind === 'end') {
        resourceVersion = chunk.resourceVersion;
        continue;
      }
      count += chunk.count;
      const items = chunk.count;
      if (names !== null) learn(deps, type, chunk.items, names);
      await deps.stage.room?.();
      const { result } = await deps.pool.submit(chunk.items, type, deps.facts.current, !known, deps.stage.wantsItems === true);
      const done = result.then((batch) => {
        deps.stage.observeBatch(batch, seen);
        failures.push(...batch.failures);
        for (const { path } of batch.failures) if (path !== null) seen?.add(path);
        deps.onItems(items);
      });
      done.catch(() => undefined); // awaited below; here only so that a cut list does not leave it unhandled
      applied.push(done);
    }
  } finally {
    await Promise.allSettled(applied);
  }
  await Promise.all(applied);
  if (resourceVersion === null) throw new ClusterError('MALFORMED', `The list of ${typeName(type)} ended without saying that it was complete`);
  if (names !== null) deps.onFacts(deps.facts.listed(type, names));
  return { resourceVersion, count, seen, failures };
}

/** Types that carry facts are few objects: they are read here as well, before they are consumed. */
function learn(deps: ListDeps, type: ResourceType, items: Uint8Array, names: Set<string>): void {
  for (const item of parseJsonItems(items)) {
    if (!isObject(item)) continue;
    names.add(nameOf(item));
    deps.onFacts(deps.facts.observe(type, item, false));
  }
}

function nameOf(object: JsonObject): string {
  const { name, namespace } = metadataOf(object);
  return `${typeof namespace === 'string' ? namespace : ''}/${typeof name === 'string' ? name : ''}`;
}
