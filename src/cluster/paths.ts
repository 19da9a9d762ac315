import { apiVersionOf, type ResourceType } from '../model/resource-type.js';

/** `/apis/apps/v1/namespaces/shop/deployments`, without query. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === '' ? '/api' : '/apis';
  const scope = namespace === undefined || namespace === '' || !type.namespaced ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}/${apiVersionOf(type)}${scope}/${type.resource}`;
}

/** The path of one object. */
export function objectPath(type: ResourceType, namespace: string, name: string): string {
  return `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
}

/** `apps/v1 deployments in namespace shop`: what a message calls it. */
export function describeCollection(type: ResourceType, namespace?: string): string {
  const scope = namespace === undefined || namespace === '' ? '' : ` in namespace ${namespace}`;
  return `${apiVersionOf(type)} ${type.resource}${scope}`;
}

/** `apps/v1 deployments/web in namespace shop`. */
export function describeObject(type: ResourceType, namespace: string, name: string): string {
  return `${apiVersionOf(type)} ${type.resource}/${name}${namespace === '' ? '' : ` in namespace ${namespace}`}`;
}
