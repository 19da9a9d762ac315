import * as fs from 'node:fs';
import { join } from 'node:path';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { parseCommit } from './commit-object.js';
import { ObjectStore } from './object-store.js';

/**
 * The commit that a revision names: id, abbreviated id (at least 4 digits), tag, branch, `HEAD`, each with `~n`, `^`
 * and `^n` behind it (gitrevisions(7)). RepositoryError NOT_FOUND when there is none, DAMAGED. isomorphic-git resolves
 * the name (it is loaded here, not before: 20 MB); objects are read by our own store.
 */
export async function resolveRevision(repository: string, revision: string): Promise<Oid> {
  const [, name = '', steps = ''] = /^(.+?)((?:~\d*|\^\d*)*)$/.exec(revision) ?? [];
  const store = new ObjectStore(join(repository, 'objects'));
  try {
    let oid = peel(store, (await resolveName(repository, name)) ?? '', revision);
    for (const [, sort, count] of steps.matchAll(/([~^])(\d*)/g)) oid = step(store, oid, sort === '~', count === '' ? 1 : Number(count), revision);
    return oid;
  } finally {
    store.close();
  }
}

async function resolveName(repository: string, name: string): Promise<Oid | undefined> {
  const { default: git } = await import('isomorphic-git');
  const where = { fs, gitdir: repository };
  const missing = (error: unknown): undefined => {
    if (error instanceof git.Errors.NotFoundError || error instanceof git.Errors.InvalidRefNameError) return undefined;
    throw error;
  };
  const ref = await git.resolveRef({ ...where, ref: name }).catch(missing);
  if (ref !== undefined || !/^[0-9a-f]{4,40}$/i.test(name)) return ref;
  return git.expandOid({ ...where, oid: name.toLowerCase() }).catch((error: unknown) => {
    if (!(error instanceof git.Errors.AmbiguousError)) return missing(error);
    throw new RepositoryError('NOT_FOUND', `${name} is the beginning of several object ids in ${repository}`, { hint: 'Give more digits', cause: error });
  });
}

/** Follows annotated tags to their commit. */
function peel(store: ObjectStore, start: Oid, revision: string): Oid {
  let oid = start;
  for (;;) {
    const object = /^[0-9a-f]{40}$/.test(oid) ? store.find(oid) : null;
    if (object === null) throw notFound(revision, 'there is no such commit, tag or branch');
    if (object.type === 'commit') return oid;
    const target = object.type === 'tag' ? /^object ([0-9a-f]{40})$/m.exec(object.data.toString('utf8'))?.[1] : undefined;
    if (target === undefined) throw notFound(revision, `it is a ${object.type}, not a commit`);
    oid = target;
  }
}

/** `~n`: n times the first parent; `^n`: the n-th parent. */
function step(store: ObjectStore, start: Oid, first: boolean, count: number, revision: string): Oid {
  let oid = start;
  for (let i = 0; i < (first ? count : Math.min(count, 1)); i++) {
    const parent = parseCommit(oid, store.read(oid, 'commit')).parents[first ? 0 : count - 1];
    if (parent === undefined) throw notFound(revision, 'the history does not go back that far');
    oid = parent;
  }
  return oid;
}

function notFound(revision: string, why: string): RepositoryError {
  return new RepositoryError('NOT_FOUND', `Revision ${JSON.stringify(revision)}: ${why}`, { hint: 'See `kubetape log` for what there is' });
}
