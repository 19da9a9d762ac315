import { objectOid } from '../lib/git-blob.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { Folder, splitPath, type Tree } from './tree.js';
import { entryStarts, findEntry, mergeEntries, sortKey, type EntryChange } from './tree-entries.js';

/** Changed files by folder (`''` is the root) and name; null removes. */
export type FolderChanges = ReadonlyMap<string, ReadonlyMap<string, Oid | null>>;

interface PlannedFolder {
  readonly path: string;
  readonly oid: Oid;
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
}

/** New tree objects of changed folders, not yet part of the tree. */
export interface TreePlan {
  readonly root: Oid;
  /** What has to be written, each object once. */
  readonly objects: readonly { readonly oid: Oid; readonly bytes: Buffer }[];
  /** Makes them the tree's content. */
  apply(): void;
}

/**
 * Merges changes into the tree objects of their folders and of the folders above, deepest first; a folder that
 * becomes empty leaves the one above. The cost depends on these folders only.
 */
export function planTree(tree: Tree, changes: FolderChanges): TreePlan {
  const work = new Map<string, EntryChange[]>();
  for (const [folder, files] of changes) {
    enlist(work, folder);
    const list = work.get(folder) as EntryChange[];
    for (const [name, oid] of files) list.push({ name, isFolder: false, oid });
  }
  enlist(work, '');
  const byDepth = [...work.keys()].sort((a, b) => depth(b) - depth(a));
  const planned: PlannedFolder[] = [];
  const emptied: string[] = [];
  for (const path of byDepth) {
    const folder = planFolder(tree, path, work.get(path) as EntryChange[]);
    const [above, name] = splitPath(path);
    const gone = folder.bytes.length === 0 && path !== '';
    if (gone) emptied.push(path);
    else planned.push(folder);
    if (path !== '') work.get(above)?.push({ name, isFolder: true, oid: gone ? null : folder.oid });
  }
  planned.reverse();
  const objects = [...new Map(planned.map(({ oid, bytes }) => [oid, { oid, bytes }])).values()];
  return { root: (planned[0] as PlannedFolder).oid, objects, apply: () => apply(tree, planned, emptied) };
}

/** A folder and all above it. */
function enlist(work: Map<string, EntryChange[]>, path: string): void {
  for (let at = path; !work.has(at); at = splitPath(at)[0]) work.set(at, []);
}

function depth(path: string): number {
  return path === '' ? 0 : path.split('/').length;
}

function planFolder(tree: Tree, path: string, changes: readonly EntryChange[]): PlannedFolder {
  const folder = tree.folder(path) ?? new Folder(() => Buffer.alloc(0), null);
  const bytes = mergeEntries(folder.bytes, folder.starts, changes);
  const sameNames = bytes.length === folder.bytes.length && changes.every(({ name, isFolder, oid }) => oid !== null && folder.oidOf(name, isFolder) !== null);
  const starts = sameNames ? folder.starts : entryStarts(bytes);
  if (!sameNames) refuseTwins(path, bytes, starts, changes);
  return { path, oid: objectOid('tree', bytes), bytes, starts };
}

/** A name cannot be a file and a folder at once; git would take the tree, and no checkout of it works. */
function refuseTwins(path: string, bytes: Buffer, starts: Uint32Array, changes: readonly EntryChange[]): void {
  const twin = changes.find(({ name, isFolder, oid }) => oid !== null && findEntry(bytes, starts, sortKey(name, !isFolder)) >= 0);
  if (twin === undefined) return;
  const where = path === '' ? twin.name : `${path}/${twin.name}`;
  throw new RepositoryError('FOREIGN', `${where} would be a file and a folder at once`, { hint: 'Remove the one that kubetape did not write, with a commit of your own' });
}

/** From the root down: a new folder is then found below the one that just took it up. */
function apply(tree: Tree, planned: readonly PlannedFolder[], emptied: readonly string[]): void {
  for (const { path, oid, bytes, starts } of planned) tree.folder(path)?.replace(oid, bytes, starts);
  for (const path of emptied) {
    const [above, name] = splitPath(path);
    tree.folder(above)?.forget(name);
  }
}
