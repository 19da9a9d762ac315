import type { CommitInfo, Oid } from './tape.js';

/** A commit of kubetape's own beside the branches: the state before a restore, what a revert puts back. */
export interface SideCommit {
  /** `refs/kubetape/pre-restore/<run>` */
  readonly ref: string;
  readonly commit: CommitInfo;
  /** The repository that took it, where that is not the one that was opened; null: the same. Both can be asked for it on this machine. */
  readonly location: string | null;
}

export interface SideRequest {
  /** Below `refs/kubetape/`: `pre-restore/20261121T080000Z-4f3a`. */
  readonly name: string;
  /** The tree to start from; null: an empty one. */
  readonly base: CommitInfo | null;
  readonly parents: readonly CommitInfo[];
}

/**
 * A commit in the making. Contents go into a pack as they come; nothing is visible before commit(). RepositoryError FULL,
 * IO. End it with commit() or discard().
 */
export interface SideDraft {
  put(path: string, content: Uint8Array): void;
  /** A content that the repository has: it must be reachable from base or parents. */
  keep(path: string, oid: Oid): void;
  /** No effect when the path is absent. */
  remove(path: string): void;
  /**
   * Makes everything durable, then sets the ref: also when the tree is that of the base. A ref of that name is replaced.
   * RepositoryError LOCKED, FULL, IO; then nothing of it is visible.
   */
  commit(message: string): SideCommit;
  /** Forgets everything; no effect after commit(). */
  discard(): void;
}
