import { createHash, type Hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RepositoryError } from '../model/repository-error.js';
import { crc32 } from './crc32.js';
import { header, PACK_TYPE } from './pack-builder.js';
import { encodeIndexParts, PackIndex } from './pack-index.js';
import { openSources, type Source } from './pack-source.js';

/** Bytes that are copied in one turn of the event loop: about 2 ms. */
const RUN = 1 << 20;

/** A pack that cannot be copied entry by entry. */
export class DeltaFound extends Error {
  readonly pack: string;
  constructor(pack: string) {
    super(`${pack} holds deltas`);
    this.pack = pack;
  }
}

export interface MergedPack {
  /** SHA-1 of the pack, in hexadecimal digits. */
  readonly sum: string;
  readonly objects: number;
  readonly bytes: number;
}

/**
 * Copies the objects of packs (paths without suffix) into one, each once, without decompressing; pack and idx are
 * written to `target` and `target.idx` and made durable. Every entry is checked against its CRC. Throws DeltaFound,
 * RepositoryError DAMAGED, system errors.
 */
export async function mergePacks(paths: readonly string[], target: string, signal?: AbortSignal): Promise<MergedPack> {
  const { sources, close } = await openSources(paths);
  try {
    const order = await orderByOid(sources, signal);
    const pack = await open(target, 'wx', 0o444);
    try {
      const writer = new MergeWriter(pack);
      await writer.write(header(order.count));
      for (const source of sources) await copyPack(source, writer, signal);
      const sum = await writer.finish();
      await writeIndex(`${target}.idx`, sources, order, sum, signal);
      await pack.sync();
      return { sum: sum.toString('hex'), objects: order.count, bytes: writer.size };
    } finally {
      await pack.close();
    }
  } finally {
    await close();
  }
}

class MergeWriter {
  size = 0;
  readonly #hash: Hash = createHash('sha1');
  readonly #file: FileHandle;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    await writeAt(this.#file, bytes, this.size);
    this.size += bytes.length;
  }

  async finish(): Promise<Buffer> {
    const sum = this.#hash.digest();
    await writeAt(this.#file, sum, this.size);
    this.size += sum.length;
    return sum;
  }
}

async function writeAt(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

interface MergeOrder {
  /** Source and position in it of every object, by object id. */
  readonly source: Uint16Array;
  readonly position: Uint32Array;
  /** How many ids have each first byte. */
  readonly firstBytes: Uint32Array;
  readonly count: number;
}

/** Sorts all ids, one first byte at a time (idx files are sorted, so each part is small), and marks what is there twice. */
async function orderByOid(sources: readonly Source[], signal: AbortSignal | undefined): Promise<MergeOrder> {
  const total = sources.reduce((sum, { index }) => sum + index.count, 0);
  const source = new Uint16Array(total);
  const position = new Uint32Array(total);
  const firstBytes = new Uint32Array(256);
  let count = 0;
  for (let first = 0; first < 256; first++) {
    const part = sources.flatMap(({ index }, s) => rangeOf(index, first).map((i) => ({ s, i, oid: index.oidAt(i) })));
    part.sort((a, b) => a.oid.compare(b.oid) || a.s - b.s);
    let previous: Buffer | undefined;
    const before = count;
    for (const { s, i, oid } of part) {
      if (previous?.equals(oid)) {
        (sources[s] as Source).dropped[i] = 1;
        continue;
      }
      previous = oid;
      source[count] = s;
      position[count] = i;
      count += 1;
    }
    firstBytes[first] = count - before;
    if (part.length > 256 || first % 32 === 0) await turn(signal);
  }
  return { source, position, firstBytes, count };
}

function rangeOf(index: PackIndex, first: number): number[] {
  const { start, end } = index.range(first);
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** Copies what is not dropped, in the order of the pack; neighbours go together. */
async function copyPack(source: Source, writer: MergeWriter, signal: AbortSignal | undefined): Promise<void> {
  const { order, path, handle } = source;
  for (let from = 0; from < order.length; ) {
    const start = source.offsetAt(from);
    let to = from + 1;
    while (to < order.length && source.offsetAt(to) - start < RUN) to += 1;
    const bytes = await readExactly(handle, start, source.offsetAt(to) - start, path);
    const kept: Buffer[] = [];
    let keptBytes = 0;
    for (let at = from; at < to; at++) {
      const i = order[at] as number;
      if (source.dropped[i] === 1) continue;
      const entry = bytes.subarray(source.offsetAt(at) - start, source.offsetAt(at + 1) - start);
      assertWhole(source, i, entry);
      source.moved[i] = writer.size + keptBytes;
      kept.push(entry);
      keptBytes += entry.length;
    }
    await writer.write(kept.length === to - from ? bytes : Buffer.concat(kept));
    signal?.throwIfAborted();
    from = to;
  }
}

async function readExactly(handle: FileHandle, position: number, length: number, path: string): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) throw damaged(path, 'it is cut short');
    done += bytesRead;
  }
  return bytes;
}

function assertWhole({ path, index }: Source, i: number, entry: Buffer): void {
  const type = ((entry[0] ?? 0) >> 4) & 7;
  if (type === PACK_TYPE.ofsDelta || type === PACK_TYPE.refDelta) throw new DeltaFound(path);
  if (crc32(entry) !== index.crcAt(i)) throw damaged(path, `object ${index.oidAt(i).toString('hex')} does not have the checksum that the idx names`);
}

function damaged(path: string, why: string): RepositoryError {
  const hint = 'Run `git fsck --full` there; take the pack from a copy of the repository';
  return new RepositoryError('DAMAGED', `${path}.pack is damaged: ${why}`, { hint });
}

async function writeIndex(path: string, sources: readonly Source[], order: MergeOrder, packSum: Buffer, signal: AbortSignal | undefined): Promise<void> {
  const source = (i: number): Source => sources[order.source[i] as number] as Source;
  const position = (i: number): number => order.position[i] as number;
  const rows = {
    count: order.count,
    firstBytes: order.firstBytes,
    oid: (i: number) => source(i).index.oidAt(position(i)),
    crc: (i: number) => source(i).index.crcAt(position(i)),
    offset: (i: number) => source(i).moved[position(i)] as number,
  };
  const file = await open(path, 'wx', 0o444);
  try {
    let size = 0;
    for (const part of encodeIndexParts(rows, packSum)) {
      await writeAt(file, part, size);
      size += part.length;
      await turn(signal);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}
