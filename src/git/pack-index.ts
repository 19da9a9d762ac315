import { createHash } from 'node:crypto';
import type { PackEntries } from './pack-entries.js';

const MAGIC = 0xff744f63;
const FANOUT_AT = 8;
const OIDS_AT = FANOUT_AT + 1024;
/** From here on an offset goes to the 64-bit table. */
const LARGE = 0x80000000;

/** Objects of an idx, by position in the order of their ids. */
export interface IndexRows {
  readonly count: number;
  /** How many ids have each first byte. */
  readonly firstBytes: Uint32Array;
  /** 20 bytes. */
  oid(i: number): Buffer;
  crc(i: number): number;
  offset(i: number): number;
}

/** An idx file of version 2 (gitformat-pack(5)). `packSum`: the 20 bytes at the end of the pack. */
export function encodeIndex(entries: PackEntries, packSum: Buffer): Buffer {
  const { count, oids, crcs, offsets } = entries;
  const order = entries.byOid();
  const firstBytes = new Uint32Array(256);
  for (let i = 0; i < count; i++) {
    const first = oids[i * 20] as number;
    firstBytes[first] = (firstBytes[first] as number) + 1;
  }
  const rows: IndexRows = {
    count,
    firstBytes,
    oid: (i) => oids.subarray((order[i] as number) * 20, (order[i] as number) * 20 + 20),
    crc: (i) => crcs[order[i] as number] as number,
    offset: (i) => offsets[order[i] as number] as number,
  };
  return Buffer.concat([...encodeIndexParts(rows, packSum)]);
}

/** The same in parts of about a millisecond, so that a large one need not be made in one go. */
export function* encodeIndexParts(rows: IndexRows, packSum: Buffer): Generator<Buffer, undefined> {
  const hash = createHash('sha1');
  for (const part of tables(rows, packSum)) {
    hash.update(part);
    yield part;
  }
  yield hash.digest();
}

function* tables(rows: IndexRows, packSum: Buffer): Generator<Buffer, undefined> {
  const large: number[] = [];
  yield head(rows.firstBytes);
  yield* table(rows.count, 20, (part, at, i) => rows.oid(i).copy(part, at));
  yield* table(rows.count, 4, (part, at, i) => part.writeUInt32BE(rows.crc(i), at));
  yield* table(rows.count, 4, (part, at, i) => {
    const offset = rows.offset(i);
    return part.writeUInt32BE(offset < LARGE ? offset : LARGE + large.push(offset) - 1, at);
  });
  yield* table(large.length, 8, (part, at, i) => part.writeBigUInt64BE(BigInt(large[i] as number), at));
  yield packSum;
}

const PART = 8192;

function* table(count: number, width: number, write: (part: Buffer, at: number, i: number) => unknown): Generator<Buffer, undefined> {
  for (let from = 0; from < count; from += PART) {
    const rows = Math.min(PART, count - from);
    const part = Buffer.allocUnsafe(rows * width);
    for (let i = 0; i < rows; i++) write(part, i * width, from + i);
    yield part;
  }
}

/** Magic number, version, and the running sums of the counts. */
function head(firstBytes: Uint32Array): Buffer {
  const bytes = Buffer.allocUnsafe(OIDS_AT);
  bytes.writeUInt32BE(MAGIC, 0);
  bytes.writeUInt32BE(2, 4);
  let sum = 0;
  firstBytes.forEach((count, first) => {
    sum += count;
    bytes.writeUInt32BE(sum, FANOUT_AT + first * 4);
  });
  return bytes;
}

/** Reads parts of an idx file: `at(position, length)` is a slice of a buffer or a read from a file. */
export type IndexBytes = (position: number, length: number) => Buffer;

/** An idx file of version 2, in memory or read piece by piece. Throws RangeError when it is not one. */
export class PackIndex {
  readonly count: number;
  readonly #at: IndexBytes;
  readonly #fanout: Buffer;

