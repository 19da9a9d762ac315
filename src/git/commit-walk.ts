import type { LogEntry, LogQuery } from '../model/history.js';
import type { CommitInfo, Oid, PathChange } from '../model/tape.js';
import { Pace } from './history-index/pace.js';

/** What a walk reads. */
export interface CommitSource {
  commit(oid: Oid): CommitInfo;
  changes(before: CommitInfo | null, after: CommitInfo): Iterable<PathChange>;
}

/**
 * kubetape's committer dates never go back, but a person's commit between them may have any: a walk ends only after
 * this many commits in a row that are too old (git's own walk does so after 5).
 */
const SLOP = 64;

/** Commits along first parents with what each changed, newest first; asks only for the changes of commits that it yields. */
export async function* walkLog(source: CommitSource, query: LogQuery, signal: AbortSignal): AsyncGenerator<LogEntry, undefined> {
  const { since = -Infinity, until = Infinity, paths } = query;
  const pace = new Pace(signal);
  let tooOld = 0;
  for (const { commit, parent } of firstParents(source, query.from)) {
    signal.throwIfAborted();
    if (pace.due) await pace.rest();
    tooOld = commit.committedAt < since ? tooOld + 1 : 0;
    if (tooOld > SLOP) return;
    if (commit.committedAt < since || commit.committedAt > until) continue;
    const changes = [...source.changes(parent, commit)].filter(({ path }) => paths === undefined || paths.some((asked) => isWithin(path, asked)));
    if (paths === undefined || changes.length > 0) yield { commit, changes };
  }
}

/**
 * The newest commit that is not later than a time, within the newest `limit` commits; null when it is further back. A
 * commit counts as of its own date or of an ancestor's later one: what a person dated back is not older than what it stands on.
 */
export function recentCommitAt(source: CommitSource, head: CommitInfo, seconds: number, limit: number): CommitInfo | null {
  let found: CommitInfo | null = null;
  let seen = 0;
  let after = 0;
  for (const { commit, parent } of firstParents(source, head)) {
    if (commit.committedAt > seconds) found = null;
    else found ??= commit;
    after = found === null ? 0 : after + 1;
    if (after > SLOP || (found !== null && parent === null)) return found;
    if (++seen >= limit) return null;
  }
  return null;
}

function* firstParents(source: CommitSource, from: CommitInfo): Generator<{ readonly commit: CommitInfo; readonly parent: CommitInfo | null }, undefined> {
  for (let current: CommitInfo | null = from; current !== null; ) {
    const first: Oid | undefined = current.parents[0];
    const parent: CommitInfo | null = first === undefined ? null : source.commit(first);
    yield { commit: current, parent };
    current = parent;
  }
}

function isWithin(path: string, folder: string): boolean {
  return folder === '' || path === folder || path.startsWith(`${folder}/`);
}
