import { readYaml, splitComments } from '../canon/reader.js';
import type { RecordedType } from '../capture/meta-files.js';
import { metadataOf } from '../model/canonical.js';
import type { ResourceType } from '../model/resource-type.js';
import type { TreeReader } from '../model/tape.js';
import { namespaceOfFolder, typeFolder, typeFolderName, typeOfFolder } from '../model/tree-path.js';
import type { SelectedFolder } from './selection.js';

export interface NamespaceFolder {
  /** `namespaces/shop` */
  readonly folder: string;
  readonly namespace: string;
}

/** The namespaces of a tree in its order; with `literal` those alone, whether they are there or not. */
export function namespaceFolders(tree: TreeReader, literal: readonly string[] | null): NamespaceFolder[] {
  if (literal !== null) {
    return [...new Set(literal)].sort().map((namespace) => ({ folder: parentOf(typeFolder({ group: '', resource: 'x' }, namespace)), namespace }));
  }
  return tree.folders('namespaces').map((name) => {
    const folder = `namespaces/${name}`;
    return { folder, namespace: namespaceOfFolder(name) ?? namespaceInFile(tree, folder) };
  });
}

/** The type folders of a tree: those of cluster-scoped objects, if wanted, then those of the given namespaces. */
export function* foldersBelow(
  tree: TreeReader,
  types: ReadonlyMap<string, RecordedType>,
  clusterScoped: boolean,
  namespaces: readonly NamespaceFolder[],
): Iterable<SelectedFolder> {
  const byFolder = typesByFolder(types);
  if (clusterScoped) yield* typesIn(tree, 'cluster', '', byFolder);
  for (const { folder, namespace } of namespaces) yield* typesIn(tree, folder, namespace, byFolder);
}

/** Recorded types by the last component of their folders. */
export function typesByFolder(types: ReadonlyMap<string, RecordedType>): Map<string, ResourceType> {
  return new Map([...types.values()].map(({ type }) => [typeFolderName(type), type]));
}

/** The type of a folder's objects; one that is not recorded is known by its name alone, without kind. */
export function typeOf(folder: string, namespaced: boolean, byFolder: ReadonlyMap<string, ResourceType>): ResourceType {
  const recorded = byFolder.get(folder);
  if (recorded !== undefined) return recorded;
  const { group, resource } = typeOfFolder(folder) ?? { group: '', resource: folder };
  return { group, resource, version: '', kind: '', namespaced, watchable: true };
}

function* typesIn(tree: TreeReader, parent: string, namespace: string, byFolder: ReadonlyMap<string, ResourceType>): Iterable<SelectedFolder> {
  for (const name of tree.folders(parent)) {
    yield { folder: `${parent}/${name}`, type: typeOf(name, namespace !== '', byFolder), namespace };
  }
}

/** No namespace of Kubernetes has a name that is cut, but the format allows it: then any file of it tells. */
function namespaceInFile(tree: TreeReader, folder: string): string {
  for (const { oid } of tree.files(folder)) {
    const { namespace } = metadataOf(readYaml(splitComments(tree.read(oid).toString('utf8')).body));
    if (typeof namespace === 'string') return namespace;
  }
  return '';
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
