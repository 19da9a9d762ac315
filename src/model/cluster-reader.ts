import type { ResourceType } from './resource-type.js';

/** Which cluster this is: the UID of kube-system, or, where that may not be read, the UIDs of the listed namespaces. */
export interface ClusterIdentity {
  /** `kube-system <uid>` or `namespaces <name>=<uid>,…` (sorted). */
  readonly text: string;
}

export interface Discovery {
  /** One entry a served type with verb list; the preferred version unless `pinned` named a served one. */
  readonly types: readonly ResourceType[];
  /** Groups (or group/version) that did not answer: their types are unknown, not gone. */
  readonly failedGroups: readonly { readonly group: string; readonly reason: string }[];
}

export interface ListRequest {
  /** One namespace; absent: the whole cluster. */
  readonly namespace?: string | undefined;
  /** Not older than this resourceVersion (relist); absent: consistent. */
  readonly floor?: string | undefined;
  /** One request without pages, whatever the server is. */
  readonly unpaged?: boolean;
  /** Only the first n items, and no complete list: to look at the store's resourceVersion. */
  readonly peek?: number;
}

/** Raw JSON of a list, as it streams in. `end` comes last and only when the list was complete. */
export type ListChunk =
  | {
      readonly kind: 'items';
      /** UTF-8 JSON values separated by commas, without brackets; the receiver owns the memory. */
      readonly items: Uint8Array;
      readonly count: number;
    }
  | { readonly kind: 'end'; readonly resourceVersion: string };

export interface WatchRequest {
  readonly namespace?: string | undefined;
  /** Start after this resourceVersion. */
  readonly from: string;
}

export type WatchEvent =
  | {
      readonly kind: 'object';
      readonly change: 'ADDED' | 'MODIFIED' | 'DELETED';
      /** Raw JSON of the object, UTF-8. */
      readonly object: Uint8Array;
    }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

/**
 * A cluster, read only. The real one (cluster/) and the stand-in (standin/) pass the same contract suite.
 *
 * Every method rejects with a ClusterError, and with the signal's reason when aborted. Nothing is retried here: the
 * caller knows what a failure means for it.
 */
export interface ClusterReader {
  /** What a person calls it: the server's address or the stand-in's name. */
  readonly name: string;
  identity(signal: AbortSignal): Promise<ClusterIdentity>;
  /** The server's gitVersion (`v1.36.3`), with `(emulating 1.33)` where it does. */
  serverVersion(signal: AbortSignal): Promise<string>;
  /** `pinned`: type name → version, preferred while it is served. */
  discover(pinned: ReadonlyMap<string, string>, signal: AbortSignal): Promise<Discovery>;
  /** A complete list, or an error: EXPIRED when a continue token expired on the way, so what was yielded is void. */
  list(type: ResourceType, request: ListRequest, signal: AbortSignal): AsyncIterable<ListChunk>;
  /** Raw JSON of one object, null when it is not there. */
  get(type: ResourceType, namespace: string, name: string, signal: AbortSignal): Promise<Uint8Array | null>;
  /**
   * Events in the server's order, in batches as they arrive. Ends without error when the server closes it in good
   * order; throws GONE when `from` is too old, SILENT when the connection gave no sign of life.
   */
  watch(type: ResourceType, request: WatchRequest, signal: AbortSignal): AsyncIterable<readonly WatchEvent[]>;
  close(): Promise<void>;
}
