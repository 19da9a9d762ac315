import { join } from 'node:path';
import { assertFormat, FORMAT_PATH } from '../model/format.js';
import type { SideCommit, SideDraft, SideRequest } from '../model/side-commit.js';
import type { History, IndexProgress, LogEntry, LogQuery, Point, Revision, Snapshot } from '../model/history.js';
import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, FileEntry, Oid, PathChange } from '../model/tape.js';
import { chooseBranch, type Branch } from './branch-choice.js';
import { parseCommit } from './commit-object.js';
import { recentCommitAt, walkLog } from './commit-walk.js';
import { changesBetween } from './history.js';
import type { IndexedHistory } from './indexed-history.js';
import { guarded } from './io.js';
import type { RepositoryPlace } from './locate-repository.js';
import { ObjectStore } from './object-store.js';
import { createPoint, listPoints, removePoint, type PointHost } from './points.js';
import { readAnyRef } from './ref-reader.js';
import { resolveRevision, type RevisionHost } from './revision.js';
import { readRef } from './refs.js';
import { GitSideDraft, sideRef } from './side-commit.js';
import { canWrite, isThere, prepareSide, sidePlace } from './side-place.js';
import { cachedTrees } from './tree-cache.js';
import { Tree, type ReadTree } from './tree.js';

export interface GitHistoryOptions {
  readonly place: RepositoryPlace;
  /** For people. */
  readonly location: string;
  /** Absent: see chooseBranch(). */
  readonly branch: string | undefined;
  readonly cacheFolder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly timeZone: string | undefined;
  /** Whether it is a copy, in which a point would be lost. */
  readonly isCopy: boolean;
}

/** Commits this near to the head are found by walking; further back the index is quicker than to build it is slow. */
const WALKED = 1000;

/** One branch of a git repository, for reading; needs no git program. */
export class GitHistory implements History {
  readonly location: string;
  readonly branch: string;
  readonly #options: GitHistoryOptions;
  readonly #ref: string;
  readonly #side: RepositoryPlace;
  readonly #store: ObjectStore;
  readonly #readTree: ReadTree;
  #head: CommitInfo;
  #index: Promise<IndexedHistory> | undefined;

