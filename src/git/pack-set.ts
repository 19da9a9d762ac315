import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf, systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import { ifThere } from './io.js';
import { PackFile } from './pack-file.js';

const MAX_OPEN = 64;
const MAX_BYTES = 48 << 20;

/** The packs of one folder; at most 64 are open, their idx files in memory are bounded. Most recently hit first. */
export class PackSet {
  readonly #folder: string;
  /** Names without suffix, in the order in which they are asked. */
  #names: string[] | undefined;
  readonly #open = new Map<string, PackFile>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where an object (20 bytes) is; undefined when in none of the known packs. */
  locate(oid: Buffer): { readonly pack: PackFile; readonly offset: number } | undefined {
    this.#names ??= this.#list();
    for (const [i, name] of this.#names.entries()) {
      const pack = this.#pack(name);
      const offset = pack?.index.offsetOf(oid);
      if (pack === undefined || offset === undefined) continue;
      if (i > 0) {
        this.#names.splice(i, 1);
        this.#names.unshift(name);
      }
      return { pack, offset };
    }
    return undefined;
  }

  /** Ids that begin with these hexadecimal digits, at most `limit` from each pack. */
  startingWith(prefix: string, limit: number): readonly string[] {
    this.#names ??= this.#list();
    return this.#names.flatMap((name) => this.#pack(name)?.index.startingWith(prefix, limit) ?? []);
  }

  /** Reads the folder again; packs that went are closed, so that their space is freed. */
  rescan(): void {
    const listed = new Set(this.#list());
    for (const name of this.#open.keys()) if (!listed.has(name)) this.#drop(name);
    const known = (this.#names ?? []).filter((name) => listed.delete(name));
    this.#names = [...known, ...listed];
  }

  close(): void {
    for (const name of [...this.#open.keys()]) this.#drop(name);
    this.#names = undefined;
  }

  #list(): string[] {
    const files = ifThere(() => readdirSync(this.#folder)) ?? [];
    const packs = new Set(files.filter((name) => name.endsWith('.pack')));
    return files.filter((name) => name.endsWith('.idx') && packs.has(`${name.slice(0, -4)}.pack`)).map((name) => name.slice(0, -4));
  }

  /** Undefined when the pack is no longer there: the object will be found elsewhere after a rescan. */
  #pack(name: string): PackFile | undefined {
    const open = this.#open.get(name);
    if (open !== undefined) {
      this.#open.delete(name);
      this.#open.set(name, open);
      return open;
    }
    const path = join(this.#folder, name);
    try {
      const pack = new PackFile(path);
      this.#open.set(name, pack);
      this.#shrink();
      return pack;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      if (!(error instanceof RangeError)) throw error;
      const hint = 'Remove the idx and run `git index-pack` on the pack, or take both from a copy of the repository';
      throw new RepositoryError('DAMAGED', `${path}.idx is damaged: ${messageOf(error)}`, { hint, cause: error });
    }
  }

  #shrink(): void {
    let bytes = 0;
    for (const pack of this.#open.values()) bytes += pack.weight;
    for (const [name, pack] of this.#open) {
      if (this.#open.size === 1 || (this.#open.size <= MAX_OPEN && bytes <= MAX_BYTES)) return;
      bytes -= pack.weight;
      this.#drop(name);
    }
  }

  #drop(name: string): void {
    this.#open.get(name)?.close();
    this.#open.delete(name);
  }
}
