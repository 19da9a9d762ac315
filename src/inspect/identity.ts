import { metadataOf } from '../model/canonical.js';
import type { ObjectId } from '../model/object-id.js';
import type { PathChange } from '../model/tape.js';
import { identityOfPath, typeFolderName } from '../model/tree-path.js';
import type { ResourceType } from '../model/resource-type.js';
import { typeOf } from './folders.js';
import { textOf } from './read-file.js';
import type { JsonObject } from '../lib/json.js';

/** Whether a path holds an object; other files are kubetape's own or a person's. */
export function isObjectPath(path: string): boolean {
  return path.startsWith('namespaces/') || path.startsWith('cluster/');
}

/** Whose file a path is: told by the path, or, where it was cut, by the object in the file. Null for what is no object's file. */
export function identityAt(path: string, body: () => JsonObject, byFolder: ReadonlyMap<string, ResourceType>): ObjectId | null {
  if (!isObjectPath(path) || !path.endsWith('.yaml')) return null;
  const told = identityOfPath(path);
  if (told !== null) return told;
  if (!path.includes('~')) return null;
  const parts = path.split('/');
  if (parts.length !== (parts[0] === 'cluster' ? 3 : 4)) return null;
  const { group, resource } = typeOf(parts.at(-2) ?? '', parts[0] !== 'cluster', byFolder);
  const metadata = metadataOf(body());
  const name = textOf(metadata, 'name');
  return name === undefined ? null : { group, resource, namespace: parts[0] === 'cluster' ? '' : (textOf(metadata, 'namespace') ?? ''), name };
}

/** The folder of an object's type, which says its type among those that are recorded. */
export function recordedType(id: ObjectId, byFolder: ReadonlyMap<string, ResourceType>): ResourceType {
  return typeOf(typeFolderName(id), id.namespace !== '', byFolder);
}

/** The object id of the content that a change is about: the new one, or what was removed. */
export function contentOf(change: PathChange): string {
  return change.after ?? change.before ?? '';
}
