import { join, resolve } from 'node:path';
import { parseCommit } from '../git/commit-object.js';
import { assertFormat, FORMAT_PATH } from '../model/format.js';
import { ObjectStore } from '../git/object-store.js';
import { branchRef, readRef } from '../git/refs.js';
import { assertSupported, inspectPath } from '../git/repository-setup.js';
import { Tree } from '../git/tree.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Settings } from '../model/settings.js';
import type { StatusTape } from './status/repository-status.js';

/**
 * The repository of the settings at the head of its branch, for reading: takes no lock, so a mirror may be at work.
 * RepositoryError NOT_FOUND, NOT_OURS, NEWER_FORMAT, UNSUPPORTED, DAMAGED, IO.
 */
export async function openTape(settings: Settings): Promise<StatusTape> {
  const { branch } = settings.repository;
  const path = resolve(settings.repository.path ?? '');
  if (inspectPath(path) !== 'repository') {
    throw new RepositoryError('NOT_FOUND', `There is no repository at ${path}`, { hint: 'Check --repo; kubetape export and kubetape mirror make a new one' });
  }
  assertSupported(path);
  const oid = readRef(path, branchRef(branch));
  if (oid === null) {
    throw new RepositoryError('NOT_FOUND', `There is no branch ${branch} in ${path}`, { hint: 'Check --branch' });
  }
  const store = new ObjectStore(join(path, 'objects'));
  try {
    const head = parseCommit(oid, store.read(oid, 'commit'));
    const tree = new Tree((id) => store.read(id, 'tree'), head.tree);
    const format = tree.oidAt(FORMAT_PATH);
    assertFormat(`Branch ${branch} in ${path}`, format === null ? null : store.read(format, 'blob'));
    return { location: path, head: () => head, files: (folder) => tree.files(folder), close: () => { store.close(); } };
  } catch (error) {
    store.close();
    throw error;
  }
}
