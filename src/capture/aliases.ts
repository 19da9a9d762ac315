import { isObject } from '../lib/json.js';
import { parseJson, parseJsonItems } from '../lib/parse-json.js';
import { metadataOf } from '../model/canonical.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';

/**
 * Types that show the objects of another one (Ingress of two groups, roles of OpenShift and of RBAC): same plural and
 * kind in another group, and the same UID behind the same name. Each is mirrored once, under the type that comes
 * first. Returns alias → the type that it stands for. A type without objects decides nothing.
 */
export async function findAliases(
  reader: ClusterReader,
  candidates: readonly ResourceType[],
  known: readonly ResourceType[],
  signal: AbortSignal,
): Promise<Map<string, ResourceType>> {
  const aliases = new Map<string, ResourceType>();
  for (const type of candidates) {
    const others = known.filter((other) => other.resource === type.resource && other.kind === type.kind && other.group !== type.group);
    for (const other of others) {
      if (aliases.has(typeName(other)) || aliases.has(typeName(type)) || known.indexOf(other) > known.indexOf(type)) continue;
      if (await showsSameObjects(reader, type, other, signal)) aliases.set(typeName(type), other);
    }
  }
  return aliases;
}

async function showsSameObjects(reader: ClusterReader, type: ResourceType, other: ResourceType, signal: AbortSignal): Promise<boolean> {
  for await (const chunk of reader.list(type, { peek: 1 }, signal)) {
    if (chunk.kind === 'end') return false;
    const [item] = parseJsonItems(chunk.items);
    const { name, namespace, uid } = isObject(item) ? metadataOf(item) : {};
    if (typeof name !== 'string' || typeof uid !== 'string') return false;
    const twin = await reader.get(other, typeof namespace === 'string' ? namespace : '', name, signal);
    const object = twin === null ? null : parseJson(Buffer.from(twin).toString('utf8'));
    return isObject(object ?? undefined) && metadataOf(object as Parameters<typeof metadataOf>[0])['uid'] === uid;
  }
  return false;
}
