import { readdirSync, readFileSync, renameSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { fsyncFolder, ifThere, removeFile } from './io.js';
import { takeLock } from './ref-lock.js';

/** Value of a ref: its own file, else packed-refs; null when it does not exist. Throws RepositoryError for what is no plain ref. */
export function readRef(gitDir: string, ref: string): Oid | null {
  const text = readPlainFile(join(gitDir, ref))?.trim();
  if (text === undefined) return packedRef(gitDir, ref);
  if (/^[0-9a-f]{40}$/.test(text)) return text;
  if (text.startsWith('ref:')) {
    const hint = 'Name the branch that it points to with --branch';
    throw new RepositoryError('UNSUPPORTED', `${ref} in ${gitDir} is a symbolic ref`, { hint });
  }
  const hint = 'Find the last commit with `git fsck --lost-found`, then set the branch with `git update-ref`';
  throw new RepositoryError('DAMAGED', `${ref} in ${gitDir} holds no object id`, { hint });
}

/** A file's text; undefined when there is none, or none can have this name. A folder at a ref's place belongs to refs with longer names. */
export function readPlainFile(path: string): string | undefined {
  try {
    return ifThere(() => readFileSync(path, 'latin1'));
  } catch (error) {
    if (systemCode(error) === 'EISDIR' || systemCode(error) === 'ENAMETOOLONG') return undefined;
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
 * lock renamed over it, the folder made durable. `draft` names a file in the repository that is this writer's alone.
 * RepositoryError LOCKED when somebody else holds the lock, MOVED when the ref has another value; else system errors.
 */
export function moveRef(gitDir: string, ref: string, expected: Oid | null, next: Oid, draft = 'kubetape.lock.ref'): void {
  const path = join(gitDir, ref);
  const lock = `${path}.lock`;
  takeLock(lock, join(gitDir, draft), `${next}\n`);
  try {
    const current = readRef(gitDir, ref);
    if (current !== expected) throw moved(gitDir, ref, expected, current);
    renameOver(lock, path);
  } catch (error) {
    removeFile(lock);
    throw error;
  }
  fsyncFolder(dirname(path));
  // A new ref may have new folders above it.
  if (expected === null) for (let name = dirname(dirname(ref)); name !== '.'; name = dirname(name)) fsyncFolder(join(gitDir, name));
}

/** Folders of refs that went may stand in the way, empty; git removes them, too. */
function renameOver(lock: string, path: string): void {
  try {
    renameSync(lock, path);
  } catch (error) {
    if (systemCode(error) !== 'EISDIR') throw error;
    removeEmptyFolders(path);
    renameSync(lock, path);
  }
}

function removeEmptyFolders(path: string): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) if (entry.isDirectory()) removeEmptyFolders(join(path, entry.name));
  rmdirSync(path);
}

function moved(gitDir: string, ref: string, expected: Oid | null, current: Oid | null): RepositoryError {
  const hint = 'A commit that somebody made on top of ours is taken over; to undo one, revert it instead of resetting the branch';
  return new RepositoryError('MOVED', `${ref} in ${gitDir} is at ${current ?? 'nothing'}, not at ${expected ?? 'nothing'}`, { hint });
}

const RESERVED = /[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^@$|^-/;

/** Whether git would take this as the full name of a ref (git check-ref-format). */
export function isRefName(name: string): boolean {
  return !RESERVED.test(name) && !name.endsWith('.') && name.split('/').every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.lock'));
}

/** The full name of a branch; RepositoryError NOT_FOUND when git would not take the name (git check-ref-format). */
export function branchRef(branch: string): string {
  const parts = branch.split('/');
  const bad = RESERVED.test(branch) || parts.some((part) => part === '' || part.startsWith('.') || part.endsWith('.lock') || part.endsWith('.'));
  if (bad) throw new RepositoryError('NOT_FOUND', `${JSON.stringify(branch)} is no name of a branch`, { hint: 'Choose a name such as `main` or `clusters/prod`' });
  return `refs/heads/${branch}`;
}
