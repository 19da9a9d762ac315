import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import { assertFormat, FORMAT_PATH } from '../model/format.js';
import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Draft, FileEntry, Oid, PathChange, Tape } from '../model/tape.js';
import { parseCommit, WRITER } from './commit-object.js';
import { GitDraft, type DraftHost } from './draft.js';
import { changesBetween, descendsFrom } from './history.js';
import { guarded } from './io.js';
import { keepText, removeLeftovers } from './leftovers.js';
import { RepositoryLock, type LockOptions } from './lock.js';
import { maintainPacks, type MaintenanceReport } from './maintenance.js';
import { ObjectStore } from './object-store.js';
import { PackBuilder } from './pack-builder.js';
import { branchRef, moveRef, readRef } from './refs.js';
import { assertSupported, createRepository, inspectPath } from './repository-setup.js';
import { Tree } from './tree.js';

export interface GitTapeOptions {
  /** The repository's folder. */
  readonly path: string;
  readonly branch: string;
  /** Whether the repository and the branch are made when they are not there. */
  readonly create: boolean;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** `Name <mail>`. */
  readonly author?: string;
  readonly lock?: LockOptions;
}

/** The tape in a bare git repository. Needs no git program. */
export class GitTape implements Tape {
  readonly location: string;
  readonly #ref: string;
  readonly #options: GitTapeOptions;
  readonly #lock: RepositoryLock;
  readonly #store: ObjectStore;
  readonly #deltified = new Set<string>();
  #head: CommitInfo | null;
  #tree: Tree;
  #draft: GitDraft | undefined;
  #packs = 0;
  #closed = false;

  /**
   * Opens a repository for writing, waits for (or takes over) the lock, removes what a dead run left. RepositoryError:
   * NOT_FOUND, NOT_OURS, NEWER_FORMAT, UNSUPPORTED, LOCKED, DAMAGED, FULL, IO.
   */
  static async open(options: GitTapeOptions, signal?: AbortSignal): Promise<GitTape> {
    const path = resolve(options.path);
    const ref = branchRef(options.branch);
    const finding = inspectPath(path);
    if (finding !== 'repository' && !options.create) {
      throw new RepositoryError('NOT_FOUND', `There is no repository at ${path}`, { hint: 'Check --repo; `kubetape export` and `kubetape mirror` make a new one' });
    }
    if (finding === 'repository') assertSupported(path);
    else guarded(`creating ${path}`, () => mkdirSync(path, { recursive: true }));
    const lock = await RepositoryLock.acquire(path, options.lock, signal);
    let store: ObjectStore | undefined;
    try {
      if (inspectPath(path) !== 'repository') createRepository(path, ref);
      const gone = removeLeftovers(path, lock.id, lock.predecessor);
      if (lock.predecessor !== null) lock.announce(null);
      if (gone.length > 0) options.log.info('removed what a killed run left', { files: gone });
      store = new ObjectStore(join(path, 'objects'));
      return new GitTape(path, ref, options, lock, store);
    } catch (error) {
      store?.close();
      lock.release();
      throw error;
    }
  }

