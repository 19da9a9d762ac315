import type { Oid } from '../../model/tape.js';
import type { Bytes } from './checked-bytes.js';
import type { Row } from './encode-segment.js';
import { layoutOf, OID_BYTES, POSTING_BYTES, readHeader, START_BYTES, WENT_BACK, type Header, type Layout } from './segment-layout.js';

/** A run of path numbers, `to` excluded. */
export interface PathRange {
  readonly from: number;
  readonly to: number;
}

/** The index of neighbouring commits, for reading; look-ups read the pages that they need. IndexDamaged, system errors. */
export class Segment {
  readonly bytes: Bytes;
  readonly header: Header;
  readonly at: Layout;
  /** The last commit. */
  readonly tip: Oid;

  private constructor(bytes: Bytes, header: Header) {
    this.bytes = bytes;
    this.header = header;
    this.at = layoutOf(header);
    this.tip = this.oidAt(header.commits - 1);
  }

  /** Null for what is no segment of this version. */
  static open(bytes: Bytes): Segment | null {
    const header = readHeader(bytes);
    return header === null ? null : new Segment(bytes, header);
  }

  /** Position after its last commit. */
  get end(): number {
    return this.header.first + this.header.commits;
  }

  /** `i`: number of the commit in the segment. */
  oidAt(i: number): Oid {
    return this.bytes.read(this.at.oids + i * OID_BYTES, OID_BYTES).toString('hex');
  }

  timeAt(i: number): number {
    return this.bytes.read(this.at.times + i * 8, 8).readDoubleLE();
  }

  /** Position in the chain; null when the commit is in another segment or none. */
  positionOf(oid: Oid): number | null {
    const prefix = parseInt(oid.slice(0, 8), 16);
    const { commits, first } = this.header;
    const key = (i: number): number => this.bytes.read(this.at.byOid + i * 8, 4).readUInt32LE();
    for (let i = lowerBound(commits, (middle) => key(middle) < prefix); i < commits && key(i) === prefix; i++) {
      const number = this.bytes.read(this.at.byOid + i * 8 + 4, 4).readUInt32LE();
      if (this.oidAt(number) === oid) return first + number;
    }
    return null;
  }

  /** Position of the first commit with a later date; null when there is none. */
  firstAfter(seconds: number): number | null {
    if (this.header.maxTime <= seconds) return null;
    const times = this.bytes.read(this.at.times, this.header.commits * 8);
    for (let at = 0; at < times.length; at += 8) if (times.readDoubleLE(at) > seconds) return this.header.first + at / 8;
    return null;
  }

  /** Position of the first commit, from position `from` on, that reached a resourceVersion; null when there is none. */
  firstHolding(version: bigint, from: number): number | null {
    if (this.header.reached < version) return null;
    const reached = this.#reached();
    for (let i = Math.max(0, from - this.header.first); i < this.header.commits; i++) {
      if ((reached.readBigUInt64LE(i * 8) & ~WENT_BACK) >= version) return this.header.first + i;
    }
    return null;
  }

  /** Position of the last commit up to `top` with which the store went back; null when there is none. */
  lastWentBack(top: number): number | null {
    const { first, wentBack, commits } = this.header;
    if (wentBack < 0) return null;
    if (first + wentBack <= top) return first + wentBack;
    const reached = this.#reached();
    for (let i = Math.min(commits - 1, top - first); i >= 0; i--) if (reached.readBigUInt64LE(i * 8) >= WENT_BACK) return first + i;
    return null;
  }

  #reached(): Buffer {
    return this.bytes.read(this.at.reached, this.header.commits * 8);
  }

  /** Paths and their names, where each begins; the whole table when many look-ups follow. */
  paths(many: boolean): PathTable {
    return new PathTable(this, many);
  }

  *rows(): Iterable<Row> {
    const { paths, postings: count, nameBytes } = this.header;
    const { starts: startsAt, befores: beforesAt, postings: postingsAt, names: namesAt } = this.at;
    const starts = this.bytes.read(startsAt, (paths + 1) * START_BYTES);
    const befores = this.bytes.read(beforesAt, paths * OID_BYTES);
    const postings = this.bytes.read(postingsAt, count * POSTING_BYTES);
    const names = this.bytes.read(namesAt, nameBytes);
    for (let i = 0; i < paths; i++) {
      const [name, posting, nextName, nextPosting] = [0, 4, 8, 12].map((at) => starts.readUInt32LE(i * START_BYTES + at)) as [number, number, number, number];
      yield {
        path: names.subarray(name, nextName),
        before: befores.subarray(i * OID_BYTES, (i + 1) * OID_BYTES),
        postings: [postings.subarray(posting * POSTING_BYTES, nextPosting * POSTING_BYTES)],
      };
    }
  }
}

/** The sorted names of a segment's paths. */
export class PathTable {
  readonly #count: number;
  readonly #starts: (at: number, length: number) => Buffer;
  readonly #names: (at: number, length: number) => Buffer;

  constructor({ bytes, at, header }: Segment, many: boolean) {
    this.#count = header.paths;
    this.#starts = part(bytes, at.starts, (header.paths + 1) * START_BYTES, many);
    this.#names = part(bytes, at.names, header.nameBytes, many);
  }

  /** The paths that are the given one or below it, as at most two runs; `''`: all. */
  find(path: string): readonly PathRange[] {
    if (path === '') return [{ from: 0, to: this.#count }];
    const itself = this.#range(Buffer.from(path), Buffer.from(`${path}\0`));
    // `0` is the next byte after `/`.
    const below = this.#range(Buffer.from(`${path}/`), Buffer.from(`${path}0`));
    return [itself, below].filter(({ from, to }) => from < to);
  }

  #range(low: Buffer, high: Buffer): PathRange {
    const bound = (key: Buffer): number => lowerBound(this.#count, (i) => this.#name(i).compare(key) < 0);
    return { from: bound(low), to: bound(high) };
  }

  #name(i: number): Buffer {
    const start = this.#starts(i * START_BYTES, START_BYTES + 4);
    const from = start.readUInt32LE(0);
    return this.#names(from, start.readUInt32LE(START_BYTES) - from);
  }
}

function part(bytes: Bytes, start: number, length: number, whole: boolean): (at: number, length: number) => Buffer {
  if (!whole) return (at, size) => bytes.read(start + at, size);
  const all = bytes.read(start, length);
  return (at, size) => all.subarray(at, at + size);
}

/** The first of `count` numbers that is not below, when all that are come first. */
export function lowerBound(count: number, below: (i: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
