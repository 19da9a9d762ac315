import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Oid, PathChange } from '../model/tape.js';
import type { ReadTree } from './tree.js';

/** More foreign commits than anybody makes beside a mirror. */
const MAX_WALK = 100_000;

/** Whether `tip` descends from `ancestor`; false, too, when that is not seen within 100,000 commits. */
export function descendsFrom(tip: Oid, ancestor: Oid, commit: (oid: Oid) => CommitInfo): boolean {
  const seen = new Set<Oid>([tip]);
  for (const oid of seen) {
    if (oid === ancestor) return true;
    if (seen.size > MAX_WALK) return false;
    for (const parent of commit(oid).parents) seen.add(parent);
  }
  return false;
}

/**
 * Paths whose blob differs between two trees (null: an empty one), in git's order, which is that of the bytes of whole
 * paths. Equal folders are not read, folders are read when the walk comes to them. A folder and a file of one name are two
 * entries; a submodule's commit counts as absent; modes are not looked at. RepositoryError DAMAGED for a broken tree.
 */
export function changesBetween(read: ReadTree, before: Oid | null, after: Oid | null): Generator<PathChange, undefined> {
  return walk({ before: read, after: read }, before, after, '');
}

/** Tree objects of the newest tree that are kept; a tree of a million files has about so much. */
const KEPT_BYTES = 64 << 20;

/**
 * changesBetween() for commits one after the other, oldest first: the folders of the newest tree are kept and no older
 * ones, so that every tree object is read once. Other orders are right, too, only slower.
 */
export function forwardChanges(read: ReadTree): (before: Oid | null, after: Oid | null) => Generator<PathChange, undefined> {
  const kept = new Map<Oid, Buffer>();
  let bytes = 0;
  const take = (oid: Oid): Buffer => {
    const known = kept.get(oid);
    if (known === undefined) return read(oid);
    kept.delete(oid);
    bytes -= known.length;
    return known;
  };
  const keep = (oid: Oid): Buffer => {
    const tree = kept.get(oid) ?? unpooled(read(oid));
    if (kept.has(oid)) return tree;
    if (bytes > KEPT_BYTES) {
      kept.clear();
      bytes = 0;
    }
    kept.set(oid, tree);
    bytes += tree.length;
    return tree;
  };
  return (before, after) => walk({ before: take, after: keep }, before, after, '');
}

interface Sides {
  readonly before: ReadTree;
  readonly after: ReadTree;
}

function* walk(read: Sides, before: Oid | null, after: Oid | null, prefix: string): Generator<PathChange, undefined> {
  if (before === after) return;
  const old = new TreeCursor(read.before, before);
  const fresh = new TreeCursor(read.after, after);
  for (skipEqual(old, fresh); !old.done || !fresh.done; skipEqual(old, fresh)) {
    const order = compareEntries(old, fresh);
    const { isFolder, name } = order <= 0 ? old : fresh;
    const was = order <= 0 ? old.take() : null;
    const is = order >= 0 ? fresh.take() : null;
    if (was === is) continue;
    if (isFolder) yield* walk(read, was, is, `${prefix}${name}/`);
    else yield { path: prefix + name, before: was, after: is };
  }
}

const NO_BYTES = Buffer.alloc(0);
const SLASH = 0x2f;

/** Goes through the entries of a tree object (`<mode> <name>\0<20 bytes>`), which are sorted. */
class TreeCursor {
  readonly bytes: Buffer;
  readonly #tree: Oid | null;
  /** Of the present entry; `start` is the length of the tree when there is none. */
  start = 0;
  nameAt = 0;
  zero = 0;

  constructor(read: ReadTree, tree: Oid | null) {
    this.#tree = tree;
    this.bytes = tree === null ? NO_BYTES : read(tree);
    this.moveTo(0);
  }

  get done(): boolean {
    return this.start === this.bytes.length;
  }

  /** Modes: 40000 folder, 160000 a submodule's commit, 1xxxxx a file. */
  get isFolder(): boolean {
    return this.bytes[this.start] === 0x34 || this.bytes[this.start] === 0x30;
  }

  get name(): string {
    return this.bytes.toString('utf8', this.nameAt, this.zero);
  }

  /** The object id of the present entry, null for a submodule's commit; goes on to the next entry. */
  take(): Oid | null {
    const isCommit = this.bytes[this.start + 1] === 0x36;
    const oid = isCommit ? null : this.bytes.toString('hex', this.zero + 1, this.zero + 21);
    this.moveTo(this.zero + 21);
    return oid;
  }

  moveTo(start: number): void {
    const { bytes } = this;
    this.start = start;
    if (start === bytes.length) return;
    this.nameAt = start + 6;
    while (bytes[this.nameAt - 1] !== 0x20 && this.nameAt < start + 8) this.nameAt += 1;
    this.zero = bytes.indexOf(0, this.nameAt);
    if (bytes[this.nameAt - 1] === 0x20 && this.zero > this.nameAt && this.zero + 21 <= bytes.length) return;
    throw new RepositoryError('DAMAGED', `Tree object ${this.#tree} is damaged: a broken entry at byte ${start}`);
  }
}

/** Goes past all entries that are the same byte by byte: nearly all of them, in two trees of neighbouring commits. */
function skipEqual(a: TreeCursor, b: TreeCursor): void {
  const { bytes, start } = a;
  const common = commonLength(bytes, start, b.bytes, b.start);
  let end = 0;
  for (;;) {
    let zero = end;
    while (zero < common && bytes[start + zero] !== 0) zero += 1;
    if (zero + 21 > common) break;
    end = zero + 21;
  }
  a.moveTo(start + end);
  b.moveTo(b.start + end);
}

const BLOCK = 512;

/** How many bytes are equal from two places on. */
function commonLength(x: Buffer, i: number, y: Buffer, j: number): number {
  const most = Math.min(x.length - i, y.length - j);
  let equal = 0;
  while (equal + BLOCK <= most && x.compare(y, j + equal, j + equal + BLOCK, i + equal, i + equal + BLOCK) === 0) equal += BLOCK;
  while (equal < most && x[i + equal] === y[j + equal]) equal += 1;
  return equal;
}

/** The order of the present entries: a folder sorts as if its name ended with a slash; what is done comes after everything. */
function compareEntries(a: TreeCursor, b: TreeCursor): number {
  if (a.done || b.done) return Number(a.done) - Number(b.done);
  const [x, y] = [a.zero - a.nameAt, b.zero - b.nameAt];
  for (let k = 0; ; k++) {
    const left = k < x ? (a.bytes[a.nameAt + k] as number) : k === x && a.isFolder ? SLASH : -1;
    const right = k < y ? (b.bytes[b.nameAt + k] as number) : k === y && b.isFolder ? SLASH : -1;
    if (left !== right || left < 0) return left - right;
  }
}

/** A small result of zlib is a part of a shared slab, which would be kept whole. */
function unpooled(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength < 2 * bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
