import { ClusterFacts } from '../../capture/facts.js';
import { listPass, type BatchSink, type ListDeps, type ListPass } from '../../capture/list-pass.js';
import type { CanonPool } from '../../capture/canon-pool.js';
import { systemClock } from '../../lib/clock.js';
import { messageOf } from '../../lib/errors.js';
import { parseJsonItems } from '../../lib/parse-json.js';
import { isObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { ClusterError, type ClusterErrorCode } from '../../model/cluster-error.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { ResourceType } from '../../model/resource-type.js';

/** The connection itself: whoever lists the next type meets it again. */
const FATAL: ReadonlySet<ClusterErrorCode> = new Set(['KUBECONFIG', 'UNREACHABLE', 'TLS', 'UNAUTHORIZED']);
/** Attempts at a list that failed for a passing reason; an error of the server's is often one object that stays broken. */
const ATTEMPTS = 3;
const SERVER_ATTEMPTS = 2;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

export interface FreshListDeps {
  readonly reader: ClusterReader;
  readonly pool: CanonPool;
  readonly facts: ClusterFacts;
  readonly onItems: (count: number) => void;
}

/** A complete list in one namespace or everywhere, or the server's words why there is none. */
export type FreshList = { readonly pass: ListPass } | { readonly error: ClusterError };

/**
 * One complete, consistent list of a type into the sink; what fails for a passing reason is tried again (the sink sees
 * objects twice then). Throws what ends everything: the connection, an abort.
 */
export async function freshList(deps: FreshListDeps, sink: BatchSink, type: ResourceType, namespace: string | undefined, signal: AbortSignal): Promise<FreshList> {
  const listDeps: ListDeps = { ...deps, stage: sink, onFacts: () => undefined };
  for (let attempt = 1; ; attempt++) {
    try {
      return { pass: await listPass(listDeps, type, { namespace }, true, signal) };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ClusterError)) throw error;
      if (error.retry && attempt < (error.code === 'SERVER' ? SERVER_ATTEMPTS : ATTEMPTS)) {
        const pause = error.retryAfterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1);
        await systemClock.sleep(Math.min(pause, LONGEST_PAUSE_MS), signal);
      } else if (FATAL.has(error.code)) throw error;
      else return { error };
    }
  }
}

/** Whether a list by namespace may work where the one over all namespaces failed so: rights, or one object that cannot be read. */
export function mayWorkByNamespace({ code }: ClusterError): boolean {
  return code === 'FORBIDDEN' || code === 'SERVER';
}

/** Names of all namespaces; the error where they may not be listed. */
export async function listNamespaces(reader: ClusterReader, signal: AbortSignal): Promise<readonly string[] | ClusterError> {
  const names: string[] = [];
  try {
    for await (const chunk of reader.list(NAMESPACES, {}, signal)) {
      if (chunk.kind !== 'items') continue;
      for (const item of parseJsonItems(chunk.items)) {
        const name = isObject(item) ? metadataOf(item)['name'] : undefined;
        if (typeof name === 'string') names.push(name);
      }
    }
    return names;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ClusterError) return error;
    throw new ClusterError('MALFORMED', `Could not read the list of namespaces: ${messageOf(error)}`, { cause: error });
  }
}

const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false, watchable: true };
