import { messageOf } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import type { FileEntry, Oid } from '../model/tape.js';
import { entryAt, entryStarts, findEntry, oidStart, sortKey, type TreeEntry } from './tree-entries.js';

/** Content of a tree object by its id. */
export type ReadTree = (oid: Oid) => Buffer;

const NO_BYTES = Buffer.alloc(0);

/**
 * A folder at the head: its tree object as git has it, which is also the cache (about 50 bytes a file), read when it is
 * first needed. The starts of its entries (4 bytes each) are made at the first look-up.
 */
export class Folder {
  readonly #read: ReadTree;
  #oid: Oid | null;
  #bytes: Buffer | undefined;
  #starts: Uint32Array | undefined;
  readonly #children = new Map<string, Folder>();

  /** `oid` null: an empty folder that no tree object stands for. */
  constructor(read: ReadTree, oid: Oid | null) {
    this.#read = read;
    this.#oid = oid;
    if (oid === null) this.#bytes = NO_BYTES;
  }

  get oid(): Oid | null {
    return this.#oid;
  }

  get bytes(): Buffer {
    // A copy, because a small result of zlib is a part of a shared slab, which would be kept whole.
    return (this.#bytes ??= unpooled(this.#read(this.#oid as Oid)));
  }

  get starts(): Uint32Array {
    return (this.#starts ??= this.#sound(() => entryStarts(this.bytes)));
  }

  /** The object id of an entry; null when there is none of that name and sort. */
  oidOf(name: string, isFolder: boolean): Oid | null {
    const position = findEntry(this.bytes, this.starts, sortKey(name, isFolder));
    if (position < 0) return null;
    const at = oidStart(this.bytes, this.starts, position);
    return this.bytes.toString('hex', at, at + 20);
  }

  /** A folder directly below; null when there is none. */
  child(name: string): Folder | null {
    const known = this.#children.get(name);
    if (known !== undefined) return known;
    const oid = this.oidOf(name, true);
    if (oid === null) return null;
    const child = new Folder(this.#read, oid);
    this.#children.set(name, child);
    return child;
  }

  *entries(): Iterable<TreeEntry> {
    const { bytes } = this;
    for (const start of this.starts) yield entryAt(bytes, start);
  }

  /** Takes a new tree object; the caller does the same for the folders below that changed. */
  replace(oid: Oid, bytes: Buffer, starts: Uint32Array): void {
    this.#oid = oid;
    this.#bytes = bytes;
    this.#starts = starts;
  }

  /** A folder directly below is gone. */
  forget(name: string): void {
    this.#children.delete(name);
  }

  #sound<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new RepositoryError('DAMAGED', `Tree object ${this.#oid} is damaged: ${messageOf(error)}`, { cause: error });
    }
  }
}

/** The files of one commit. Reads lazily; look-ups cost the depth of a path. */
export class Tree {
  readonly root: Folder;

  constructor(read: ReadTree, rootOid: Oid | null) {
    this.root = new Folder(read, rootOid);
  }

  /** `''` is the root; null when there is no such folder. */
  folder(path: string): Folder | null {
    let folder: Folder | null = this.root;
    for (let from = 0; folder !== null && from < path.length; ) {
      const slash = path.indexOf('/', from);
      const end = slash < 0 ? path.length : slash;
      folder = folder.child(path.slice(from, end));
      from = end + 1;
    }
    return folder;
  }

  oidAt(path: string): Oid | null {
    const [folder, name] = splitPath(path);
    return this.folder(folder)?.oidOf(name, false) ?? null;
  }

  *files(path: string): Iterable<FileEntry> {
    const folder = this.folder(path);
    if (folder !== null) yield* filesBelow(folder, path === '' ? '' : `${path}/`);
  }

  folders(path: string): readonly string[] {
    const folder = this.folder(path);
    return folder === null ? [] : [...folder.entries()].filter((entry) => entry.isFolder).map((entry) => entry.name);
  }
}

/** Folder (`''` for the root) and name of a path. */
export function splitPath(path: string): readonly [string, string] {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? ['', path] : [path.slice(0, slash), path.slice(slash + 1)];
}

function* filesBelow(folder: Folder, prefix: string): Iterable<FileEntry> {
  for (const { name, oid, isFolder, isCommit } of folder.entries()) {
    const child = isFolder ? folder.child(name) : null;
    if (child !== null) yield* filesBelow(child, `${prefix}${name}/`);
    else if (!isCommit) yield { path: prefix + name, oid };
  }
}

function unpooled(bytes: Buffer): Buffer {
  if (bytes.byteLength === bytes.buffer.byteLength) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
