/** A served API type, such as deployments of apps/v1. */
export interface ResourceType {
  /** '' is the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural: `deployments`. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** False: the type is polled. */
  readonly watchable: boolean;
  readonly shortNames?: readonly string[];
}

/** `deployments.apps`, `configmaps`: what a type is called whatever its version is. */
export function typeName(type: { readonly group: string; readonly resource: string }): string {
  return type.group === '' ? type.resource : `${type.resource}.${type.group}`;
}

/** `apps/v1`, `v1`. */
export function apiVersionOf(type: { readonly group: string; readonly version: string }): string {
  return type.group === '' ? type.version : `${type.group}/${type.version}`;
}
