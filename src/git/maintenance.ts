import { open, readFile, readdir, rename, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '../lib/errors.js';
import { geometricSplit } from './geometric.js';
import { asRepositoryError } from './io.js';
import { DeltaFound, mergePacks } from './pack-merge.js';
import { TEMPORARY } from './pack-builder.js';

export interface MaintenanceOptions {
  /** Distinguishes the temporary files of this run. */
  readonly id: string;
  /** Names of packs that hold deltas, so that they are not looked into again; grows. */
  readonly deltified: Set<string>;
  /** Fewer packs than this are left as they are; default 32. */
  readonly minPacks?: number;
}

export interface MaintenanceReport {
  /** Packs that became one. */
  readonly merged: number;
  readonly objects: number;
  readonly bytes: number;
}

const MIN_PACKS = 32;
/** Larger packs are final: merging them would take memory (28 bytes an object, twice) and hours of copying a year. */
const MAX_BYTES = 2 ** 30;

/**
 * Merges small packs geometrically, so that n commits leave O(log n) packs below 1 GiB. Compressed entries are copied
 * as they are; packs with deltas, with a `.keep`, or of a multi-pack-index are left alone. The new pack is durable
 * before an old one goes, so that it may be stopped at any moment and others may read meanwhile. Works in slices of a
 * few milliseconds. Null when there was nothing to do; RepositoryError DAMAGED, FULL, IO; rejects when aborted.
 */
export async function maintainPacks(folder: string, options: MaintenanceOptions, signal?: AbortSignal): Promise<MaintenanceReport | null> {
  try {
    for (;;) {
      const packs = await candidates(folder, options.deltified);
      if (packs.length < (options.minPacks ?? MIN_PACKS)) return null;
      const chosen = packs.slice(0, geometricSplit(packs.map(({ size }) => size)));
      if (chosen.length < 2) return null;
      const report = await merge(folder, chosen, options, signal);
      if (report !== null) return report;
    }
  } catch (error) {
    // `git repack` beside us took a pack away before it was opened: the next run sees what is there then.
    if (systemCode(error) === 'ENOENT') return null;
    throw asRepositoryError('merging packs', error);
  }
}

interface Candidate {
  readonly name: string;
  readonly size: number;
}

/** Smallest first. */
async function candidates(folder: string, deltified: ReadonlySet<string>): Promise<readonly Candidate[]> {
  const names = await readdir(folder);
  const files = new Set(names);
  const midx = files.has('multi-pack-index') ? await readFile(join(folder, 'multi-pack-index')) : null;
  const bases = names.filter((name) => /^pack-[0-9a-f]{40}\.pack$/.test(name)).map((name) => name.slice(0, -'.pack'.length));
  const usable = bases.filter((base) => {
    const special = ['.keep', '.promisor', '.mtimes', '.bitmap'].some((suffix) => files.has(base + suffix));
    return files.has(`${base}.idx`) && !special && !deltified.has(base) && midx?.includes(`${base}.idx`) !== true;
  });
  const sizes = await Promise.all(usable.map((name) => sizeOf(join(folder, `${name}.pack`))));
  const found = usable.map((name, i) => ({ name, size: sizes[i] ?? 0 }));
  return found.filter(({ size }) => size > 0 && size <= MAX_BYTES).sort((a, b) => a.size - b.size);
}

/** Null: one of them holds deltas, and is now known. */
async function merge(folder: string, chosen: readonly Candidate[], options: MaintenanceOptions, signal: AbortSignal | undefined): Promise<MaintenanceReport | null> {
  const temporary = join(folder, `${TEMPORARY}${options.id}`);
  try {
    const merged = await mergePacks(chosen.map(({ name }) => join(folder, name)), temporary, signal);
    const name = `pack-${merged.sum}`;
    await rename(temporary, join(folder, `${name}.pack`));
    await rename(`${temporary}.idx`, join(folder, `${name}.idx`));
    await syncFolder(folder);
    // A pack that held everything already has the new one's name, and stays.
    for (const old of chosen) if (old.name !== name) await retire(join(folder, old.name));
    return { merged: chosen.length, objects: merged.objects, bytes: merged.bytes };
  } catch (error) {
    if (!(error instanceof DeltaFound)) throw error;
    options.deltified.add(error.pack.slice(folder.length + 1));
    return null;
  } finally {
    await remove(temporary);
    await remove(`${temporary}.idx`);
  }
}

/** The idx goes first: a pack without one is invisible, an idx without its pack is an error to some readers. */
async function retire(path: string): Promise<void> {
  if ((await sizeOf(`${path}.keep`)) !== undefined) return;
  for (const suffix of ['.idx', '.rev', '.pack']) await remove(path + suffix);
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    (error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    },
  );
}

async function remove(path: string): Promise<void> {
  await unlink(path).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw error;
  });
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
