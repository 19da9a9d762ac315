import { isObject, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { apiVersionOf } from '../model/resource-type.js';
import { equalJson, jsonText, listAt, textAt } from './json-values.js';
import type { ServedType } from './served-types.js';

/** Who writes, as metadata.managedFields names them. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Update' | 'Apply';
  readonly subresource?: 'status' | 'scale' | undefined;
}

/**
 * metadata.managedFields after a write: the writer owns what it added or changed, nobody owns what went, and what
 * others own and the write left alone stays theirs (structured-merge-diff's rules for Update; an Apply here only ever
 * adds). Values that the server itself sets after this step (clusterIP, nodePort) are owned by nobody.
 */
export function managedFieldsAfter(before: JsonObject | null, after: JsonObject, type: ServedType, writer: Writer, time: string): Json[] {
  const old = before === null ? new Map<string, Json>() : leavesOf(before, type);
  const now = leavesOf(after, type);
  const mayWrite = (path: string): boolean => !type.status || writer.subresource === 'status' || !path.startsWith('f:status');
  const written = new Set([...now].filter(([path, value]) => mayWrite(path) && !equalJson(old.get(path), value)).map(([path]) => path));
  const entries = before === null ? [] : listAt(before, 'metadata', 'managedFields').filter((entry) => isObject(entry));
  const mine = entries.find((entry) => sameWriter(entry, type, writer));
  const kept = entries
    .filter((entry) => entry !== mine)
    .map((entry) => withPaths(entry, pathsOf(entry).filter((path) => now.has(path) && !(written.has(path) && !isMarker(path)))));
  const own = [...(mine === undefined ? [] : pathsOf(mine)), ...written].filter((path) => now.has(path));
  const result = kept.filter((entry) => entry !== null);
  if (own.length === 0) return result;
  const unchanged = mine !== undefined && written.size === 0;
  result.push({
    manager: writer.manager,
    operation: writer.operation,
    apiVersion: apiVersionOf(type),
    time: unchanged ? textAt(mine, 'time') : time,
    fieldsType: 'FieldsV1',
    fieldsV1: treeOf(own),
    ...(writer.subresource === undefined ? {} : { subresource: writer.subresource }),
  });
  return result;
}

/** Members of metadata that no manager ever owns. */
const SYSTEM = new Set(['name', 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp',
  'deletionTimestamp', 'deletionGracePeriodSeconds', 'managedFields', 'selfLink']);

/** Keys of the associative lists of built-in types, by the field's name; a list that is not here is atomic. */
const LIST_KEYS: Readonly<Record<string, readonly string[]>> = {
  containers: ['name'], initContainers: ['name'], env: ['name'], volumes: ['name'], volumeMounts: ['mountPath'],
  conditions: ['type'], ownerReferences: ['uid'], imagePullSecrets: ['name'], secrets: ['name'], podIPs: ['ip'],
};

/** Maps of built-in types that are owned as a whole. */
const ATOMIC_MAPS = new Set(['selector', 'podSelector', 'nodeSelector', 'roleRef', 'secretKeyRef', 'configMapKeyRef', 'secretRef', 'configMapRef']);

/** Structs that are values, not pointers: they carry no `.` of their own. */
const VALUE_STRUCTS = new Set(['metadata', 'spec', 'status', 'template', 'strategy', 'names']);

const SEPARATOR = '\u0000';

/** Every path that can be owned, with its value. A path is `f:spec NUL f:containers NUL k:{"name":"web"} NUL f:image`. */
function leavesOf(object: JsonObject, type: ServedType): Map<string, Json> {
  const leaves = new Map<string, Json>();
  for (const [key, value] of Object.entries(object)) {
    if (key === 'apiVersion' || key === 'kind') continue;
    if (key !== 'metadata' || !isObject(value)) walk(value, key, [`f:${key}`], type.custom, leaves);
    else for (const [name, member] of Object.entries(value)) if (!SYSTEM.has(name)) walk(member, name, ['f:metadata', `f:${name}`], false, leaves);
  }
  return leaves;
}

function walk(value: Json, name: string, path: readonly string[], custom: boolean, leaves: Map<string, Json>): void {
  if (isObject(value) && Object.keys(value).length > 0 && (custom || !ATOMIC_MAPS.has(name))) {
    if (!VALUE_STRUCTS.has(name)) leaves.set([...path, '.'].join(SEPARATOR), null);
    for (const [key, member] of Object.entries(value)) walk(member, key, [...path, `f:${key}`], custom, leaves);
    return;
  }
  const keyOf = Array.isArray(value) && value.length > 0 && !custom ? elementKey(value, name) : null;
  if (keyOf === null || !Array.isArray(value)) {
    leaves.set(path.join(SEPARATOR), value);
    return;
  }
  leaves.set([...path, '.'].join(SEPARATOR), null);
  for (const item of value) {
    if (isObject(item)) walk(item, '', [...path, keyOf(item)], custom, leaves);
    else leaves.set([...path, keyOf(item)].join(SEPARATOR), item);
  }
}

/** How the elements of a list are told apart; null for an atomic list. */
function elementKey(list: readonly Json[], name: string): ((item: Json) => string) | null {
  if (name === 'finalizers') return (item) => `v:${jsonText(item)}`;
  const [first] = list;
  if (first === undefined || !isObject(first)) return null;
  const keys = name === 'ports' ? ['containerPort' in first ? 'containerPort' : 'port', 'protocol'] : LIST_KEYS[name];
  if (keys === undefined) return null;
  return (item) => `k:${jsonText(Object.fromEntries(keys.map((key) => [key, (isObject(item) ? item[key] : undefined) ?? null])))}`;
}

function sameWriter(entry: JsonObject, type: ServedType, writer: Writer): boolean {
  return entry['manager'] === writer.manager && entry['operation'] === writer.operation
    && entry['apiVersion'] === apiVersionOf(type) && entry['subresource'] === writer.subresource;
}

/** `.` only says that somebody set the map itself: several managers may. */
function isMarker(path: string): boolean {
  return path.endsWith(`${SEPARATOR}.`);
}

function withPaths(entry: JsonObject, paths: readonly string[]): JsonObject | null {
  return paths.length === 0 ? null : { ...entry, fieldsV1: treeOf(paths) };
}

function pathsOf(entry: JsonObject): string[] {
  const paths: string[] = [];
  const collect = (tree: JsonObject, path: readonly string[]): void => {
    for (const [key, below] of Object.entries(tree)) {
      const here = [...path, key];
      if (isObject(below) && Object.keys(below).length > 0) collect(below, here);
      else paths.push(here.join(SEPARATOR));
    }
  };
  const fields = entry['fieldsV1'];
  if (isObject(fields)) collect(fields, []);
  return paths;
}

function treeOf(paths: readonly string[]): JsonObject {
  const root: JsonObject = {};
  for (const path of new Set(paths)) {
    let here = root;
    for (const segment of path.split(SEPARATOR)) {
      const below = Object.hasOwn(here, segment) ? here[segment] : undefined;
      const next: JsonObject = isObject(below) ? below : {};
      if (below === undefined) setOwn(here, segment, next);
      here = next;
    }
  }
  return root;
}
