import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';
import { ifThere } from './io.js';
import type { RepositoryPlace } from './locate-repository.js';
import { readPackedRefs } from './packed-refs.js';
import { isRefName, readPlainFile, readRef } from './refs.js';

/** Git follows no more symbolic refs after each other either. */
const MAX_SYMBOLIC = 5;

/** Refs of which every worktree has its own (git-worktree(1)). */
const PER_WORKTREE = /^refs\/(?:worktree|bisect|rewritten)\/|^[^/]+$/;

/** The ref that a symbolic one (such as `HEAD`) names; null when it is not there or no symbolic one. */
export function symbolicTarget(place: RepositoryPlace, ref: string): string | null {
  const text = readPlainFile(join(folderOf(place, ref), ref));
  const target = /^ref:\s*(\S.*)/.exec(text ?? '')?.[1]?.trim();
  return target !== undefined && isRefName(target) ? target : null;
}

/** Value of a ref, symbolic ones followed; null when it, or what it names, does not exist. RepositoryError DAMAGED. */
export function readAnyRef(place: RepositoryPlace, ref: string): Oid | null {
  let name = ref;
  for (let i = 0; i <= MAX_SYMBOLIC; i++) {
    const target = symbolicTarget(place, name);
    if (target === null) return readRef(folderOf(place, name), name);
    name = target;
  }
  throw new RepositoryError('DAMAGED', `${ref} in ${place.commonDir} is a symbolic ref that goes round in a circle`, { hint: `Remove it with \`git symbolic-ref --delete ${ref}\`` });
}

/** Refs below a folder such as `refs/tags`, by name in order; a loose one wins over a packed one. RepositoryError DAMAGED. */
export function listRefs(place: RepositoryPlace, folder: string): ReadonlyMap<string, Oid> {
  const found = new Map<string, Oid>();
  for (const name of looseNames(place.commonDir, folder)) {
    const oid = readAnyRef(place, name);
    if (oid !== null) found.set(name, oid);
  }
  // Packed ones are read last: `git pack-refs` beside us writes them before it removes the loose ones.
  for (const [name, oid] of readPackedRefs(place.commonDir)) if (name.startsWith(`${folder}/`) && !found.has(name)) found.set(name, oid);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function* looseNames(gitDir: string, folder: string): Generator<string, undefined> {
  for (const entry of ifThere(() => readdirSync(join(gitDir, folder), { withFileTypes: true })) ?? []) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* looseNames(gitDir, name);
    else if (isRefName(name)) yield name;
  }
}

function folderOf({ gitDir, commonDir }: RepositoryPlace, ref: string): string {
  return PER_WORKTREE.test(ref) ? gitDir : commonDir;
}
