// Repositories for the tests of the git store, and the real git to judge them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GitTape, type GitTapeOptions } from '../../../src/git/git-tape.js';
import { blobOf } from '../../../src/lib/git-blob.js';
import { SILENT } from '../../../src/lib/log.js';
import { RepositoryError, type RepositoryErrorCode } from '../../../src/model/repository-error.js';
import type { CommitInfo, Draft } from '../../../src/model/tape.js';

const folders: string[] = [];

/** A new folder; remove it with removeFolders() in afterEach. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-git-'));
  folders.push(folder);
  return folder;
}

export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

export async function openTape(path: string, options: Partial<GitTapeOptions> = {}): Promise<GitTape> {
  return GitTape.open({ path, branch: 'main', create: true, log: SILENT, ...options });
}

export function put(draft: Draft, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) draft.put(path, blobOf(Buffer.from(text)));
}

export const FORMAT = { '.kubetape/format': 'format: 1\n' };

/** Commits changes; null removes. The commit must not be empty. */
export function commit(tape: GitTape, changes: Readonly<Record<string, string | null>>, message = 'change'): CommitInfo {
  const draft = tape.begin();
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) draft.remove(path);
    else draft.put(path, blobOf(Buffer.from(text)));
  }
  const info = draft.commit(message);
  if (info === null) throw new Error('nothing was committed');
  return info;
}

export function git(repository: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'safe.directory=*'];
  return execFileSync('git', [...identity, `--git-dir=${repository}`, ...args], { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 });
}

/** `git fsck --strict` finds nothing wrong; objects that nothing refers to are allowed. */
export function assertSound(repository: string): void {
  const out = git(repository, 'fsck', '--strict', '--full', '--no-dangling', '--no-progress');
  expect(out.trim()).to.equal('');
}

/** Path → object id, by the real git. */
export function gitFiles(repository: string, revision = 'HEAD'): Record<string, string> {
  const lines = git(repository, 'ls-tree', '-r', '-z', '--full-tree', revision).split('\0').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => [line.slice(line.indexOf('\t') + 1), line.slice(12, 52)]));
}

/** The same by us. */
export function tapeFiles(tape: GitTape): Record<string, string> {
  return Object.fromEntries([...tape.files('')].map(({ path, oid }) => [path, oid]));
}

export async function rejection(work: () => unknown): Promise<RepositoryError> {
  try {
    await work();
  } catch (error) {
    // By name: under mocha a module that is imported when it is needed has classes of its own.
    if (error instanceof Error && error.name === RepositoryError.name) return error as RepositoryError;
    throw error;
  }
  throw new Error('nothing was thrown');
}

export async function expectCode(code: RepositoryErrorCode, work: () => unknown): Promise<RepositoryError> {
  const error = await rejection(work);
  expect(error.code, error.message).to.equal(code);
  return error;
}
