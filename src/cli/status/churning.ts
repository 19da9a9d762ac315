import type { History } from '../../model/history.js';
import type { ChurningObject } from '../../model/status-report.js';
import { typeName } from '../../model/resource-type.js';
import { identityOfPath } from '../../model/tree-path.js';

/** Commits that are looked at. */
const COMMITS = 200;
/** An object in so many of them churns. */
const OFTEN = 20;
const MOST = 10;
/** A commit of more changes is a snapshot or a rewrite: it says nothing of single objects. */
const MANY = 500;

/** The objects that changed in at least a tenth of the newest 200 commits: candidates for a rule or a filter. */
export async function churningObjects(history: History, signal: AbortSignal): Promise<ChurningObject[]> {
  const counts = new Map<string, number>();
  let commits = 0;
  for await (const { changes } of history.log({ from: history.head() }, signal)) {
    commits += 1;
    if (changes.length <= MANY) {
      for (const { path } of changes) counts.set(path, (counts.get(path) ?? 0) + 1);
    }
    if (commits === COMMITS) break;
  }
  return [...counts]
    .filter(([path, changes]) => changes >= OFTEN && !path.startsWith('.'))
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([path, changes]) => ({ object: nameOf(path), changes, commits }));
}

function nameOf(path: string): string {
  const id = identityOfPath(path);
  if (id === null) return path;
  return `${id.namespace === '' ? '' : `${id.namespace}: `}${typeName(id)}/${id.name}`;
}
