import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../lib/errors.js';
import type { CommitInfo } from '../model/tape.js';
import { fsyncFolder, guarded, ifThere, removeFile } from './io.js';
import type { RepositoryPlace } from './locate-repository.js';
import { readPlainFile, moveRef, readRef } from './refs.js';
import { writeDurably } from './ref-lock.js';
import { createRepository } from './repository-setup.js';

/** The repository in the cache that takes side commits which the opened one cannot take; it need not be there. */
export function sidePlace({ commonDir }: RepositoryPlace, cacheFolder: string): RepositoryPlace {
  const path = join(cacheFolder, 'side', `${createHash('sha256').update(commonDir).digest('hex').slice(0, 16)}.git`);
  return { gitDir: path, commonDir: path };
}

/** Whether it was made. */
export function isThere({ commonDir }: RepositoryPlace): boolean {
  return existsSync(join(commonDir, 'HEAD'));
}

/** Whether packs and refs can be added to a repository. */
export function canWrite({ commonDir }: RepositoryPlace): boolean {
  try {
    for (const folder of [join(commonDir, 'objects', 'pack'), join(commonDir, 'refs'), commonDir]) accessSync(folder, constants.W_OK);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')) return false;
    throw error;
  }
}

/**
 * Makes the side repository of another one, or brings it up to date: bare, it borrows the other's objects (gitrepository-layout(5),
 * objects/info/alternates) and has the opened branch at `head`, so that it can be named with --repo. RepositoryError.
 */
export function prepareSide(side: RepositoryPlace, place: RepositoryPlace, ref: string, head: CommitInfo): void {
  const path = side.commonDir;
  guarded(`making ${path}`, () => {
    // Nobody else's business: a cluster's objects.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (!isThere(side)) createRepository(path, branchOf(ref));
    writeAlternates(path, join(place.commonDir, 'objects'));
    const branch = branchOf(ref);
    const before = readRef(path, branch);
    if (before !== head.oid) moveRef(path, branch, before, head.oid);
  });
}

function writeAlternates(path: string, objects: string): void {
  const info = join(path, 'objects', 'info');
  if (ifThere(() => readPlainFile(join(info, 'alternates'))) === `${objects}\n`) return;
  const draft = join(info, `alternates.${process.pid}`);
  removeFile(draft);
  writeDurably(draft, `${objects}\n`);
  renameSync(draft, join(info, 'alternates'));
  fsyncFolder(info);
}

/** A branch that only a remote has is a branch there. */
function branchOf(ref: string): string {
  return ref.replace(/^refs\/remotes\/[^/]+\//, 'refs/heads/');
}
