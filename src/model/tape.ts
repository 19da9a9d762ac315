/** 40 hexadecimal digits. */
export type Oid = string;

/** One file's content, ready to be packed. */
export interface Blob {
  readonly oid: Oid;
  /** Bytes before compression. */
  readonly size: number;
  /** zlib stream of the content. */
  readonly deflated: Uint8Array;
}

export interface FileEntry {
  readonly path: string;
  readonly oid: Oid;
}

/** One path whose content differs between two trees; null: absent. */
export interface PathChange {
  readonly path: string;
  readonly before: Oid | null;
  readonly after: Oid | null;
}

/** The files of one tree, for reading. Synchronous: a look-up costs the depth of a path. */
export interface TreeReader {
  oidAt(path: string): Oid | null;
  /** Files below a folder (`''` = all), in git's order. */
  files(folder: string): Iterable<FileEntry>;
  /** Names of the folders directly below a folder. */
  folders(folder: string): readonly string[];
  /** A blob's content. */
  read(oid: Oid): Buffer;
}

export interface CommitInfo {
  readonly oid: Oid;
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  readonly message: string;
  /** Seconds since 1970. */
  readonly committedAt: number;
}

/**
 * Changes against the head that become one commit. Puts are written into a pack as they come, so a draft of 100,000
 * files needs little memory; nothing is visible before commit(). One draft at a time.
 */
export interface Draft {
  /** The object id that `path` would have after this draft; null when absent. */
  oidAt(path: string): Oid | null;
  put(path: string, blob: Blob): void;
  /** No effect when the path is absent. */
  remove(path: string): void;
  /** Paths whose content would differ from the head. */
  readonly changed: number;
  changes(): Iterable<PathChange>;
  /**
   * Writes trees and commit, makes them durable, moves the branch. Null when nothing would change.
   * On error the draft is as it was and can be committed again; RepositoryError MOVED when the branch has a foreign commit.
   */
  commit(message: string): CommitInfo | null;
  /** Forgets everything, removes what was written. */
  discard(): void;
}

/** The repository as the mirror sees it: a tree of files at the head of one branch. Synchronous: cost is a few ms. */
export interface Tape extends TreeReader {
  /** Where it is, for people. */
  readonly location: string;
  head(): CommitInfo | null;
  begin(): Draft;
  /**
   * Takes over commits that somebody else put on our branch on top of ours; returns the paths that they changed.
   * RepositoryError FOREIGN when the branch no longer descends from what we wrote.
   */
  adoptForeignCommits(): readonly PathChange[];
  close(): void;
}
