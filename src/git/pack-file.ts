import { closeSync, fstatSync, openSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { readAt, readInto } from './io.js';
import { PACK_TYPE } from './pack-builder.js';
import { PackIndex, type IndexBytes } from './pack-index.js';

/** An idx up to this many bytes is kept in memory; of a larger one the needed part is read, until that was as much as the whole. */
const INDEX_IN_MEMORY = 4 << 20;
/** An idx above this is never held: packs that large are rare, their look-ups cost two preads. */
const INDEX_AT_MOST = 32 << 20;
/** Most entries are read with one pread of this size. */
const GLANCE = 4096;
/** Who reads neighbours, as a walk through the history does, gets them with one pread of this size. */
const WINDOW = 64 << 10;
/** Largest type-and-size header plus delta base. */
const HEADER_MAX = 40;

/** One entry of a pack: an object, or a delta against another entry (offset) or object (20 bytes). */
export interface PackEntry {
  readonly type: number;
  readonly data: Buffer;
  readonly base: number | Buffer | null;
}

/** An open pack with its idx. Methods throw RangeError on damage and system errors; `path` is without suffix. */
export class PackFile {
  readonly path: string;
  readonly index: PackIndex;
  /** Bytes that this pack holds in memory; grows once when its idx is read whole. */
  weight = 1024;
  readonly #pack: number;
  readonly #idx: number | undefined;
  readonly #size: number;
  /** What was read around the last entry; written over by the next read. */
  #window: Buffer | undefined;
  #windowAt = 0;
  #windowBytes = 0;
  #last = 0;

  constructor(path: string) {
    this.path = path;
    const idx = openSync(`${path}.idx`, 'r');
    try {
      const size = fstatSync(idx).size;
      const small = size <= INDEX_IN_MEMORY;
      this.index = new PackIndex(this.#indexBytes(idx, size), size);
      this.#pack = openSync(`${path}.pack`, 'r');
      this.#idx = small ? undefined : idx;
      if (small) closeSync(idx);
    } catch (error) {
      closeQuietly(idx);
      throw error;
    }
    this.#size = fstatSync(this.#pack).size;
  }

  /** Reads the entry at an offset; a delta is not resolved. */
  entryAt(offset: number): PackEntry {
    const end = this.#size - 20;
    if (offset < 12 || offset >= end) throw new RangeError(`offset ${offset} is outside of the pack`);
    let bytes = this.#glance(offset, end);
    const { type, size, base, length } = parseHeader(bytes, offset);
    const bound = length + size + Math.ceil(size / 1000) + 64;
    if (bound > bytes.length && offset + bytes.length < end) bytes = readAt(this.#pack, offset, Math.min(bound, end - offset));
    const stream = bytes.subarray(length);
    try {
      return { type, base, data: inflate(stream, size) };
    } catch (error) {
      // A stream may be larger than any sane one of its content; then the bound was too low.
      if (offset + bytes.length >= end) throw error;
      return { type, base, data: inflate(readAt(this.#pack, offset + length, end - offset - length), size) };
    }
  }

  #indexBytes(idx: number, size: number): IndexBytes {
    let whole: Buffer | undefined;
    let used = 0;
    const load = (): void => {
      whole = readAt(idx, 0, size);
      this.weight += size;
    };
    if (size <= INDEX_IN_MEMORY) load();
    return (at, length) => {
      if (whole === undefined && (used += length) > size && size <= INDEX_AT_MOST) load();
      return whole?.subarray(at, at + length) ?? readAt(idx, at, length);
    };
  }

  /** Bytes from an offset on, valid until the next call: enough for most entries. */
  #glance(offset: number, end: number): Buffer {
    const within = offset - this.#windowAt;
    const distance = offset - this.#last;
    this.#last = offset;
    if (within < 0 || within + GLANCE / 2 > this.#windowBytes) {
      if (Math.abs(distance) > WINDOW) return readAt(this.#pack, offset, Math.min(GLANCE, end - offset));
      this.#window ??= Buffer.allocUnsafeSlow(WINDOW);
      // Going back through the pack, what will be wanted next lies before.
      this.#windowAt = distance < 0 ? Math.max(0, offset + GLANCE - WINDOW) : offset;
      this.#windowBytes = readInto(this.#pack, this.#windowAt, this.#window.subarray(0, Math.min(WINDOW, end - this.#windowAt)));
    }
    return (this.#window as Buffer).subarray(offset - this.#windowAt, this.#windowBytes);
  }

  close(): void {
    closeSync(this.#pack);
    if (this.#idx !== undefined) closeSync(this.#idx);
  }
}

interface EntryHeader {
  readonly type: number;
  readonly size: number;
  readonly base: number | Buffer | null;
  /** Bytes of the header. */
  readonly length: number;
}

function parseHeader(bytes: Buffer, offset: number): EntryHeader {
  let at = 0;
  const next = (): number => {
    const byte = bytes[at];
    if (byte === undefined || at > HEADER_MAX) throw new RangeError(`no entry at offset ${offset}`);
    at += 1;
    return byte;
  };
  let byte = next();
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let unit = 16; byte & 128; unit *= 128) {
    byte = next();
    size += (byte & 127) * unit;
  }
  if (type === PACK_TYPE.refDelta) return { type, size, base: Buffer.from(bytes.subarray(at, at + 20)), length: at + 20 };
  if (type !== PACK_TYPE.ofsDelta) return { type, size, base: null, length: at };
  byte = next();
  let distance = byte & 127;
  while (byte & 128) {
    byte = next();
    distance = (distance + 1) * 128 + (byte & 127);
  }
  return { type, size, base: offset - distance, length: at };
}

/** Exactly `size` bytes, or RangeError. */
function inflate(stream: Buffer, size: number): Buffer {
  let data: Buffer;
  try {
    data = inflateSync(stream, { chunkSize: Math.max(64, size + 1), maxOutputLength: Math.max(1, size) });
  } catch (error) {
    throw new RangeError('the compressed data is broken', { cause: error });
  }
  if (data.length !== size) throw new RangeError('the compressed data is cut short');
  return data;
}

function closeQuietly(fd: number): void {
  try {
    closeSync(fd);
  } catch {
    // It was closed before the failure that is being reported.
  }
}
