import type { ListedObject } from '../../inspect/list-objects.js';
import type { CommitInfo } from '../../model/tape.js';
import { readTrailers } from '../../model/trailers.js';
import type { Reading } from '../reading.js';
import { indexing } from '../render/indexing.js';

export type LastChange = Pick<CommitInfo, 'oid' | 'committedAt'>;

/** More paths than this are looked up by the folders of the tree. */
const MANY = 200;

/** The newest commit, not later than the one that is read, that changed each object's file; rewrites under other rules do not count. */
export async function lastChanges({ history, revision }: Reading, found: readonly ListedObject[], show: (text: string) => void, signal: AbortSignal): Promise<Map<string, LastChange>> {
  const last = new Map<string, LastChange>();
  const wanted = new Set(found.map(({ path }) => path));
  if (wanted.size === 0) return last;
  const folders = new Set(found.map(({ path }) => path.slice(0, path.lastIndexOf('/'))));
  const paths = wanted.size <= MANY ? [...wanted] : folders.size <= MANY ? [...folders] : ['namespaces', 'cluster'];
  for await (const { commit, changes } of history.log({ from: revision.commit, paths }, signal, indexing(show))) {
    const rewrite = readTrailers(commit.message).get('Kubetape-Event') === 'recanonicalise';
    for (const { path, before } of changes) {
      if (wanted.has(path) && (!rewrite || before === null)) {
        wanted.delete(path);
        last.set(path, commit);
      }
    }
    if (wanted.size === 0) break;
  }
  return last;
}
