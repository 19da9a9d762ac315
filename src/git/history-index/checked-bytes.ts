import { closeSync, fstatSync, openSync } from 'node:fs';
import { crc32 } from '../crc32.js';
import { readAt } from '../io.js';
import { IndexDamaged } from './index-damaged.js';

/** Random access to something that was written once. */
export interface Bytes {
  /** Bytes of the payload. */
  readonly length: number;
  /** Of the file; null: in memory. */
  readonly path: string | null;
  /** Exactly `length` bytes; not to be changed. */
  read(at: number, length: number): Buffer;
  close(): void;
}

const PAGE = 4096;
/** Pages that stay in memory: the upper steps of every binary search. */
const KEPT_PAGES = 64;

/** What guards a payload, and stands behind it in a file: the CRC-32 of every 4 KiB, 4 bytes each. */
export function checksOf(payload: Buffer): Buffer {
  const checks = Buffer.allocUnsafe(4 * Math.ceil(payload.length / PAGE));
  for (let at = 0; at < payload.length; at += PAGE) checks.writeUInt32LE(crc32(payload.subarray(at, at + PAGE)), (at / PAGE) * 4);
  return checks;
}

/** The payload of a file that has the checks behind it. A page is checked when it is read: IndexDamaged. Else system errors. */
export class CheckedFile implements Bytes {
  readonly path: string;
  readonly length: number;
  readonly #fd: number;
  readonly #kept = new Map<number, Buffer>();

  constructor(path: string) {
    this.path = path;
    this.#fd = openSync(path, 'r');
    const { size } = fstatSync(this.#fd);
    // Of n pages, all but the last are full: the size tells the length of the payload.
    this.length = size - 4 * Math.ceil(size / (PAGE + 4));
  }

  read(at: number, length: number): Buffer {
    if (at < 0 || length < 0 || at + length > this.length) throw new IndexDamaged(this.path, `it ends before byte ${at + length}`);
    if (length === 0) return Buffer.alloc(0);
    const first = Math.floor(at / PAGE);
    const last = Math.floor((at + length - 1) / PAGE);
    const bytes = first === last ? this.#page(first) : this.#run(first, last);
    return bytes.subarray(at - first * PAGE, at - first * PAGE + length);
  }

  close(): void {
    closeSync(this.#fd);
    this.#kept.clear();
  }

  #page(page: number): Buffer {
    const kept = this.#kept.get(page);
    if (kept !== undefined) return kept;
    const bytes = this.#run(page, page);
    if (this.#kept.size >= KEPT_PAGES) this.#kept.delete(this.#kept.keys().next().value as number);
    this.#kept.set(page, bytes);
    return bytes;
  }

  #run(first: number, last: number): Buffer {
    const start = first * PAGE;
    const bytes = readAt(this.#fd, start, Math.min((last + 1) * PAGE, this.length) - start);
    const sums = readAt(this.#fd, this.length + first * 4, (last - first + 1) * 4);
    for (let page = first; page <= last; page++) {
      const at = (page - first) * PAGE;
      const sound = (page - first) * 4 + 4 <= sums.length && crc32(bytes.subarray(at, at + PAGE)) === sums.readUInt32LE((page - first) * 4);
      if (!sound) throw new IndexDamaged(this.path, `the page at byte ${page * PAGE} has another checksum`);
    }
    return bytes;
  }
}

/** A payload that could not be written to a file. */
export function inMemory(payload: Buffer): Bytes {
  return { length: payload.length, path: null, read: (at, length) => payload.subarray(at, at + length), close: () => undefined };
}
