import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { ListKeys } from './list-keys.js';

/** A chain of `$ref` and `allOf` longer than this leads nowhere. */
const LONGEST_CHAIN = 16;

/**
 * The merge keys that a server's OpenAPI v3 document (`/openapi/v3/apis/apps/v1`, `/openapi/v3/api/v1`) declares for a kind:
 * `x-kubernetes-list-type` map or set with `x-kubernetes-list-map-keys`, else `x-kubernetes-patch-merge-key`. Built-in kinds
 * and custom resources alike. Knows nothing of any list when the document does not have the kind.
 */
export function openApiListKeys(document: Json, apiVersion: string, kind: string): ListKeys {
  const schemas = schemasOf(document);
  const root = rootSchema(schemas, apiVersion, kind);
  return (keys) => {
    let schema: JsonObject | null = root;
    for (const key of keys) schema = schema === null ? null : childSchema(schemas, schema, key);
    return schema === null ? null : mergeKeysOf(schemas, schema);
  };
}

function schemasOf(document: Json): JsonObject {
  const components = isObject(document) ? own(document, 'components') : undefined;
  const schemas = isObject(components) ? own(components, 'schemas') : undefined;
  return isObject(schemas) ? schemas : {};
}

function rootSchema(schemas: JsonObject, apiVersion: string, kind: string): JsonObject | null {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  for (const schema of Object.values(schemas)) {
    const names = isObject(schema) ? own(schema, 'x-kubernetes-group-version-kind') : undefined;
    const found = Array.isArray(names) && names.some((name) => isObject(name) && own(name, 'group') === group && own(name, 'version') === version && own(name, 'kind') === kind);
    if (found) return schema as JsonObject;
  }
  return null;
}

function childSchema(schemas: JsonObject, schema: JsonObject, key: string | number): JsonObject | null {
  for (const part of partsOf(schemas, schema)) {
    if (typeof key === 'number') {
      const items = own(part, 'items');
      if (isObject(items)) return items;
      continue;
    }
    const properties = own(part, 'properties');
    const child = isObject(properties) ? own(properties, key) : undefined;
    if (isObject(child)) return child;
    const others = own(part, 'additionalProperties');
    if (isObject(others)) return others;
  }
  return null;
}

function mergeKeysOf(schemas: JsonObject, schema: JsonObject): readonly string[] | null {
  for (const part of partsOf(schemas, schema)) {
    const type = own(part, 'x-kubernetes-list-type');
    const mapKeys = own(part, 'x-kubernetes-list-map-keys');
    const mergeKey = own(part, 'x-kubernetes-patch-merge-key');
    if (type === 'set') return [];
    if (type === 'atomic') return null;
    if (type === 'map' && isTexts(mapKeys) && mapKeys.length > 0) return mapKeys;
    if (typeof mergeKey === 'string') return [mergeKey];
  }
  return null;
}

/** The schema and what it is composed of, its own words first. */
function partsOf(schemas: JsonObject, schema: JsonObject): JsonObject[] {
  const parts: JsonObject[] = [schema];
  for (let i = 0; i < parts.length && i < LONGEST_CHAIN; i++) {
    const part = parts[i] as JsonObject;
    const reference = own(part, '$ref');
    const target = typeof reference === 'string' ? own(schemas, reference.slice(reference.lastIndexOf('/') + 1)) : undefined;
    if (isObject(target)) parts.push(target);
    const all = own(part, 'allOf');
    if (Array.isArray(all)) parts.push(...all.filter(isObject));
  }
  return parts;
}

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
