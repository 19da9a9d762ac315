import type { JsonObject } from '../lib/json.js';
import type { ResourceType } from './resource-type.js';

/** One reason of a refusal, as the server names it. */
export interface RefusalCause {
  /** `FieldValueInvalid`, `NamespaceTerminating`, …; '' when absent. */
  readonly reason: string;
  readonly message: string;
  /** `spec.selector`; '' when absent. */
  readonly field: string;
}

/** An answer of the server to one write: a refusal is an answer, not an error. Words are the server's, not escaped. */
export type WriteAnswer =
  | {
      readonly kind: 'done';
      /** The object as the server has it now (in a dry run: as it would have it); null where it answers none, or none was wanted. */
      readonly object: JsonObject | null;
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'refused';
      readonly status: number;
      /** `AlreadyExists`, `Conflict`, `Invalid`, …; '' when absent. */
      readonly reason: string;
      readonly message: string;
      readonly causes: readonly RefusalCause[];
      readonly retryAfterMs: number | undefined;
      readonly warnings: readonly string[];
    };

export interface WriteOptions {
  /** Ask what would happen; nothing is stored. */
  readonly dryRun: boolean;
  readonly fieldManager: string;
  /** The verdict is enough: the server need not send the object, and it is not read. Default: false. */
  readonly verdictOnly?: boolean;
}

export interface Preconditions {
  readonly uid: string;
  readonly resourceVersion: string;
}

/**
 * A cluster, for writing. Bodies are raw JSON with number tokens, never typed. Nothing is retried here: after a
 * ClusterError (UNREACHABLE, SILENT, TIMEOUT) the write may have happened or not, and the caller looks. Rejects with the signal's
 * reason when aborted.
 */
export interface ClusterWriter {
  /** POST. */
  create(type: ResourceType, namespace: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer>;
  /** PUT; the body carries the resourceVersion that it replaces. */
  replace(type: ResourceType, namespace: string, name: string, body: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer>;
  /** Server-side apply; `force` takes fields over from other managers. */
  apply(type: ResourceType, namespace: string, name: string, body: JsonObject, options: WriteOptions & { readonly force: boolean }, signal: AbortSignal): Promise<WriteAnswer>;
  /** JSON merge patch (RFC 7386), for metadata that PUT cannot set: managedFields, owner references. */
  merge(type: ResourceType, namespace: string, name: string, patch: JsonObject, options: WriteOptions, signal: AbortSignal): Promise<WriteAnswer>;
  /** DELETE of exactly this object, never by name alone. */
  remove(
    type: ResourceType,
    namespace: string,
    name: string,
    preconditions: Preconditions,
    options: { readonly dryRun: boolean; readonly propagation: 'Orphan' | 'Background' },
    signal: AbortSignal,
  ): Promise<WriteAnswer>;
}
