import { escapeLine } from '../lib/escape.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { listRefs, readAnyRef, symbolicTarget } from './ref-reader.js';
import type { RepositoryPlace } from './locate-repository.js';
import { branchRef } from './refs.js';

/** A branch to read. */
export interface Branch {
  /** `main`; `origin/main` for a branch that a clone knows of, but has not as its own. */
  readonly name: string;
  readonly ref: string;
}

const HEADS = 'refs/heads/';
const REMOTES = 'refs/remotes/';
const SHOWN = 10;

/**
 * The branch that was asked for (in a clone also one that only its remote has), else the one that HEAD names when
 * kubetape wrote it, else `main`, else the only one that kubetape wrote. RepositoryError NOT_FOUND, with the branches
 * that there are.
 */
export function chooseBranch(place: RepositoryPlace, where: string, asked: string | undefined, isOurs: (oid: Oid) => boolean): Branch {
  return asked === undefined ? ownBranch(place, where, isOurs) : givenBranch(place, where, asked);
}

function givenBranch(place: RepositoryPlace, where: string, asked: string): Branch {
  const ref = branchRef(asked);
  if (readAnyRef(place, ref) !== null) return { name: asked, ref };
  const tracked = [...listRefs(place, 'refs/remotes').keys()].filter((name) => name.slice(REMOTES.length).replace(/^[^/]+\//, '') === asked);
  if (tracked.length === 1 && tracked[0] !== undefined) return branchOf(tracked[0]);
  throw missing(place, `There is no branch ${escapeLine(asked, 80)} in ${where}`);
}

function ownBranch(place: RepositoryPlace, where: string, isOurs: (oid: Oid) => boolean): Branch {
  const head = symbolicTarget(place, 'HEAD');
  const preferred = [head ?? '', `${HEADS}main`].filter((ref) => ref.startsWith(HEADS));
  const ours = (ref: string): boolean => {
    const oid = readAnyRef(place, ref);
    return oid !== null && isOurs(oid);
  };
  const first = preferred.find(ours);
  if (first !== undefined) return branchOf(first);
  for (const folder of ['refs/heads', 'refs/remotes']) {
    const names = [...listRefs(place, folder).keys()].filter((ref) => !ref.endsWith('/HEAD') && ours(ref));
    if (names.length === 1 && names[0] !== undefined) return branchOf(names[0]);
    if (names.length > 1) throw missing(place, `${where} has several branches of kubetape`);
  }
  // The reader says what is wrong with it.
  const there = preferred.find((ref) => readAnyRef(place, ref) !== null);
  if (there !== undefined) return branchOf(there);
  throw missing(place, `There is no branch of kubetape in ${where}`);
}

function branchOf(ref: string): Branch {
  return { name: ref.replace(/^refs\/(?:heads|remotes)\//, ''), ref };
}

function missing(place: RepositoryPlace, message: string): RepositoryError {
  const names = ['refs/heads', 'refs/remotes'].flatMap((folder) => [...listRefs(place, folder).keys()]).filter((ref) => !ref.endsWith('/HEAD'));
  const shown = names.slice(0, SHOWN).map((ref) => escapeLine(branchOf(ref).name, 80));
  const more = names.length > SHOWN ? `, and ${names.length - SHOWN} more` : '';
  const hint = names.length === 0 ? 'Nothing was committed yet: `kubetape export` makes the first commit' : `Choose one with --branch: ${shown.join(', ')}${more}`;
  return new RepositoryError('NOT_FOUND', message, { hint });
}
