import { closeSync, fsyncSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { AppError, messageOf, systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';

/** Runs file work; a system error becomes a RepositoryError FULL (no space, quota) or IO that names `what`. */
export function guarded<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asRepositoryError(what, error);
  }
}

/** A system error as a RepositoryError FULL or IO; an AppError stays as it is. */
export function asRepositoryError(what: string, error: unknown): unknown {
  if (error instanceof AppError) return error;
  const code = systemCode(error);
  if (code === undefined) return error;
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') {
    const hint = 'Make room on that file system; what was not committed is kept and tried again';
    return new RepositoryError('FULL', `No space left: ${what} failed`, { hint, cause: error });
  }
  const rights = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  const hint = rights ? 'Give the user that runs kubetape the right to write there' : undefined;
  return new RepositoryError('IO', `${what[0]?.toUpperCase()}${what.slice(1)} failed: ${messageOf(error)}`, { hint, cause: error });
}

/** Writes all bytes at a position; a short write is continued, so that a full disk shows its error. */
export function writeAll(fd: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.length) done += writeSync(fd, bytes, done, bytes.length - done, position + done);
}

/** Reads up to `length` bytes at a position; fewer at the end of the file. */
export function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  const done = readInto(fd, position, bytes);
  return done === length ? bytes : bytes.subarray(0, done);
}

/** Fills a buffer from a position; returns how many bytes there were. */
export function readInto(fd: number, position: number, bytes: Buffer): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, position + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Makes names in a folder durable. */
export function fsyncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes a file; that it is not there is no error. */
export function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** The result of a read, or undefined when the file (or a folder above it) is not there. */
export function ifThere<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
