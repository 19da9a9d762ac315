import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { deflate, objectOid } from '../lib/git-blob.js';
import { RepositoryError } from '../model/repository-error.js';
import type { SideCommit, SideDraft, SideRequest } from '../model/side-commit.js';
import type { CommitInfo, Oid } from '../model/tape.js';
import { encodeCommit, parseCommit, WRITER } from './commit-object.js';
import { asRepositoryError, guarded, ifThere, removeFile } from './io.js';
import { PackBuilder } from './pack-builder.js';
import { isRefName, moveRef, readRef } from './refs.js';
import { planTree } from './tree-plan.js';
import { splitPath, Tree, type ReadTree } from './tree.js';

/** Below it lie the refs that kubetape makes for itself; nobody's branches or tags. */
export const SIDE_REFS = 'refs/kubetape/';

/** Where a side commit goes. */
export interface SideHost {
  /** The repository that takes pack and ref. */
  readonly gitDir: string;
  /** For people, when it is another repository than the one that was opened; null: the same. */
  readonly location: string | null;
  readonly readTree: ReadTree;
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Not the names of the tape (`tmp_kubetape_`, `kubetape <lock>`): whoever gets the lock removes those, for their makers must be
 * dead. `git gc` removes an old `tmp_` file.
 */
const TEMPORARY = 'tmp_kubeside_';
const KEEP = 'kubetape-side\n';
/** What is older was left by a dead run. */
const ABANDONED_MS = 24 * 3_600_000;
/** Git's protocol holds the lock of a ref for milliseconds, and nobody else writes these refs. */
const DEAD_LOCK_MS = 30_000;

/** The full name of a side ref; RepositoryError NOT_FOUND when git would not take it. */
export function sideRef(name: string): string {
  const ref = SIDE_REFS + name;
  if (isRefName(ref)) return ref;
  throw new RepositoryError('NOT_FOUND', `${JSON.stringify(name)} is no name of a ref`, { hint: 'Choose a name of letters, digits, hyphens and slashes' });
}

/**
 * A commit on a ref below `refs/kubetape/`, written while a mirror may write, too: its own pack with `.keep`, then the ref by
 * git's lock protocol, then without `.keep` (decisions.md §6). Trees are read and written for changed folders only.
 */
export class GitSideDraft implements SideDraft {
  readonly #host: SideHost;
  readonly #ref: string;
  readonly #parents: readonly CommitInfo[];
  readonly #tree: Tree;
  readonly #pack: PackBuilder;
  readonly #folders = new Map<string, Map<string, Oid | null>>();
  #open = true;

  constructor(host: SideHost, { name, base, parents }: SideRequest) {
    this.#host = host;
    this.#ref = sideRef(name);
    this.#parents = parents;
    this.#tree = new Tree(host.readTree, base?.tree ?? null);
    const folder = join(host.gitDir, 'objects', 'pack');
    guarded(`looking into ${folder}`, () => removeAbandoned(folder, host.now()));
    this.#pack = new PackBuilder(folder, randomUUID(), TEMPORARY);
  }

  put(path: string, content: Uint8Array): void {
    this.#assertOpen();
    const oid = objectOid('blob', content);
    if (this.#tree.oidAt(path) !== oid) guarded('writing objects', () => this.#pack.add('blob', oid, content.length, deflate(content)));
    this.#set(path, oid);
  }

  keep(path: string, oid: Oid): void {
    this.#assertOpen();
    this.#set(path, oid);
  }

  remove(path: string): void {
    this.#assertOpen();
    this.#set(path, null);
  }

  commit(message: string): SideCommit {
    this.#assertOpen();
    this.#open = false;
    const { gitDir, location } = this.#host;
    const made: { oid: Oid | null } = { oid: null };
    try {
      const info = this.#write(message);
      made.oid = info.oid;
      this.#pack.publish(KEEP);
      removeDeadLock(join(gitDir, `${this.#ref}.lock`), this.#host.now());
      moveRef(gitDir, this.#ref, readRef(gitDir, this.#ref), info.oid, `kubetape.lock.ref.${randomUUID()}`);
      this.#pack.settle();
      return { ref: this.#ref, commit: info, location };
    } catch (error) {
      // Once the ref is set, its objects stay.
      if (made.oid === null || !this.#isAt(made.oid)) this.#takeBack();
      throw asRepositoryError(`writing ${this.#ref}`, error);
    }
  }

  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    guarded('discarding a commit', () => this.#pack.discard());
  }

  #write(message: string): CommitInfo {
    const plan = planTree(this.#tree, this.#folders);
    const at = Math.max(Math.floor(this.#host.now() / 1000), ...this.#parents.map(({ committedAt }) => committedAt));
    const content = encodeCommit({ tree: plan.root, parents: this.#parents.map(({ oid }) => oid), by: WRITER, at, message });
    const info = parseCommit(objectOid('commit', content), content);
    for (const { oid, bytes } of plan.objects) this.#pack.add('tree', oid, bytes.length, deflate(bytes));
    this.#pack.add('commit', info.oid, content.length, deflate(content));
    return info;
  }

  #isAt(oid: Oid): boolean {
    try {
      return readRef(this.#host.gitDir, this.#ref) === oid;
    } catch {
      // It cannot be read, so it may be; the failure that led here is the one that is reported.
      return true;
    }
  }

  #takeBack(): void {
    this.#pack.unpublish();
    this.#pack.discard();
  }

  #set(path: string, oid: Oid | null): void {
    const [folder, name] = splitPath(path);
    let files = this.#folders.get(folder);
    if (files === undefined) this.#folders.set(folder, (files = new Map<string, Oid | null>()));
    if (this.#tree.oidAt(path) === oid) files.delete(name);
    else files.set(name, oid);
  }

  #assertOpen(): void {
    if (!this.#open) throw new Error('the side commit was made or discarded');
  }
}

/** What dead runs left: unfinished packs, and packs that are still protected. */
function removeAbandoned(folder: string, now: number): void {
  for (const name of ifThere(() => readdirSync(folder)) ?? []) {
    const path = join(folder, name);
    const ours = name.startsWith(TEMPORARY) || (/^pack-.*\.keep$/.test(name) && ifThere(() => readFileSync(path, 'utf8')) === KEEP);
    if (ours && isOlder(path, now, ABANDONED_MS)) removeFile(path);
  }
}

/** A run that was killed within the milliseconds of the protocol. */
function removeDeadLock(lock: string, now: number): void {
  if (isOlder(lock, now, DEAD_LOCK_MS)) removeFile(lock);
}

function isOlder(path: string, now: number, ms: number): boolean {
  const since = ifThere(() => statSync(path))?.mtimeMs;
  return since !== undefined && now - since > ms;
}
