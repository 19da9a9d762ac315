import { readdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { messageOf } from '../lib/errors.js';
import { objectOid, type GitObjectType } from '../lib/git-blob.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { applyDelta } from './delta.js';
import { guarded, ifThere } from './io.js';
import { PACK_TYPE } from './pack-builder.js';
import { PackFile } from './pack-file.js';
import { PackSet } from './pack-set.js';

export interface GitObject {
  readonly type: GitObjectType;
  readonly data: Buffer;
}

/** Bytes of delta bases that are kept: neighbours in a pack share them. */
const BASES_BOUND = 16 << 20;
const DAMAGE_HINT = 'Run `git fsck --full` there; fetch the object from a copy of the repository, or start a new one';

const TYPES: Readonly<Record<number, GitObjectType>> = {
  [PACK_TYPE.commit]: 'commit',
  [PACK_TYPE.tree]: 'tree',
  [PACK_TYPE.blob]: 'blob',
  [PACK_TYPE.tag]: 'tag',
};

/**
 * Reads objects of a repository: packs (with native git's deltas), loose objects, alternates. An object that is not
 * found is looked for again after the folders were read anew, because `git gc` may work beside us. Every object is
 * checked against its id.
 */
export class ObjectStore {
  readonly #stores: { readonly folder: string; readonly packs: PackSet }[] = [];
  readonly #bases = new Map<string, GitObject>();
  #basesBytes = 0;

  /** `objects`: the repository's objects folder. */
  constructor(objects: string) {
    this.include(objects);
  }

  /** Looks into another objects folder as well, and into those that it borrows from. */
  include(objects: string): void {
    for (const folder of guarded(`reading ${objects}`, () => withAlternates(objects))) {
      if (!this.#stores.some((store) => store.folder === folder)) this.#stores.push({ folder, packs: new PackSet(join(folder, 'pack')) });
    }
  }

  /** Throws RepositoryError DAMAGED when the object is missing, broken, or of another type. */
  read(oid: Oid, type: GitObjectType): Buffer {
    const object = this.find(oid);
    if (object === null) throw new RepositoryError('DAMAGED', `Object ${oid} is missing in ${this.#where()}`, { hint: DAMAGE_HINT });
    if (object.type !== type) throw new RepositoryError('DAMAGED', `Object ${oid} in ${this.#where()} is a ${object.type} where a ${type} belongs`, { hint: DAMAGE_HINT });
    return object.data;
  }

  /** Null when there is no such object. */
  find(oid: Oid): GitObject | null {
    return guarded(`reading object ${oid}`, () => {
      const found = this.#lookUp(oid) ?? (this.rescan(), this.#lookUp(oid)) ?? null;
      if (found !== null && objectOid(found.type, found.data) !== oid) throw damaged(oid, this.#where(), 'its content has another id');
      return found;
    });
  }

  /** Ids of objects that begin with at least 2 lower-case hexadecimal digits, in order; at most `limit` of them. */
  startingWith(prefix: string, limit: number): readonly Oid[] {
    return guarded(`looking for objects ${prefix}…`, () => {
      this.rescan();
      const found = this.#stores.flatMap(({ folder, packs }) => [...packs.startingWith(prefix, limit), ...looseStartingWith(folder, prefix)]);
      return [...new Set(found)].sort().slice(0, limit);
    });
  }

  /** Forgets packs that went and learns of new ones. */
  rescan(): void {
    for (const { packs } of this.#stores) packs.rescan();
  }

  close(): void {
    for (const { packs } of this.#stores) packs.close();
    this.#bases.clear();
    this.#basesBytes = 0;
  }

  #where(): string {
    return this.#stores[0]?.folder ?? '';
  }

  #lookUp(oid: Oid): GitObject | undefined {
    const bytes = Buffer.from(oid, 'hex');
    for (const { folder, packs } of this.#stores) {
      const place = packs.locate(bytes);
      const object = place ? this.#fromPack(oid, place.pack, place.offset) : fromLoose(folder, oid);
      if (object !== undefined) return object;
    }
    return undefined;
  }

  #fromPack(oid: Oid, pack: PackFile, offset: number): GitObject {
    try {
      return this.#resolve(pack, offset);
    } catch (error) {
      if (error instanceof RangeError) throw damaged(oid, `${pack.path}.pack`, messageOf(error), error);
      throw error;
    }
  }

  /** Follows deltas down to a whole object, then applies them; no recursion, chains may have thousands of links. */
  #resolve(pack: PackFile, offset: number): GitObject {
    const deltas: { readonly at: number; readonly delta: Buffer }[] = [];
    let at = offset;
    let object: GitObject | undefined;
    while (object === undefined) {
      object = this.#bases.get(`${pack.path}:${at}`);
      if (object !== undefined) break;
      const entry = pack.entryAt(at);
      if (entry.base === null) {
        const type = TYPES[entry.type];
        if (type === undefined) throw new RangeError(`an entry of type ${entry.type}`);
        object = { type, data: entry.data };
        if (deltas.length > 0) this.#remember(`${pack.path}:${at}`, object);
      } else {
        deltas.push({ at, delta: entry.data });
        if (typeof entry.base === 'number') at = entry.base;
        else {
          const inPack = pack.index.offsetOf(entry.base);
          if (inPack === undefined) object = this.#foreignBase(entry.base);
          else at = inPack;
        }
        if (deltas.length > MAX_CHAIN) throw new RangeError('deltas that go round in a circle');
      }
    }
    for (let i = deltas.length - 1; i >= 0; i--) {
      const { at: place, delta } = deltas[i] as (typeof deltas)[number];
      object = { type: object.type, data: applyDelta(object.data, delta) };
      if (i > 0) this.#remember(`${pack.path}:${place}`, object);
    }
    return object;
  }

  #foreignBase(oid: Buffer): GitObject {
    const object = this.find(oid.toString('hex'));
    if (object === null) throw new RangeError(`the base ${oid.toString('hex')} of a delta is missing`);
    return object;
  }

  #remember(key: string, object: GitObject): void {
    if (object.data.length > BASES_BOUND / 8) return;
    this.#bases.set(key, object);
    this.#basesBytes += object.data.length;
    for (const [oldest, { data }] of this.#bases) {
      if (this.#basesBytes <= BASES_BOUND) break;
      this.#bases.delete(oldest);
      this.#basesBytes -= data.length;
    }
  }
}

