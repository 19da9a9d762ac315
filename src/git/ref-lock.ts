import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import { ifThere, removeFile, writeAll } from './io.js';

/** Git itself waits this long for a lock of a ref (core.filesRefLockTimeout). */
const LOCK_WAIT_MS = 100;
const LOCK_POLL_MS = 5;

/**
 * Creates a lock file of git exclusively, with its content, which is durable; RepositoryError LOCKED when somebody else
 * holds it for `waitMs`. It appears with its content (a link to `draft`), so that one that we left behind is known by
 * it; `draft` must be nobody else's.
 */
export function takeLock(lock: string, draft: string, content: Uint8Array | string, waitMs = LOCK_WAIT_MS): void {
  removeFile(draft);
  writeDurably(draft, content);
  try {
    waitFor(lock, waitMs, () => linkOrCreate(draft, lock, content));
  } finally {
    removeFile(draft);
  }
}

function linkOrCreate(draft: string, lock: string, content: Uint8Array | string): void {
  try {
    linkSync(draft, lock);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(code)) throw error;
    // A file system without links.
    writeDurably(lock, content);
  }
}

/** Creates a file, which must not exist; it is durable when this returns, its name is not. */
export function writeDurably(path: string, content: Uint8Array | string, mode = 0o666): void {
  const fd = openSync(path, 'wx', mode);
  try {
    writeAll(fd, typeof content === 'string' ? Buffer.from(content) : content, 0);
    fsyncSync(fd);
  } catch (error) {
    removeFile(path);
    throw error;
  } finally {
    closeSync(fd);
  }
}

function waitFor(lock: string, waitMs: number, take: () => void): void {
  const end = performance.now() + waitMs;
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
