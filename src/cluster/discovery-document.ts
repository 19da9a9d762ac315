import type { ResourceType } from '../model/resource-type.js';

/** One version of a group: its types with verb list, or why they are unknown. */
export interface ServedVersion {
  readonly version: string;
  readonly types: readonly ResourceType[];
  readonly failed?: string;
}

/** A group with its versions, the preferred one first. */
export interface ServedGroup {
  readonly group: string;
  readonly versions: readonly ServedVersion[];
  /** Set when the part of the document that describes it cannot be read. */
  readonly failed?: string;
}

type Fields = Readonly<Record<string, unknown>>;

/** Names become parts of paths: nothing else may stand in them (k8s.io/apimachinery, validation.IsDNS1123Subdomain). */
const NAME = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i;
const NOT_READABLE = 'its discovery document cannot be read';

/** The groups of an aggregated document (apidiscovery.k8s.io v2 and v2beta1), or undefined when it is another one. */
export function readAggregated(document: unknown): ServedGroup[] | undefined {
  if (!isFields(document) || document['kind'] !== 'APIGroupDiscoveryList' || !Array.isArray(document['items'])) return undefined;
  return document['items'].map((item: unknown) => {
    const group = isFields(item) && isFields(item['metadata']) ? (item['metadata']['name'] ?? '') : undefined;
    const versions = isFields(item) ? item['versions'] : undefined;
    if (typeof group !== 'string' || (group !== '' && !NAME.test(group)) || !Array.isArray(versions)) {
      return { group: typeof group === 'string' ? group : 'unknown', versions: [], failed: NOT_READABLE };
    }
    return { group, versions: versions.map((version: unknown) => readAggregatedVersion(group, version)) };
  });
}

function readAggregatedVersion(group: string, item: unknown): ServedVersion {
  const version = isFields(item) ? item['version'] : undefined;
  if (!isFields(item) || typeof version !== 'string' || !NAME.test(version)) return { version: 'unknown', types: [], failed: NOT_READABLE };
  if (item['freshness'] === 'Stale') return { version, types: [], failed: 'its server does not answer (discovery is stale)' };
  return readTypes(item['resources'] ?? [], version, (resource) => {
    const kind = isFields(resource['responseKind']) ? resource['responseKind']['kind'] : undefined;
    return toType({ group, version, resource: resource['resource'], kind, namespaced: resource['scope'] === 'Namespaced' }, resource);
  });
}

/** The groups and versions of an APIGroupList, without types; undefined when it is none. */
export function readGroupList(document: unknown): ServedGroup[] | undefined {
  if (!isFields(document) || !Array.isArray(document['groups'])) return undefined;
  return document['groups'].map((item: unknown) => {
    const group = isFields(item) ? item['name'] : undefined;
    const versions = isFields(item) ? item['versions'] : undefined;
    if (!isFields(item) || typeof group !== 'string' || !NAME.test(group) || !Array.isArray(versions)) {
      return { group: typeof group === 'string' ? group : 'unknown', versions: [], failed: NOT_READABLE };
    }
    const preferred = isFields(item['preferredVersion']) ? item['preferredVersion']['version'] : undefined;
    const names = versions
      .map((version: unknown) => (isFields(version) ? version['version'] : undefined))
      .filter((version): version is string => typeof version === 'string' && NAME.test(version));
    const ordered = [...names.filter((name) => name === preferred), ...names.filter((name) => name !== preferred)];
    return { group, versions: ordered.map((version) => ({ version, types: [] })) };
  });
}

/** The versions of the core group (APIVersions); undefined when it is another document. */
export function readCoreVersions(document: unknown): ServedGroup | undefined {
  if (!isFields(document) || !Array.isArray(document['versions'])) return undefined;
  const names = document['versions'].filter((version): version is string => typeof version === 'string' && NAME.test(version));
  return { group: '', versions: names.map((version) => ({ version, types: [] })) };
}

/** The types of one APIResourceList. */
export function readResourceList(group: string, version: string, document: unknown): ServedVersion {
  return readTypes(isFields(document) ? document['resources'] : undefined, version, (resource) => {
    // A slash makes a subresource; a type served under another version's list is found there.
    if (typeof resource['name'] === 'string' && resource['name'].includes('/')) return undefined;
    return toType({ group, version, resource: resource['name'], kind: resource['kind'], namespaced: resource['namespaced'] === true }, resource);
  });
}

function readTypes(resources: unknown, version: string, read: (resource: Fields) => ResourceType | undefined | null): ServedVersion {
  if (!Array.isArray(resources)) return { version, types: [], failed: NOT_READABLE };
  const types: ResourceType[] = [];
  for (const resource of resources as unknown[]) {
    const type = isFields(resource) ? read(resource) : null;
    if (type === null) return { version, types: [], failed: NOT_READABLE };
    if (type !== undefined) types.push(type);
  }
  return { version, types };
}

interface TypeFields {
  readonly group: string;
  readonly version: string;
  readonly resource: unknown;
  readonly kind: unknown;
  readonly namespaced: boolean;
}

/** Undefined for a type that cannot be listed, null for one that cannot be read. */
function toType({ group, version, resource, kind, namespaced }: TypeFields, source: Fields): ResourceType | undefined | null {
  const verbs = source['verbs'];
  if (typeof resource !== 'string' || !NAME.test(resource) || !Array.isArray(verbs)) return null;
  if (!verbs.includes('list')) return undefined;
  if (typeof kind !== 'string' || kind === '') return null;
  const shortNames = Array.isArray(source['shortNames']) ? source['shortNames'].filter((name): name is string => typeof name === 'string') : [];
  const type = { group, version, resource, kind, namespaced, watchable: verbs.includes('watch') };
  return shortNames.length === 0 ? type : { ...type, shortNames };
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
