import { typeName } from './resource-type.js';

/** What stays the same of an object across API versions, kinds and re-creations. */
export interface ObjectId {
  readonly group: string;
  readonly resource: string;
  /** '' for a cluster-scoped object. */
  readonly namespace: string;
  readonly name: string;
}

/** `configmaps/settings` or `shop: deployments.apps/web`; names are not escaped (lib/escape is for output). */
export function describeId(id: ObjectId): string {
  const object = `${typeName(id)}/${id.name}`;
  return id.namespace === '' ? object : `${id.namespace}: ${object}`;
}
