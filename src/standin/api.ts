import type { Json, JsonObject } from '../lib/json.js';
import type { Allocator } from './allocation.js';

export interface WriteOptions {
  /** Whom metadata.managedFields names; default: kubectl-client-side-apply. */
  readonly manager?: string;
  readonly operation?: 'Update' | 'Apply';
  /** Only `status`, or `spec.replicas` through /scale, is written. */
  readonly subresource?: 'status' | 'scale';
  /** Who owns what afterwards, taken as it is. */
  readonly managedFields?: readonly Json[];
}

/**
 * Writing to the stand-in, as kubectl or a controller would. Types are named as `deployments.apps`, namespace is ''
 * for cluster-scoped objects. Every method throws a ClusterError with the HTTP status that the real server has for it:
 * 404 NOT_FOUND, 403 FORBIDDEN, 409 and 422 SERVER. What is returned is a copy.
 */
export interface StandInApi {
  create(object: JsonObject, options?: WriteOptions): JsonObject;
  /** Replaces an object; a resourceVersion in it must be the current one. Nothing changed: nothing is written. */
  update(object: JsonObject, options?: WriteOptions): JsonObject;
  patchMerge(type: string, namespace: string, name: string, patch: JsonObject, options?: WriteOptions): JsonObject;
  /** Deletes, or marks as terminating while there are finalizers; dependents go too. */
  remove(type: string, namespace: string, name: string): void;
  read(type: string, namespace: string, name: string): JsonObject | null;
  readAll(type: string, namespace?: string): JsonObject[];
}

/** What the controllers inside the stand-in have besides. */
export interface ControllerApi extends StandInApi {
  readonly allocator: Allocator;
  /** Now, as objects carry it. */
  time(): string;
}
