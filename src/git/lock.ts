import { closeSync, futimesSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import { guarded, ifThere, removeFile, writeAll } from './io.js';
import { encodeRecord, isAlive, ownRecord, parseRecord, type AnnouncedLock, type LockRecord } from './lock-record.js';

export interface LockOptions {
  /** A heartbeat that stood still for this long (default 30,000 ms) is a dead one's. */
  readonly staleMs?: number;
  /** Default 5,000 ms. */
  readonly heartbeatMs?: number;
  /** Default 500 ms. */
  readonly pollMs?: number;
  /** Told once, when we have to wait to see whether the holder still lives. */
  readonly onWait?: (holder: { readonly host: string; readonly pid: number; readonly staleMs: number }) => void;
  /** What this process says of itself; for tests. */
  readonly self?: LockRecord;
}

const STALE_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const POLL_MS = 500;

interface Holder {
  readonly text: string;
  readonly mtimeMs: number;
  readonly ino: number;
  readonly record: LockRecord | null;
}

/**
 * One writer a repository: `kubetape.lock`. On the same boot and in the same pid namespace the holder lives iff its
 * process does; elsewhere (another container or host) while the file's mtime moves. A dead one's lock is taken over
 * under a claim that is named after it, so that of several takers one wins.
 */
export class RepositoryLock {
  readonly id: string;
  /** The dead run whose lock was taken over. */
  readonly predecessor: LockRecord | null;
  readonly #path: string;
  readonly #fd: number;
  readonly #heartbeat: NodeJS.Timeout;
  #record: LockRecord;

  /** RepositoryError LOCKED when somebody holds it; rejects with the signal's reason when aborted while waiting. */
  static async acquire(gitDir: string, options: LockOptions = {}, signal?: AbortSignal): Promise<RepositoryLock> {
    const path = join(gitDir, 'kubetape.lock');
    const self = options.self ?? ownRecord();
    for (;;) {
      signal?.throwIfAborted();
      const fd = guarded(`creating ${path}`, () => create(path, self));
      if (fd !== undefined) return new RepositoryLock(path, fd, self, null, options);
      const holder = guarded(`reading ${path}`, () => inspect(path));
      if (holder === undefined) continue;
      await assertDead(path, holder, self, options, signal);
      const lock = guarded(`taking over ${path}`, () => takeOver(path, holder, self, options));
      if (lock !== undefined) return lock;
    }
  }

  constructor(path: string, fd: number, record: LockRecord, predecessor: LockRecord | null, options: LockOptions) {
    this.id = record.id;
    this.predecessor = predecessor;
    this.#path = path;
    this.#fd = fd;
    this.#record = record;
    this.#heartbeat = setInterval(() => this.#beat(), options.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** Says which git lock is taken next (null: none any more), so that after a kill it is known as ours. */
  announce(gitLock: AnnouncedLock | null): void {
    this.#record = { ...this.#record, gitLock };
    guarded(`writing ${this.#path}`, () => writeAll(this.#fd, encodeRecord(this.#record), 0));
  }

  /** RepositoryError LOCKED when somebody took the lock over, because this process stood still for too long. */
  verify(): void {
    const text = guarded(`reading ${this.#path}`, () => ifThere(() => readFileSync(this.#path, 'utf8')));
    const record = text === undefined ? null : parseRecord(text);
    if (record?.id === this.id) return;
    const hint = 'Start again; if another kubetape writes into this repository now, stop one of the two';
    throw new RepositoryError('LOCKED', `The lock ${this.#path} is no longer ours${record === null ? '' : `: ${describe(record)} took it over`}`, { hint });
  }

  release(): void {
    clearInterval(this.#heartbeat);
    guarded(`removing ${this.#path}`, () => {
      closeSync(this.#fd);
      if (parseRecord(ifThere(() => readFileSync(this.#path, 'utf8')) ?? '')?.id === this.id) removeFile(this.#path);
    });
  }

  /** A failure shows at the next verify(): others then see our heartbeat stand still. */
  #beat(): void {
    const now = new Date();
    try {
      futimesSync(this.#fd, now, now);
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
    }
  }
}

function create(path: string, record: LockRecord): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, 'wx');
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
  try {
    writeAll(fd, encodeRecord(record), 0);
    return fd;
  } catch (error) {
    closeSync(fd);
    removeFile(path);
    throw error;
  }
}

function inspect(path: string): Holder | undefined {
  return ifThere(() => {
    const { mtimeMs, ino } = statSync(path);
    const text = readFileSync(path, 'utf8');
    return { text, mtimeMs, ino, record: parseRecord(text) };
  });
}

/** Returns when the holder is dead (or its lock went); throws LOCKED when it lives. */
async function assertDead(path: string, holder: Holder, self: LockRecord, options: LockOptions, signal: AbortSignal | undefined): Promise<void> {
  const alive = holder.record === null ? undefined : isAlive(holder.record, self);
  if (alive === false) return;
  if (alive === true) throw locked(path, holder);
  const staleMs = options.staleMs ?? STALE_MS;
  options.onWait?.({ host: holder.record?.host ?? 'unknown', pid: holder.record?.pid ?? 0, staleMs });
  const end = performance.now() + staleMs;
  while (performance.now() < end) {
    await sleep(options.pollMs ?? POLL_MS, undefined, signal === undefined ? {} : { signal });
    const now = guarded(`reading ${path}`, () => inspect(path));
    if (now === undefined) return;
    if (now.mtimeMs !== holder.mtimeMs || now.ino !== holder.ino) throw locked(path, now);
  }
}

/** Undefined when the lock changed hands meanwhile. */
function takeOver(path: string, dead: Holder, self: LockRecord, options: LockOptions): RepositoryLock | undefined {
  const claim = `${path}.takeover-${dead.record?.id.replace(/[^\w-]/g, '') ?? dead.ino}`;
  const record: LockRecord = { ...self, gitLock: dead.record?.gitLock ?? null };
  let fd = create(claim, record);
  if (fd === undefined) {
    dismissClaim(claim, self, options);
    fd = create(claim, record);
    if (fd === undefined) return undefined;
  }
  const now = inspect(path);
  if (now === undefined || now.text !== dead.text || now.mtimeMs !== dead.mtimeMs || now.ino !== dead.ino) {
    closeSync(fd);
    removeFile(claim);
    return undefined;
  }
  // Only the claim's holder replaces this lock, so nobody else's can be lost here.
  renameSync(claim, path);
  return new RepositoryLock(path, fd, record, dead.record, options);
}

/** Removes the claim of a taker that died; LOCKED while it may live. */
function dismissClaim(claim: string, self: LockRecord, options: LockOptions): void {
  const holder = inspect(claim);
  if (holder === undefined) return;
  const alive = holder.record === null ? undefined : isAlive(holder.record, self);
  const old = Date.now() - holder.mtimeMs > (options.staleMs ?? STALE_MS);
  if (alive === true || (alive === undefined && !old)) throw locked(claim, holder);
  removeFile(claim);
}

function locked(path: string, { record, mtimeMs }: Holder): RepositoryError {
  const age = Math.max(0, Math.round((Date.now() - mtimeMs) / 1000));
  const who = record === null ? 'somebody' : describe(record);
  const hint = `Stop that kubetape, or give this one a repository of its own; if it is certainly dead, remove ${path}`;
  return new RepositoryError('LOCKED', `The repository is locked: ${who} holds ${path} (last sign of life ${age} s ago)`, { hint });
}

function describe({ pid, host, since }: LockRecord): string {
  return `process ${pid} on ${host}${since === '' ? '' : ` (since ${since})`}`;
}
