import { compareResourceVersions } from './resource-version.js';

/** An object that is read on its own, because a fact about it changed. */
export interface Reread {
  readonly path: string;
  readonly namespace: string;
  readonly name: string;
}

interface InFlight extends Reread {
  /** The latest state that the watch showed meanwhile; null: none. */
  overtakenAt: string | null;
  /** A list began meanwhile: the object is read again after it. */
  dropped: boolean;
}

/**
 * Keeps single reads in order with lists and watch of the same type: what was read on its own must neither replace a
 * newer state that the watch showed, nor be replaced by an older one, nor by a list whose facts were the old ones.
 */
export class Rereads {
  readonly #inFlight = new Set<InFlight>();
  /** Paths read on their own, and at which resourceVersion: the watch is not there yet. */
  readonly #ahead = new Map<string, string>();
  #due: Reread[] = [];
  #listing = false;

  /** A complete list begins: single reads wait until the result is disposed of (it failed, or is staged and due() is empty). */
  duringList(): Disposable {
    this.#listing = true;
    this.#ahead.clear();
    for (const each of this.#inFlight) {
      each.dropped = true;
      this.#due.push(each);
    }
    return { [Symbol.dispose]: () => void (this.#listing = false) };
  }

  /** The next object to be read after the list; undefined when there is none. */
  due(): Reread | undefined {
    return this.#due.shift();
  }

  /** Whether the object must wait for the end of a list; it is due then. */
  waits(reread: Reread): boolean {
    if (this.#listing) this.#due.push(reread);
    return this.#listing;
  }

  /**
   * Runs the read of one object and hands it to `stage` unless the watch or a list has overtaken it. `version` is the
   * resourceVersion of what was read.
   */
  async read<T extends { readonly version: unknown }>(reread: Reread, read: () => Promise<T | null>, stage: (found: T) => void): Promise<void> {
    const flight: InFlight = { ...reread, overtakenAt: null, dropped: false };
    this.#inFlight.add(flight);
    try {
      const found = await read();
      if (found === null || flight.dropped || isOlder(found.version, flight.overtakenAt)) return;
      if (typeof found.version === 'string') this.#ahead.set(reread.path, found.version);
      stage(found);
    } finally {
      this.#inFlight.delete(flight);
    }
  }

  /** The watch shows a state of an object. True when a later or the same one was read on its own already. */
  isOutdated(path: string | null, version: unknown): boolean {
    if (path === null || typeof version !== 'string') return false;
    for (const each of this.#inFlight) if (each.path === path) each.overtakenAt = version;
    const ahead = this.#ahead.get(path);
    if (ahead === undefined) return false;
    if ((compareResourceVersions(version, ahead) ?? 1) <= 0) return true;
    this.#ahead.delete(path);
    return false;
  }

  /** False spares the caller to name the object's path. */
  get watchful(): boolean {
    return this.#inFlight.size > 0 || this.#ahead.size > 0;
  }
}

function isOlder(version: unknown, than: string | null): boolean {
  return than !== null && typeof version === 'string' && (compareResourceVersions(version, than) ?? 1) < 0;
}
