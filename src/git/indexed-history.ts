import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { IndexProgress } from '../model/history.js';
import type { CommitInfo, Oid } from '../model/tape.js';
import { IndexDamaged } from './history-index/index-damaged.js';
import { HistoryIndex, type HistorySource, type IndexedChange, type IndexQuery } from './history-index/history-index.js';

/** Where the index of one branch is kept. */
export interface IndexPlace {
  readonly commonDir: string;
  /** Takes the index when the repository may not be written. */
  readonly cacheFolder: string;
  readonly ref: string;
}

/** More than this many times in a row no file is damaged by accident. */
const ATTEMPTS = 3;

/** The index of one branch, brought up to date before it is asked, and built anew where a file of it is damaged. */
export class IndexedHistory {
  readonly #index: HistoryIndex;
  readonly #source: HistorySource;

  constructor({ commonDir, cacheFolder, ref }: IndexPlace, source: HistorySource) {
    // Branches of one repository are clusters of their own: an index follows one of them.
    const branch = nameOf(ref);
    const repository = createHash('sha256').update(commonDir).digest('hex').slice(0, 16);
    this.#index = HistoryIndex.open(join(commonDir, 'kubetape', 'history', branch), join(cacheFolder, 'history', repository, branch));
    this.#source = source;
  }

  /** Newest first; null when `from` is not on the branch. */
  async log(tip: CommitInfo, query: IndexQuery, signal: AbortSignal, onProgress?: (progress: IndexProgress) => void): Promise<AsyncIterable<IndexedChange> | null> {
    const holds = await this.#asked(tip, signal, () => this.#index.holds(query.from), onProgress);
    return holds ? this.#follow(tip, query, signal) : null;
  }

  async *#follow(tip: CommitInfo, query: IndexQuery, signal: AbortSignal): AsyncGenerator<IndexedChange, undefined> {
    let last: Oid | undefined;
    for (let attempt = 1; ; attempt++) {
      try {
        for (const entry of this.#index.log({ ...query, from: last ?? query.from })) {
          signal.throwIfAborted();
          if (entry.oid === last) continue;
          yield entry;
          last = entry.oid;
        }
        return;
      } catch (error) {
        if (!(error instanceof IndexDamaged) || attempt === ATTEMPTS) throw error;
        await this.#index.update(tip, this.#source, signal);
      }
    }
  }

  /** The newest commit that is not later (seconds since 1970). */
  async commitAt(tip: CommitInfo, seconds: number, signal: AbortSignal): Promise<Oid | null> {
    return this.#asked(tip, signal, () => this.#index.commitAt(seconds));
  }

  async commitHolding(tip: CommitInfo, resourceVersion: bigint, signal: AbortSignal): Promise<Oid | null> {
    return this.#asked(tip, signal, () => this.#index.commitHolding(resourceVersion));
  }

  /** The commit without parents. */
  async first(tip: CommitInfo, signal: AbortSignal): Promise<Oid> {
    return this.#asked(tip, signal, () => this.#index.first() ?? tip.oid);
  }

  close(): void {
    this.#index.close();
  }

  async #asked<T>(tip: CommitInfo, signal: AbortSignal, ask: () => T, onProgress?: (progress: IndexProgress) => void): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      await this.#index.update(tip, this.#source, signal, onProgress);
      try {
        return ask();
      } catch (error) {
        if (!(error instanceof IndexDamaged) || attempt === ATTEMPTS) throw error;
      }
    }
  }
}

/** A ref's name as that of one folder. */
function nameOf(ref: string): string {
  const name = encodeURIComponent(ref.replace(/^refs\//, ''));
  return name.length <= 100 ? name : `${name.slice(0, 60)}~${createHash('sha256').update(ref).digest('hex').slice(0, 32)}`;
}
