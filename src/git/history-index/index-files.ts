import { closeSync, existsSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../lib/errors.js';
import { guarded, removeFile, writeAll } from '../io.js';
import { CheckedFile, checksOf, inMemory, type Bytes } from './checked-bytes.js';
import { IndexDamaged } from './index-damaged.js';
import { SEGMENT_VERSION } from './segment-layout.js';
import { Segment } from './segment.js';

const MANIFEST = 'manifest';
const HEAD = `kubetape history index ${SEGMENT_VERSION}`;
/** `<last commit>-<number of commits>.segment`: what is in it follows from these, so that one name has one content. */
const SEGMENT = /^([0-9a-f]{40})-(\d{1,10})\.segment$/;
const TEMPORARY = '.tmp';
/** What no manifest names was left by a kill, or belongs to another process that is about to name it; this long nobody takes. */
const ORPHAN_AGE_MS = 3_600_000;
const LOAD_TRIES = 5;

interface Manifest {
  readonly folder: string;
  readonly text: string;
  readonly at: number;
}

/**
 * The files of an index: immutable segments, and a manifest that names those in force, oldest first. Two folders are
 * read, the manifest that was written last counts; the first folder that can be written is written.
 */
export class IndexFiles {
  readonly #folders: readonly string[];
  readonly #writable: string[];
  readonly #temporary: string;
  #known: string | undefined;

  constructor(folder: string, fallbackFolder: string) {
    this.#folders = [...new Set([folder, fallbackFolder])];
    this.#writable = [...this.#folders];
    this.#temporary = `.${process.pid}-${Math.random().toString(36).slice(2)}${TEMPORARY}`;
  }

  /**
   * The segments in force, open, up to the first that is not sound; undefined when the manifest is the one that was
   * loaded or published last.
   */
  load(): readonly Segment[] | undefined {
    return guarded(`reading the index of the history in ${this.#folders[0]}`, () => {
      for (let tries = 1; ; tries++) {
        const manifest = this.#newest();
        const text = keyOf(manifest);
        if (text === this.#known) return undefined;
        const names = manifest === null ? [] : namesIn(manifest.text);
        const segments = this.#openChain(names, manifest?.folder);
        // Another process may have merged a segment away after we read the manifest.
        const last = segments.length === names.length || tries === LOAD_TRIES || keyOf(this.#newest()) === text;
        if (!last) {
          for (const { bytes } of segments) bytes.close();
          continue;
        }
        this.#known = text;
        return segments;
      }
    });
  }

  /** Keeps a segment: in a file, or, where no folder can be written, in memory. */
  store(payload: Buffer): Segment {
    const draft = Segment.open(inMemory(payload));
    if (draft === null) throw new Error('a segment that was just made is none');
    const path = this.#write(nameOf(draft), payload, checksOf(payload));
    if (path === null) return draft;
    const segment = guarded(`opening ${path}`, () => Segment.open(new CheckedFile(path)));
    if (segment === null) throw new IndexDamaged(path, 'it is not what was just written');
    return segment;
  }

  /** Puts segments in force. Nothing is written while one is in memory only. */
  publish(segments: readonly Segment[]): void {
    if (segments.some(({ bytes }) => bytes.path === null)) return;
    // Another process that knows a newer manifest has removed what it merged; we still have it open.
    for (const segment of segments) if (!this.#isThere(nameOf(segment))) this.#writeAgain(segment);
    const text = [HEAD, ...segments.map(nameOf), ''].join('\n');
    const path = this.#write(MANIFEST, Buffer.from(text));
    const folder = this.#writable[0];
    if (path === null || folder === undefined) return;
    this.#known = keyOf({ folder, text, at: 0 });
    removeOrphans(folder, new Set(segments.map(nameOf)));
  }

  /** It is no longer in force, or not to be believed. Who has it open can go on reading. */
  remove({ bytes: { path } }: Segment): void {
    if (path !== null) attempt(() => removeFile(path));
  }

  /** The next load() reads again. */
  forget(): void {
    this.#known = undefined;
  }

  #newest(): Manifest | null {
    const found = this.#folders.flatMap((folder) => readManifest(folder) ?? []);
    return found.reduce<Manifest | null>((newest, each) => (newest === null || each.at > newest.at ? each : newest), null);
  }

  #openChain(names: readonly string[], home: string | undefined): readonly Segment[] {
    const folders = [...this.#folders].sort((a, b) => Number(b === home) - Number(a === home));
    const segments: Segment[] = [];
    for (const name of names) {
      const segment = firstOf(folders, (folder) => openSegment(join(folder, name), name, segments.at(-1)));
      if (segment === undefined) break;
      segments.push(segment);
    }
    return segments;
  }

  #isThere(name: string): boolean {
    return this.#folders.some((folder) => existsSync(join(folder, name)));
  }

  #writeAgain(segment: Segment): void {
    const payload = segment.bytes.read(0, segment.bytes.length);
    this.#write(nameOf(segment), payload, checksOf(payload));
  }

  /** The path where it is now; null when no folder can be written. */
  #write(name: string, ...parts: readonly Buffer[]): string | null {
    for (let folder = this.#writable[0]; folder !== undefined; folder = this.#writable[0]) {
      const path = join(folder, name);
      const written = attempt(() => {
        mkdirSync(folder, { recursive: true });
        writeWhole(path + this.#temporary, parts);
        renameSync(path + this.#temporary, path);
        return path;
      });
      if (written !== undefined) return written;
      attempt(() => removeFile(path + this.#temporary));
      this.#writable.shift();
    }
    return null;
  }
}

function nameOf({ tip, header }: Segment): string {
  return `${tip}-${header.commits}.segment`;
}

function keyOf(manifest: Manifest | null): string {
  return manifest === null ? '' : `${manifest.folder}\n${manifest.text}`;
}

function readManifest(folder: string): Manifest | undefined {
  return attempt(() => {
    const path = join(folder, MANIFEST);
    return { folder, text: readFileSync(path, 'utf8'), at: statSync(path).mtimeMs };
  });
}

/** None for a manifest of another version, or of somebody else. */
function namesIn(text: string): readonly string[] {
  const [head, ...lines] = text.split('\n');
  const names = lines.filter((line) => line !== '');
  return head === HEAD && names.every((name) => SEGMENT.test(name)) ? names : [];
}

/** Undefined unless it is there, is what its name says, and goes on where the one before ended. */
function openSegment(path: string, name: string, before: Segment | undefined): Segment | undefined {
  const file = attempt(() => new CheckedFile(path));
  if (file === undefined) return undefined;
  const segment = readSoundly(file);
  const parent = before?.tip ?? '0'.repeat(40);
  if (segment !== null && nameOf(segment) === name && segment.header.first === (before?.end ?? 0) && segment.header.parent.toString('hex') === parent) return segment;
  file.close();
  return undefined;
}

function readSoundly(file: Bytes): Segment | null {
  try {
    return Segment.open(file);
  } catch (error) {
    if (error instanceof IndexDamaged) return null;
    throw error;
  }
}

function writeWhole(path: string, parts: readonly Buffer[]): void {
  const fd = openSync(path, 'wx');
  let at = 0;
  try {
    for (const part of parts) {
      writeAll(fd, part, at);
      at += part.length;
    }
  } finally {
    closeSync(fd);
  }
}

function removeOrphans(folder: string, named: ReadonlySet<string>): void {
  const before = Date.now() - ORPHAN_AGE_MS;
  for (const name of attempt(() => readdirSync(folder)) ?? []) {
    if (named.has(name) || !(SEGMENT.test(name) || name.endsWith(TEMPORARY))) continue;
    const path = join(folder, name);
    attempt(() => {
      if (statSync(path).mtimeMs < before) removeFile(path);
    });
  }
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Undefined when the file system says no: an index is a help, and what cannot be had is built or done without. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}
