import { deflate, objectOid } from '../lib/git-blob.js';
import type { Blob, CommitInfo, Draft, Oid } from '../model/tape.js';
import { encodeCommit, parseCommit } from './commit-object.js';
import { asRepositoryError, guarded } from './io.js';
import { PackBuilder } from './pack-builder.js';
import { splitPath, type Tree } from './tree.js';
import { planTree } from './tree-plan.js';

/** What a draft needs of its repository. */
export interface DraftHost {
  readonly tree: Tree;
  readonly head: CommitInfo | null;
  /** `Name <mail>` of author and committer. */
  readonly author: string;
  readonly keepText: string;
  /** Seconds since 1970. */
  now(): number;
  newPack(): PackBuilder;
  /** RepositoryError when we may no longer write. */
  verify(): void;
  /** Moves the branch; RepositoryError MOVED, LOCKED. */
  moveBranch(next: Oid): void;
  /** Whether the branch may have moved to `oid`, though moveBranch threw. */
  mayBeAt(oid: Oid): boolean;
  warn(message: string, error: unknown): void;
  committed(info: CommitInfo): void;
  closed(): void;
}

/** Blobs above this many bytes together go to disk before commit(). */
const SPILL_AT = 1 << 20;
/** What a waiting blob takes besides its bytes. */
const OVERHEAD = 256;

interface Waiting {
  readonly blob: Blob;
  /** Paths that have it. */
  uses: number;
}

export class GitDraft implements Draft {
  readonly #host: DraftHost;
  readonly #folders = new Map<string, Map<string, Oid | null>>();
  #changed = 0;
  readonly #waiting = new Map<Oid, Waiting>();
  #waitingBytes = 0;
  #spilled: PackBuilder | undefined;
  #open = true;

  constructor(host: DraftHost) {
    this.#host = host;
  }

  get changed(): number {
    return this.#changed;
  }

  oidAt(path: string): Oid | null {
    const [folder, name] = splitPath(path);
    const planned = this.#folders.get(folder)?.get(name);
    return planned === undefined ? this.#host.tree.oidAt(path) : planned;
  }

  put(path: string, blob: Blob): void {
    this.#assertOpen();
    assertPath(path);
    this.#set(path, blob.oid, blob);
    if (this.#waitingBytes > SPILL_AT) guarded('writing objects', () => this.#spill());
  }

  remove(path: string): void {
    this.#assertOpen();
    this.#set(path, null, null);
  }

  *changes(): Iterable<{ readonly path: string; readonly before: Oid | null; readonly after: Oid | null }> {
    for (const [folder, files] of this.#folders) {
      for (const [name, after] of files) {
        const path = folder === '' ? name : `${folder}/${name}`;
        yield { path, before: this.#host.tree.oidAt(path), after };
      }
    }
  }

  commit(message: string): CommitInfo | null {
    this.#assertOpen();
    if (this.#changed === 0) return null;
    const host = this.#host;
    host.verify();
    const plan = planTree(host.tree, this.#folders);
    const at = Math.max(host.now(), host.head?.committedAt ?? 0);
    const content = encodeCommit({ tree: plan.root, parents: host.head === null ? [] : [host.head.oid], by: host.author, at, message });
    const info = parseCommit(objectOid('commit', content), content);
    const pack = this.#spilled ?? host.newPack();
    let rollback: () => void = () => undefined;
    try {
      if (pack === this.#spilled) rollback = pack.mark();
      for (const { blob } of this.#waiting.values()) pack.add('blob', blob.oid, blob.size, blob.deflated);
      for (const { oid, bytes } of plan.objects) pack.add('tree', oid, bytes.length, deflate(bytes));
      pack.add('commit', info.oid, content.length, deflate(content));
      pack.publish(host.keepText);
      host.moveBranch(info.oid);
    } catch (error) {
      // Once the branch has moved, its objects stay: the commit is then found as a foreign one on top of our head.
      if (!host.mayBeAt(info.oid)) this.#takeBack(pack, rollback);
      throw asRepositoryError('committing', error);
    }
    plan.apply();
    host.committed(info);
    this.#end();
    try {
      pack.settle();
    } catch (error) {
      // The commit is done; the next start removes the file.
      host.warn('could not remove the .keep file of a commit', error);
    }
    return info;
  }

  discard(): void {
    if (!this.#open) return;
    this.#end();
    guarded('discarding a draft', () => this.#spilled?.discard());
  }

  /** The head changed below the draft: what it now has already is no change any more. */
  rebase(): void {
    for (const [folder, files] of this.#folders) {
      for (const [name, oid] of files) {
        const path = folder === '' ? name : `${folder}/${name}`;
        if (this.#host.tree.oidAt(path) === oid) this.#set(path, oid, null);
      }
    }
  }

  #set(path: string, oid: Oid | null, blob: Blob | null): void {
    const [folder, name] = splitPath(path);
    let files = this.#folders.get(folder);
    const before = files?.get(name);
    const same = this.#host.tree.oidAt(path) === oid;
    if (before !== undefined) {
      if (before === oid && !same) return;
      this.#release(before);
      this.#changed -= 1;
      files?.delete(name);
      if (files?.size === 0) this.#folders.delete(folder);
    }
    if (same) return;
    files = this.#folders.get(folder) ?? new Map<string, Oid | null>();
    this.#folders.set(folder, files);
    files.set(name, oid);
    this.#changed += 1;
    if (blob !== null && !this.#spilled?.has(blob.oid)) this.#await(blob);
  }

  #await(blob: Blob): void {
    const waiting = this.#waiting.get(blob.oid);
    if (waiting !== undefined) {
      waiting.uses += 1;
      return;
    }
    this.#waiting.set(blob.oid, { blob, uses: 1 });
    this.#waitingBytes += blob.deflated.length + OVERHEAD;
  }

  #release(oid: Oid | null): void {
    const waiting = oid === null ? undefined : this.#waiting.get(oid);
    if (waiting === undefined) return;
    waiting.uses -= 1;
    if (waiting.uses > 0) return;
    this.#waiting.delete(waiting.blob.oid);
    this.#waitingBytes -= waiting.blob.deflated.length + OVERHEAD;
  }

  /** On failure all blobs are still in memory, and the file is as it was. */
  #spill(): void {
    this.#spilled ??= this.#host.newPack();
    const rollback = this.#spilled.mark();
    try {
      for (const { blob } of this.#waiting.values()) this.#spilled.add('blob', blob.oid, blob.size, blob.deflated);
      this.#spilled.flush();
    } catch (error) {
      rollback();
      throw error;
    }
    this.#waiting.clear();
    this.#waitingBytes = 0;
  }

  #takeBack(pack: PackBuilder, rollback: () => void): void {
    pack.unpublish();
    rollback();
    if (pack !== this.#spilled) pack.discard();
  }

  #end(): void {
    this.#open = false;
    this.#host.closed();
  }

  #assertOpen(): void {
    if (!this.#open) throw new Error('the draft was committed or discarded');
  }
}

const FORBIDDEN = /(^|\/)(\.{1,2}|\.git|)(\/|$)|\0/i;

/** Paths come from model code that cannot make such a one; a tree with it would be refused by every git. */
function assertPath(path: string): void {
  if (FORBIDDEN.test(path)) throw new Error(`${JSON.stringify(path)} is no path in a git tree`);
}