/** Git's own limit of a delta chain (pack.depth). */
const MAX_CHAIN = 4096;

function fromLoose(folder: string, oid: Oid): GitObject | undefined {
  const path = join(folder, oid.slice(0, 2), oid.slice(2));
  const bytes = ifThere(() => readFileSync(path));
  if (bytes === undefined) return undefined;
  let whole: Buffer;
  try {
    whole = inflateSync(bytes);
  } catch (error) {
    throw damaged(oid, path, 'the compressed data is broken', error);
  }
  const zero = whole.indexOf(0);
  const [, type, size] = /^(commit|tree|blob|tag) (\d+)$/.exec(whole.toString('latin1', 0, Math.max(0, zero))) ?? [];
  const data = whole.subarray(zero + 1);
  if (type === undefined || Number(size) !== data.length) throw damaged(oid, path, 'the object has no sound header');
  return { type: type as GitObjectType, data };
}

function looseStartingWith(folder: string, prefix: string): readonly Oid[] {
  const [first, rest] = [prefix.slice(0, 2), prefix.slice(2)];
  const names = ifThere(() => readdirSync(join(folder, first))) ?? [];
  return names.filter((name) => /^[0-9a-f]{38}$/.test(name) && name.startsWith(rest)).map((name) => first + name);
}

/** The folder and those that its info/alternates name, theirs included; git stops at depth 5, too. */
function withAlternates(objects: string, depth = 0): readonly string[] {
  readdirSync(objects);
  const text = ifThere(() => readFileSync(join(objects, 'info', 'alternates'), 'utf8')) ?? '';
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const others = depth < 5 ? lines.flatMap((line) => withAlternates(isAbsolute(line) ? line : resolve(objects, line), depth + 1)) : [];
  return [...new Set([objects, ...others])];
}

function damaged(oid: Oid, where: string, why: string, cause?: unknown): RepositoryError {
  return new RepositoryError('DAMAGED', `Object ${oid} in ${where} is damaged: ${why}`, { hint: DAMAGE_HINT, cause });
}
