import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { fsyncFolder, ifThere, removeFile, writeAll } from './io.js';

/** Git itself waits this long for a lock of a ref (core.filesRefLockTimeout). */
const LOCK_WAIT_MS = 100;
const LOCK_POLL_MS = 5;

/** Value of a ref: its own file, else packed-refs; null when it does not exist. Throws RepositoryError for what is no plain ref. */
export function readRef(gitDir: string, ref: string): Oid | null {
  const text = ifThere(() => readPlainFile(join(gitDir, ref)))?.trim();
  if (text === undefined) return packedRef(gitDir, ref);
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  if (text.startsWith('ref:')) {
    const hint = 'Name the branch that it points to with --branch';
    throw new RepositoryError('UNSUPPORTED', `${ref} in ${gitDir} is a symbolic ref`, { hint });
  }
  const hint = 'Find the last commit with `git fsck --lost-found`, then set the branch with `git update-ref`';
  throw new RepositoryError('DAMAGED', `${ref} in ${gitDir} holds no object id`, { hint });
}

/** A folder at a ref's place belongs to refs with longer names. */
function readPlainFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if (systemCode(error) === 'EISDIR') return undefined;
    throw error;
  }
}

function packedRef(gitDir: string, ref: string): Oid | null {
  const text = ifThere(() => readFileSync(join(gitDir, 'packed-refs'), 'utf8'));
  const line = text?.split('\n').find((entry) => entry.endsWith(` ${ref}`) && /^[0-9a-f]{40} /.test(entry));
  return line?.slice(0, 40) ?? null;
}

/**
 * Moves a ref by git's own lock protocol: `<ref>.lock` is created exclusively, the ref compared with `expected`, the
 * lock renamed over it, the folder made durable. RepositoryError LOCKED when somebody else holds the lock, MOVED when
 * the ref has another value; else system errors.
 */
export function moveRef(gitDir: string, ref: string, expected: Oid | null, next: Oid): void {
  const path = join(gitDir, ref);
  const lock = `${path}.lock`;
  takeLock(lock, join(gitDir, 'kubetape.lock.ref'), `${next}\n`);
  try {
    const current = readRef(gitDir, ref);
    if (current !== expected) throw moved(gitDir, ref, expected, current);
    renameSync(lock, path);
  } catch (error) {
    removeFile(lock);
    throw error;
  }
  fsyncFolder(dirname(path));
}

function moved(gitDir: string, ref: string, expected: Oid | null, current: Oid | null): RepositoryError {
  const hint = 'A commit that somebody made on top of ours is taken over; to undo one, revert it instead of resetting the branch';
  return new RepositoryError('MOVED', `${ref} in ${gitDir} is at ${current ?? 'nothing'}, not at ${expected ?? 'nothing'}`, { hint });
}

/** The lock appears with its content (a link to a durable file), so that one that we left behind is known by it. */
function takeLock(lock: string, draft: string, content: string): void {
  removeFile(draft);
  writeDurably(draft, content);
  try {
    waitFor(lock, () => linkOrCreate(draft, lock, content));
  } finally {
    removeFile(draft);
  }
}

function linkOrCreate(draft: string, lock: string, content: string): void {
  try {
    linkSync(draft, lock);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    // A file system without links.
    writeDurably(lock, content);
  }
}

function writeDurably(path: string, content: string): void {
  const fd = openSync(path, 'wx', 0o666);
  try {
    writeAll(fd, Buffer.from(content), 0);
    fsyncSync(fd);
  } catch (error) {
    removeFile(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function waitFor(lock: string, take: () => void): void {
  const end = performance.now() + LOCK_WAIT_MS;
  for (;;) {
    try {
      return take();
    } catch (error) {
      const code = systemCode(error);
      // Git removes empty folders of refs beside us.
      if (code === 'ENOENT') mkdirSync(dirname(lock), { recursive: true });
      else if (code !== 'EEXIST') throw error;
      if (performance.now() > end) throw locked(lock, error);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOCK_POLL_MS);
  }
}

function locked(lock: string, cause: unknown): RepositoryError {
  const since = ifThere(() => statSync(lock))?.mtimeMs;
  const age = since === undefined ? '' : `, ${Math.max(0, Math.round((Date.now() - since) / 1000))} s old`;
  const hint = `Wait for the git command that holds it; if none is running, remove ${lock}`;
  return new RepositoryError('LOCKED', `Another program holds the lock ${lock}${age}`, { hint, cause });
}

const RESERVED = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^@$|^-/;

/** The full name of a branch; RepositoryError NOT_FOUND when git would not take the name (git check-ref-format). */
export function branchRef(branch: string): string {
  const parts = branch.split('/');
  const bad = RESERVED.test(branch) || parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock') || part.endsWith('.'));
  if (bad) throw new RepositoryError('NOT_FOUND', `${JSON.stringify(branch)} is no name of a branch`, { hint: 'Choose a name such as `main` or `clusters/prod`' });
  return `refs/heads/${branch}`;
}