  constructor(at: IndexBytes, size: number) {
    const head = at(0, OIDS_AT);
    if (head.length < OIDS_AT || head.readUInt32BE(0) !== MAGIC || head.readUInt32BE(4) !== 2) throw new RangeError('not an index of version 2');
    this.#at = at;
    this.#fanout = head.subarray(FANOUT_AT);
    this.count = head.readUInt32BE(OIDS_AT - 4);
    if (size < OIDS_AT + this.count * 28 + 40) throw new RangeError('the index is cut short');
    for (let first = 1; first < 256; first++) {
      if (this.#upTo(first) < this.#upTo(first - 1)) throw new RangeError('the index is not in order');
    }
  }

  /** Where in the pack an object (20 bytes) is; undefined when it is not in this pack. */
  offsetOf(oid: Buffer): number | undefined {
    const position = this.#search(oid);
    return position < 0 ? undefined : this.offsetAt(position);
  }

  /** Ids (40 digits) that begin with at least 2 hexadecimal digits, in order, at most `limit`. */
  startingWith(prefix: string, limit: number): readonly string[] {
    const found = this.#search(Buffer.from(prefix.padEnd(40, '0'), 'hex'));
    const ids: string[] = [];
    for (let at = found < 0 ? -1 - found : found; at < this.count && ids.length < limit; at++) {
      const id = this.oidAt(at).toString('hex');
      if (!id.startsWith(prefix)) break;
      ids.push(id);
    }
    return ids;
  }

  /**
   * Position of an id, or `-1 - position` where it would stand. Ids are evenly spread, so the place can be guessed;
   * around it as many are read at once as the guess is off by as a rule (its square root), and more after a miss.
   */
  #search(oid: Buffer): number {
    let { start, end } = this.range(oid[0] as number);
    const share = oid.readUIntBE(1, 6) / 2 ** 48;
    let middle = start + Math.floor((end - start) * share);
    for (let reach = 8 + 2 * Math.ceil(Math.sqrt(end - start)); start < end; reach *= 4) {
      const from = Math.max(start, Math.min(middle - reach, end - 1));
      const to = Math.min(end, Math.max(middle + reach, from + 1));
      const place = searchIds(this.#at(OIDS_AT + from * 20, (to - from) * 20), oid);
      const position = place < 0 ? -1 - place : place;
      if (place >= 0) return from + position;
      const inside = (position > 0 || from === start) && (position < to - from || to === end);
      if (inside) return -1 - (from + position);
      if (position === 0) end = from;
      else start = to;
      middle = position === 0 ? end : start;
    }
    return -1 - start;
  }

  /** Positions of the ids with a first byte. */
  range(first: number): { readonly start: number; readonly end: number } {
    return { start: first === 0 ? 0 : this.#upTo(first - 1), end: this.#upTo(first) };
  }

  /** 20 bytes of the i-th object id. */
  oidAt(i: number): Buffer {
    return this.#at(OIDS_AT + i * 20, 20);
  }

  crcAt(i: number): number {
    return this.#at(OIDS_AT + this.count * 20 + i * 4, 4).readUInt32BE(0);
  }

  offsetAt(i: number): number {
    const offsetsAt = OIDS_AT + this.count * 24;
    const offset = this.#at(offsetsAt + i * 4, 4).readUInt32BE(0);
    if (offset < LARGE) return offset;
    return Number(this.#at(offsetsAt + this.count * 4 + (offset - LARGE) * 8, 8).readBigUInt64BE(0));
  }

  #upTo(first: number): number {
    return this.#fanout.readUInt32BE(first * 4);
  }
}

/** Position of an id among ids of 20 bytes, or `-1 - position` where it would stand. */
function searchIds(ids: Buffer, oid: Buffer): number {
  let low = 0;
  let high = ids.length / 20;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = ids.compare(oid, 0, 20, middle * 20, middle * 20 + 20);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1 - low;
}
