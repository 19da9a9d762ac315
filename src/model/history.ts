import type { SideCommit, SideDraft, SideRequest } from './side-commit.js';
import type { CommitInfo, Oid, PathChange, TreeReader } from './tape.js';

/** The files of one commit. */
export interface Snapshot extends TreeReader {
  readonly commit: CommitInfo;
}

/** A revision that a person gave, and what it was taken for. */
export interface Revision {
  readonly given: string;
  readonly commit: CommitInfo;
  /** Seconds since 1970 and the zone that was used, when a time was given. */
  readonly time?: { readonly at: number; readonly zone: string };
}

/** What of the history: all given members must hold. */
export interface LogQuery {
  /** Newest commit; older ones follow along first parents. */
  readonly from: CommitInfo;
  /** Files or folders of the tree (without trailing slash); absent: everything. */
  readonly paths?: readonly string[];
  /** Seconds since 1970, inclusive. */
  readonly since?: number;
  readonly until?: number;
}

/** One commit and those of its changes that were asked for, in the order of paths; `before` is what the first parent has. */
export interface LogEntry {
  readonly commit: CommitInfo;
  readonly changes: readonly PathChange[];
}

/** How far the index of the history got; drawn as progress. */
export interface IndexProgress {
  readonly commits: number;
  readonly total: number | undefined;
}

/** A named restore point: an annotated tag. */
export interface Point {
  readonly name: string;
  readonly commit: CommitInfo;
  readonly message: string;
  /** Seconds since 1970. */
  readonly createdAt: number;
}

/**
 * One branch of a repository, for reading: takes no lock, so a mirror may write meanwhile. Methods throw (or reject with)
 * RepositoryError: NOT_FOUND with the cure for a revision that names nothing, DAMAGED for a missing or broken object.
 */
export interface History {
  /** Where it is, for people. */
  readonly location: string;
  readonly branch: string;
  /** The newest commit of the branch when it was opened, or at the last refresh(). */
  head(): CommitInfo;
  /** Reads the branch again. */
  refresh(): CommitInfo;
  /**
   * REV of decisions.md §2: object id or its beginning, tag (points), branch, `HEAD`, what is below
   * `refs/kubetape/` (`pre-restore/<run>`), each with `~n` and `^n`; a time
   * (ISO 8601 with or without zone, a date, `yesterday`, `2 hours ago`, `1h ago`): the newest commit that is not later;
   * `rv:12345`: the first commit that holds everything up to that resourceVersion.
   */
  resolve(revision: string, signal: AbortSignal): Promise<Revision>;
  commit(oid: Oid): CommitInfo;
  snapshot(commit: CommitInfo): Snapshot;
  read(oid: Oid): Buffer;
  /** Paths that differ between two commits, in the order of paths; folders that are equal are not looked into. `before` null: everything. */
  changes(before: CommitInfo | null, after: CommitInfo): Iterable<PathChange>;
  /**
   * Newest first. Paths are found through the index of the history, which is brought up to date first (`onProgress`);
   * without paths commits are walked.
   */
  log(query: LogQuery, signal: AbortSignal, onProgress?: (progress: IndexProgress) => void): AsyncIterable<LogEntry>;
  points(): readonly Point[];
  /** RepositoryError EXISTS-like refusals are NOT_OURS; the tag object is durable before its ref. */
  createPoint(name: string, commit: CommitInfo, message: string): Point;
  removePoint(name: string): void;
  /** Begins a commit beside the branches. It takes no lock of a mirror, which may write and merge packs meanwhile. RepositoryError. */
  beginSide(request: SideRequest): SideDraft;
  /** What `refs/kubetape/<name>` is at; null: there is none. */
  side(name: string): SideCommit | null;
  close(): void;
}