  /** For open(). */
  constructor(path: string, ref: string, options: GitTapeOptions, lock: RepositoryLock, store: ObjectStore) {
    this.location = path;
    this.#ref = ref;
    this.#options = options;
    this.#lock = lock;
    this.#store = store;
    const oid = guarded(`reading ${ref}`, () => readRef(path, ref));
    if (oid === null && !options.create) {
      throw new RepositoryError('NOT_FOUND', `There is no branch ${options.branch} in ${path}`, { hint: 'Check --branch' });
    }
    this.#head = oid === null ? null : this.#commit(oid);
    this.#tree = this.#treeOf(this.#head);
    if (this.#head !== null) this.#assertFormat(this.#tree);
  }

  head(): CommitInfo | null {
    return this.#head;
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
    return this.#store.read(oid, 'blob');
  }

  begin(): Draft {
    if (this.#draft !== undefined) throw new Error('a draft is open already');
    this.#draft = new GitDraft(this.#host());
    return this.#draft;
  }

  adoptForeignCommits(): readonly PathChange[] {
    const tip = guarded(`reading ${this.#ref}`, () => readRef(this.location, this.#ref));
    const ours = this.#head;
    if (tip === (ours?.oid ?? null)) return [];
    if (tip === null || (ours !== null && !descendsFrom(tip, ours.oid, (oid) => this.#commit(oid)))) {
      const hint = `Set the branch back with \`git update-ref ${this.#ref} ${ours?.oid}\` (with the foreign work on a branch of its own), or start a new branch with --branch`;
      throw new RepositoryError('FOREIGN', `${this.#ref} in ${this.location} is at ${tip ?? 'nothing'}, which does not descend from ${ours?.oid}, the last commit of ours`, { hint });
    }
    const head = this.#commit(tip);
    const tree = this.#treeOf(head);
    this.#assertFormat(tree);
    const changes = [...changesBetween((oid) => this.#store.read(oid, 'tree'), this.#tree.root.oid, tree.root.oid)];
    this.#head = head;
    this.#tree = tree;
    this.#draft?.rebase();
    return changes;
  }

  /**
   * Merges small packs when there are many; resolves with null when there was nothing to do. Commits may happen
   * meanwhile. Rejects with a RepositoryError, and with the signal's reason; then nothing is lost.
   */
  async maintain(signal?: AbortSignal): Promise<MaintenanceReport | null> {
    this.#lock.verify();
    const id = `${this.#lock.id}_${this.#packs++}`;
    const report = await maintainPacks(join(this.location, 'objects', 'pack'), { id, deltified: this.#deltified }, signal);
    if (report !== null) this.#store.rescan();
    return report;
  }

  /** Ends a maintain() that still runs badly: await it first. A second call does nothing. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#draft?.discard();
    this.#store.close();
    this.#lock.release();
  }

  #commit(oid: Oid): CommitInfo {
    return parseCommit(oid, this.#store.read(oid, 'commit'));
  }

  #treeOf(head: CommitInfo | null): Tree {
    return new Tree((oid) => this.#store.read(oid, 'tree'), head?.tree ?? null);
  }

  #assertFormat(tree: Tree): void {
    const oid = tree.oidAt(FORMAT_PATH);
    assertFormat(`Branch ${this.#options.branch} in ${this.location}`, oid === null ? null : this.read(oid));
  }

  #moveBranch(next: Oid): void {
    this.#lock.announce({ path: `${this.#ref}.lock`, oid: next });
    try {
      moveRef(this.location, this.#ref, this.#head?.oid ?? null, next);
    } finally {
      this.#lock.announce(null);
    }
  }

  #mayBeAt(oid: Oid): boolean {
    try {
      return readRef(this.location, this.#ref) === oid;
    } catch {
      // It cannot be read, so it may be; the failure that led here is the one that is reported.
      return true;
    }
  }

  #host(): DraftHost {
    const tape = (): GitTape => this;
    return {
      get tree() {
        return tape().#tree;
      },
      get head() {
        return tape().#head;
      },
      author: this.#options.author ?? WRITER,
      keepText: keepText(this.#lock.id),
      now: () => Math.floor((this.#options.now ?? Date.now)() / 1000),
      newPack: () => new PackBuilder(join(this.location, 'objects', 'pack'), `${this.#lock.id}_${this.#packs++}`),
      verify: () => this.#lock.verify(),
      moveBranch: (next) => this.#moveBranch(next),
      mayBeAt: (oid) => this.#mayBeAt(oid),
      warn: (message, error) => this.#options.log.warn(message, { error: messageOf(error) }),
      committed: (info) => {
        this.#head = info;
      },
      closed: () => {
        this.#draft = undefined;
      },
    };
  }
}
