import type { History } from '../model/history.js';
import { nameOfFile, treePath, typeFolder, typeFolderName } from '../model/tree-path.js';
import type { ResourceType } from '../model/resource-type.js';
import type { CommitInfo } from '../model/tape.js';
import { namespaceFolders } from './folders.js';
import type { Selection } from './selection.js';

const NAMESPACES = 'cluster/namespaces';

/**
 * The files and folders of the tree that can ever have held a wanted object, for History.log; null: the whole tree. May
 * hold more than is wanted. A namespace that is gone is known by its own history.
 */
export async function logPaths(history: History, from: CommitInfo, selection: Selection, signal: AbortSignal): Promise<readonly string[] | null> {
  const everyType = selection.isEveryType;
  if (everyType && selection.namespaces === null) return null;
  // A type can have been cluster-scoped once (a CRD that came back with another scope), whatever it is now.
  const cluster = everyType ? [] : selection.types().flatMap((type) => pathsOf(selection, type, ''));
  if (!everyType && selection.types().every(({ namespaced }) => !namespaced)) return [...new Set(cluster)];
  const namespaces = selection.literalNamespaces() ?? (await namespacesEver(history, from, signal));
  if (namespaces === null) return ['namespaces', ...cluster];
  const wanted = namespaces.filter((namespace) => selection.matchesNamespace(namespace));
  if (everyType) return namespaceFolders(history.snapshot(from), wanted).map(({ folder }) => folder);
  return [...new Set([...cluster, ...wanted.flatMap((namespace) => selection.types().flatMap((type) => pathsOf(selection, type, namespace)))])];
}

/** Files where names are wanted, else the folder. */
function pathsOf(selection: Selection, type: ResourceType, namespace: string): string[] {
  const names = selection.namesOf(type);
  if (names === null) return [namespace === '' ? `cluster/${typeFolderName(type)}` : typeFolder(type, namespace)];
  return [...names].map((name) => treePath({ group: type.group, resource: type.resource, namespace, name }));
}

/** Null where the repository does not mirror namespaces: then only a walk through everything tells. */
async function namespacesEver(history: History, from: CommitInfo, signal: AbortSignal): Promise<string[] | null> {
  const found = new Set<string>();
  for await (const { changes } of history.log({ from, paths: [NAMESPACES] }, signal)) {
    for (const { path } of changes) {
      const name = nameOfFile(path.slice(NAMESPACES.length + 1));
      if (name !== null) found.add(name);
    }
  }
  if (found.size === 0) return null;
  for (const { namespace } of namespaceFolders(history.snapshot(from), null)) found.add(namespace);
  return [...found];
}
