import { open, readFile, type FileHandle } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { RepositoryError } from '../model/repository-error.js';
import { PackIndex } from './pack-index.js';

/** A pack that is being copied. */
export interface Source {
  /** Without suffix. */
  readonly path: string;
  readonly handle: FileHandle;
  readonly index: PackIndex;
  /** Positions in the idx, in the order of the pack. */
  readonly order: Uint32Array;
  /** By position in the idx: 1 when another source gives the object. */
  readonly dropped: Uint8Array;
  /** By position in the idx: offset in the new pack. */
  readonly moved: Float64Array;
  /** Offset of the n-th entry of the pack; after the last one, the end of the entries. */
  offsetAt(n: number): number;
}

/** Opens all before anything is copied: `git repack` beside us can then remove them without harm. */
export async function openSources(paths: readonly string[]): Promise<{ readonly sources: readonly Source[]; readonly close: () => Promise<void> }> {
  const handles: FileHandle[] = [];
  const close = async (): Promise<void> => {
    for (const handle of handles.splice(0)) await handle.close();
  };
  try {
    const sources: Source[] = [];
    for (const path of paths) {
      const bytes = await readFile(`${path}.idx`);
      const handle = await open(`${path}.pack`, 'r');
      handles.push(handle);
      sources.push(await source(path, bytes, handle));
    }
    return { sources, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function source(path: string, bytes: Buffer, handle: FileHandle): Promise<Source> {
  let index: PackIndex;
  try {
    index = new PackIndex((at, length) => bytes.subarray(at, at + length), bytes.length);
  } catch (error) {
    throw new RepositoryError('DAMAGED', `${path}.idx is damaged`, { hint: 'Remove it and run `git index-pack` on the pack', cause: error });
  }
  const end = (await handle.stat()).size - 20;
  const order = await orderByOffset(index, end);
  const offsetAt = (n: number): number => (n < order.length ? index.offsetAt(order[n] as number) : end);
  return { path, handle, index, order, offsetAt, dropped: new Uint8Array(index.count), moved: new Float64Array(index.count) };
}

const PART = 4096;
/** Positions below this and offsets below 1 GiB make one exact double. */
const POSITIONS = 2 ** 23;

/** Sorts in parts of about 4,096 entries, each a range of offsets, with a turn of the event loop between them. */
async function orderByOffset(index: PackIndex, end: number): Promise<Uint32Array> {
  const { count } = index;
  if (count > POSITIONS) throw new RangeError(`more than ${POSITIONS} objects in one pack`);
  const parts = Array.from({ length: Math.ceil(count / PART) }, (): number[] => []);
  for (let i = 0; i < count; i++) {
    const offset = index.offsetAt(i);
    parts[Math.min(parts.length - 1, Math.floor((offset / end) * parts.length))]?.push(offset * POSITIONS + i);
    if (i % PART === PART - 1) await nextTurn();
  }
  const order = new Uint32Array(count);
  let at = 0;
  for (const part of parts) {
    for (const key of Float64Array.from(part).sort()) order[at++] = key % POSITIONS;
    await nextTurn();
  }
  return order;
}
