import type { Oid } from '../model/tape.js';
import type { RepositoryPlace } from './locate-repository.js';
import { readAnyRef } from './ref-reader.js';
import { isRefName } from './refs.js';
import { SIDE_REFS } from './side-commit.js';

/**
 * The object that a ref's name stands for, by the rules of gitrevisions(7) in their order: the name itself (full names
 * and `FETCH_HEAD`-like ones), then below refs, tags, heads, remotes, and a remote's HEAD; last, what kubetape
 * keeps for itself below refs/kubetape. Null when there is none. RepositoryError DAMAGED.
 */
export function refNamed(place: RepositoryPlace, name: string): { readonly ref: string; readonly oid: Oid } | null {
  const itself = /^(?:refs\/.*|[A-Z_]+)$/.test(name) ? [name] : [];
  const candidates = [...itself, `refs/${name}`, `refs/tags/${name}`, `refs/heads/${name}`, `refs/remotes/${name}`, `refs/remotes/${name}/HEAD`, `${SIDE_REFS}${name}`];
  for (const ref of candidates) {
    const oid = isRefName(ref) ? readAnyRef(place, ref) : null;
    if (oid !== null) return { ref, oid };
  }
  return null;
}

/** The same for what kubetape keeps for itself, in the repository that took it because the opened one could not be written. */
export function sideRefNamed(side: RepositoryPlace, name: string): { readonly ref: string; readonly oid: Oid } | null {
  for (const ref of [name, `refs/${name}`, `${SIDE_REFS}${name}`]) {
    const oid = ref.startsWith(SIDE_REFS) && isRefName(ref) ? readAnyRef(side, ref) : null;
    if (oid !== null) return { ref, oid };
  }
  return null;
}
