import { commentsToApplier, commentsToDigests, commentsToOwners } from '../canon/comments.js';
import { isSecretType } from '../canon/secrets.js';
import { isObject, own, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { ObjectId } from '../model/object-id.js';
import { apiVersionOf, type ResourceType } from '../model/resource-type.js';
import type { FileEntry, Oid, TreeReader } from '../model/tape.js';
import { nameOfFile, treePath } from '../model/tree-path.js';
import { readFile, textOf, type ReadFile } from './read-file.js';
import type { SelectedFolder, Selection } from './selection.js';

/** One object of a commit. */
export interface ListedObject {
  readonly id: ObjectId;
  /** '' for a type that the commit does not record, unless details were asked for. */
  readonly kind: string;
  readonly apiVersion: string;
  readonly path: string;
  readonly oid: Oid;
  /** Null unless asked for. */
  readonly details: ObjectDetails | null;
}

export interface ObjectDetails {
  readonly labels: readonly (readonly [string, string])[];
  /** `apps/v1 Deployment/web`, the controller first. */
  readonly owners: readonly string[];
  /** The manager that applies it server-side. */
  readonly applier: string | null;
  /** What should be known of it: `digest only`, where the values of a Secret are not in the repository. */
  readonly notes: readonly string[];
}

/**
 * The wanted objects of a commit in the order of its tree. A file is read for details, for a selection by labels, and
 * where its path was cut, so that a listing of 100,000 objects costs their trees alone.
 */
export function* listObjects(tree: TreeReader, selection: Selection, options: { readonly details: boolean }): Iterable<ListedObject> {
  const reads = options.details || selection.needsBody;
  for (const folder of selection.folders(tree)) {
    for (const { path, oid } of filesOf(tree, folder, selection)) {
      const file = reads || !isNamed(path) ? readFile(tree, oid) : null;
      const listed = listedObject(folder, path, oid, file, options.details);
      if (listed === null || !selection.matchesName(listed.id)) continue;
      if (file === null || selection.matchesLabels(folder.type, file.body)) yield listed;
    }
  }
}

/** Wanted names are looked up, which spares reading a folder of thousands. */
function* filesOf(tree: TreeReader, { folder, type, namespace }: SelectedFolder, selection: Selection): Iterable<FileEntry> {
  const names = selection.namesOf(type);
  if (names === null) {
    yield* tree.files(folder);
    return;
  }
  const paths = [...names].map((name) => treePath({ group: type.group, resource: type.resource, namespace, name })).sort();
  for (const path of paths) {
    const oid = tree.oidAt(path);
    if (oid !== null) yield { path, oid };
  }
}

/** Null for what is no file of an object. */
function listedObject({ folder, type, namespace }: SelectedFolder, path: string, oid: Oid, file: ReadFile | null, details: boolean): ListedObject | null {
  const written = nameOfFile(path.slice(folder.length + 1));
  const name = written ?? (file === null ? null : nameOf(file.body));
  if (name === null) return null;
  return {
    id: { group: type.group, resource: type.resource, namespace, name },
    kind: textOf(file?.body, 'kind') ?? type.kind,
    apiVersion: textOf(file?.body, 'apiVersion') ?? apiVersionOf(type),
    path,
    oid,
    details: details && file !== null ? detailsOf(type, file) : null,
  };
}

/** Whether a path tells the name by itself. */
function isNamed(path: string): boolean {
  return nameOfFile(path.slice(path.lastIndexOf('/') + 1)) !== null;
}

function nameOf(body: JsonObject): string | null {
  const { name } = metadataOf(body);
  return typeof name === 'string' ? name : null;
}

function detailsOf(type: ResourceType, { comments, body }: ReadFile): ObjectDetails {
  const labels = own(metadataOf(body), 'labels');
  const owners = commentsToOwners(comments).sort((a, b) => Number(b['controller'] === true) - Number(a['controller'] === true));
  const digests = isSecretType(type) && commentsToDigests(comments).length > 0;
  return {
    labels: isObject(labels) ? Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as const] : [])) : [],
    owners: owners.map((owner) => `${textOf(owner, 'apiVersion')} ${textOf(owner, 'kind')}/${textOf(owner, 'name')}`),
    applier: commentsToApplier(comments),
    notes: digests ? ['digest only'] : [],
  };
}