  /** RepositoryError NOT_FOUND, NOT_OURS, NEWER_FORMAT, DAMAGED, IO. */
  static open(options: GitHistoryOptions): GitHistory {
    const store = new ObjectStore(join(options.place.commonDir, 'objects'));
    try {
      const side = sidePlace(options.place, options.cacheFolder);
      if (isThere(side)) store.include(join(side.commonDir, 'objects'));
      return new GitHistory(options, store);
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** For open(). */
  constructor(options: GitHistoryOptions, store: ObjectStore) {
    const { place, location } = options;
    this.#options = options;
    this.#side = sidePlace(place, options.cacheFolder);
    this.#store = store;
    this.#readTree = cachedTrees((oid) => store.read(oid, 'tree'));
    const isOurs = (oid: Oid): boolean => this.#isOurs(this.commit(oid));
    const { name, ref }: Branch = guarded(`reading the branches of ${location}`, () => chooseBranch(place, location, options.branch, isOurs));
    this.location = location;
    this.branch = name;
    this.#ref = ref;
    this.#head = this.#readHead();
  }

  head(): CommitInfo {
    return this.#head;
  }

  refresh(): CommitInfo {
    this.#head = this.#readHead();
    return this.#head;
  }

  async resolve(revision: string, signal: AbortSignal): Promise<Revision> {
    const resolved = await resolveRevision(this.#revisionHost(), revision, signal);
    if (resolved.commit.oid !== this.#head.oid) this.#assertFormat(`Commit ${resolved.commit.oid.slice(0, 12)} in ${this.location}`, resolved.commit);
    return resolved;
  }

  commit(oid: Oid): CommitInfo {
    return parseCommit(oid, this.#store.read(oid, 'commit'));
  }

  snapshot(commit: CommitInfo): Snapshot {
    return new GitSnapshot(commit, new Tree(this.#readTree, commit.tree), (oid) => this.read(oid));
  }

  read(oid: Oid): Buffer {
    return this.#store.read(oid, 'blob');
  }

  changes(before: CommitInfo | null, after: CommitInfo): Iterable<PathChange> {
    return changesBetween(this.#readTree, before?.tree ?? null, after.tree);
  }

  async *log(query: LogQuery, signal: AbortSignal, onProgress?: (progress: IndexProgress) => void): AsyncGenerator<LogEntry, undefined> {
    signal.throwIfAborted();
    const { from, paths } = query;
    const indexed = paths === undefined ? null : await (await this.#indexed()).log(this.#head, { ...query, from: from.oid, paths }, signal, onProgress);
    if (indexed === null) return yield* walkLog(this, query, signal);
    for await (const { oid, changes } of indexed) yield { commit: this.commit(oid), changes };
  }

  points(): readonly Point[] {
    return guarded(`reading the tags of ${this.location}`, () => listPoints(this.#pointHost()));
  }

  createPoint(name: string, commit: CommitInfo, message: string): Point {
    this.#assertNoCopy();
    return createPoint(this.#pointHost(), name, commit, message);
  }

  removePoint(name: string): void {
    this.#assertNoCopy();
    removePoint(this.#pointHost(), name);
  }

  beginSide(request: SideRequest): SideDraft {
    const { place, now, isCopy } = this.#options;
    const isOther = isCopy || !canWrite(place);
    if (isOther) {
      prepareSide(this.#side, place, this.#ref, this.#head);
      this.#store.include(join(this.#side.commonDir, 'objects'));
    }
    const gitDir = isOther ? this.#side.commonDir : place.commonDir;
    return new GitSideDraft({ gitDir, location: isOther ? gitDir : null, readTree: this.#readTree, now }, request);
  }

  side(name: string): SideCommit | null {
    const { place } = this.#options;
    const ref = sideRef(name);
    return guarded(`reading ${ref}`, () => {
      for (const { commonDir } of [place, this.#side]) {
        const oid = readRef(commonDir, ref);
        if (oid !== null) return { ref, commit: this.commit(oid), location: commonDir === place.commonDir ? null : commonDir };
      }
      return null;
    });
  }

  close(): void {
    this.#store.close();
    const index = this.#index;
    this.#index = undefined;
    // One that cannot be loaded has nothing to close; who asked for it was told.
    void index?.then((loaded) => loaded.close(), () => undefined);
  }

  #readHead(): CommitInfo {
    const oid = guarded(`reading ${this.#ref}`, () => readAnyRef(this.#options.place, this.#ref));
    if (oid === null) throw new RepositoryError('NOT_FOUND', `There is no branch ${this.branch} in ${this.location} any more`, { hint: 'Somebody deleted it; find its last commit with `git fsck --lost-found`' });
    const head = this.commit(oid);
    this.#assertFormat(`Branch ${this.branch} in ${this.location}`, head);
    return head;
  }

  #assertFormat(where: string, commit: CommitInfo): void {
    const oid = new Tree(this.#readTree, commit.tree).oidAt(FORMAT_PATH);
    assertFormat(where, oid === null ? null : this.read(oid));
  }

  #isOurs(commit: CommitInfo): boolean {
    return new Tree(this.#readTree, commit.tree).oidAt(FORMAT_PATH) !== null;
  }

  #assertNoCopy(): void {
    if (!this.#options.isCopy) return;
    throw new RepositoryError('UNSUPPORTED', `${this.location} is read through a copy, in which a change would be lost`, { hint: 'Name the repository itself with --repo, on the machine where it is' });
  }

  /** Loaded when it is first needed: most commands do without. */
  #indexed(): Promise<IndexedHistory> {
    const { place, cacheFolder } = this.#options;
    this.#index ??= import('./indexed-history.js').then(({ IndexedHistory }) => new IndexedHistory({ commonDir: place.commonDir, cacheFolder, ref: this.#ref }, this));
    return this.#index;
  }

  #pointHost(): PointHost {
    const { place, now } = this.#options;
    return { place, store: this.#store, now, commit: (oid) => this.commit(oid), isOurs: (commit) => this.#isOurs(commit) };
  }

  #revisionHost(): RevisionHost {
    const { place, now, timeZone } = this.#options;
    const head = this.#head;
    const found = (oid: Oid | null): CommitInfo | null => (oid === null ? null : this.commit(oid));
    return {
      place,
      side: this.#side,
      store: this.#store,
      timeZone,
      now,
      head: () => head,
      commit: (oid) => this.commit(oid),
      commitAt: async (seconds, signal) => recentCommitAt(this, head, seconds, WALKED) ?? found(await (await this.#indexed()).commitAt(head, seconds, signal)),
      commitHolding: async (resourceVersion, signal) => found(await (await this.#indexed()).commitHolding(head, resourceVersion, signal)),
      firstCommit: async (signal) => this.commit(await (await this.#indexed()).first(head, signal)),
    };
  }
}

class GitSnapshot implements Snapshot {
  readonly commit: CommitInfo;
  readonly #tree: Tree;
  readonly #read: (oid: Oid) => Buffer;

  constructor(commit: CommitInfo, tree: Tree, read: (oid: Oid) => Buffer) {
    this.commit = commit;
    this.#tree = tree;
    this.#read = read;
  }

  oidAt(path: string): Oid | null {
    return this.#tree.oidAt(path);
  }

  files(folder: string): Iterable<FileEntry> {
    return this.#tree.files(folder);
  }

  folders(folder: string): readonly string[] {
    return this.#tree.folders(folder);
  }

  read(oid: Oid): Buffer {
    return this.#read(oid);
  }
}
