import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, ftruncateSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from './crc32.js';
import { fsyncFolder, readAt, removeFile, writeAll } from './io.js';
import { PackEntries } from './pack-entries.js';
import { encodeIndex } from './pack-index.js';

/** Type numbers of gitformat-pack(5). */
export const PACK_TYPE = { commit: 1, tree: 2, blob: 3, tag: 4, ofsDelta: 6, refDelta: 7 } as const;

/** Names of unfinished files; the next start removes those of a dead run. */
export const TEMPORARY = 'tmp_kubetape_';

const HEADER = 12;
const FLUSH_AT = 1 << 20;

/**
 * Writes one pack of version 2 and its idx. Objects go through a buffer of 1 MiB into a temporary file, which is
 * opened with the first flush, so that a small pack is hashed in memory; a large one is read back to be hashed, because
 * its first bytes hold the count that only its end knows (75 MB: 60 ms of 4 s). All failures are system errors.
 */
export class PackBuilder {
  readonly #folder: string;
  readonly #temporary: string;
  readonly #entries = new PackEntries();
  readonly #written = new Set<string>();
  #waiting: Uint8Array[] = [header(0)];
  #waitingBytes = HEADER;
  #size = HEADER;
  #flushed = 0;
  #fd: number | undefined;
  #published: string | undefined;

  /** `folder`: objects/pack; `id`: distinguishes the temporary files of this run; `temporary`: what their names begin with. */
  constructor(folder: string, id: string, temporary = TEMPORARY) {
    this.#folder = folder;
    this.#temporary = join(folder, `${temporary}${id}`);
  }

  get count(): number {
    return this.#entries.count;
  }

  has(oid: string): boolean {
    return this.#written.has(oid);
  }

  /** `deflated` is kept until it is flushed. An object that is there already is not written twice. */
  add(type: 'commit' | 'tree' | 'blob', oid: string, size: number, deflated: Uint8Array): void {
    if (this.#written.has(oid)) return;
    const head = entryHeader(PACK_TYPE[type], size);
    this.#written.add(oid);
    this.#entries.push(oid, crc32(deflated, crc32(head)), this.#size);
    this.#waiting.push(head, deflated);
    this.#waitingBytes += head.length + deflated.length;
    this.#size += head.length + deflated.length;
    if (this.#waitingBytes >= FLUSH_AT) this.flush();
  }

  flush(): void {
    if (this.#waitingBytes === 0) return;
    this.#fd ??= openSync(this.#temporary, 'wx+', 0o444);
    writeAll(this.#fd, Buffer.concat(this.#waiting), this.#flushed);
    this.#flushed = this.#size;
    this.#waiting = [];
    this.#waitingBytes = 0;
  }

  /** Flushes, and returns a function that takes back everything which was added since. */
  mark(): () => void {
    this.flush();
    const count = this.#entries.count;
    const size = this.#size;
    return () => {
      for (let i = count; i < this.#entries.count; i++) this.#written.delete(this.#entries.oids.toString('hex', i * 20, i * 20 + 20));
      this.#entries.count = count;
      this.#size = this.#flushed = size;
      this.#waiting = [];
      this.#waitingBytes = 0;
      if (this.#fd !== undefined) ftruncateSync(this.#fd, size);
    };
  }

  /**
   * Makes the pack durable and gives it its name, protected by a `.keep` file with `keep` as content until settle().
   * Returns the path without suffix.
   */
  publish(keep: string): string {
    const sum = this.#seal();
    const name = join(this.#folder, `pack-${sum.toString('hex')}`);
    this.#published = name;
    // Whole or not at all: nobody dares to remove a protection that does not say whose it is.
    writeFileSync(`${this.#temporary}.keep`, keep);
    renameSync(`${this.#temporary}.keep`, `${name}.keep`);
    const index = openSync(`${this.#temporary}.idx`, 'w', 0o444);
    try {
      writeAll(index, encodeIndex(this.#entries, sum), 0);
      fsyncSync(this.#fd as number);
      fsyncSync(index);
    } finally {
      closeSync(index);
    }
    renameSync(this.#temporary, `${name}.pack`);
    renameSync(`${this.#temporary}.idx`, `${name}.idx`);
    fsyncFolder(this.#folder);
    return name;
  }

  /** Takes back publish(): the objects are a temporary file again. */
  unpublish(): void {
    removeFile(`${this.#temporary}.idx`);
    removeFile(`${this.#temporary}.keep`);
    if (this.#published === undefined) return;
    removeFile(`${this.#published}.idx`);
    renameBack(`${this.#published}.pack`, this.#temporary);
    removeFile(`${this.#published}.keep`);
    this.#published = undefined;
  }

  /** The branch holds the commit: the pack needs no protection any more. */
  settle(): void {
    this.#close();
    if (this.#published !== undefined) removeFile(`${this.#published}.keep`);
  }

  discard(): void {
    this.#close();
    removeFile(this.#temporary);
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Writes count and checksum; the pack's sum. */
  #seal(): Buffer {
    const head = header(this.#entries.count);
    const hash = createHash('sha1');
    if (this.#flushed === 0) {
      this.#waiting[0] = head;
      const all = Buffer.concat(this.#waiting);
      hash.update(all);
      this.flush();
    } else {
      this.flush();
      writeAll(this.#fd as number, head, 0);
      for (let at = 0; at < this.#size; at += FLUSH_AT) hash.update(readAt(this.#fd as number, at, Math.min(FLUSH_AT, this.#size - at)));
    }
    const sum = hash.digest();
    writeAll(this.#fd as number, sum, this.#size);
    return sum;
  }
}

/** `PACK`, version 2, number of objects. */
export function header(count: number): Buffer {
  const bytes = Buffer.allocUnsafe(HEADER);
  bytes.writeUInt32BE(0x5041434b, 0);
  bytes.writeUInt32BE(2, 4);
  bytes.writeUInt32BE(count, 8);
  return bytes;
}

/** Type and size, seven bits a byte after the first four. */
function entryHeader(type: number, size: number): Buffer {
  const bytes: number[] = [];
  let byte = (type << 4) | (size & 15);
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(byte | 128);
    byte = rest & 127;
  }
  bytes.push(byte);
  return Buffer.from(bytes);
}

function renameBack(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
