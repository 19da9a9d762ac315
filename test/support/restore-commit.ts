// Commits that no mirror of this cluster would make: of another time, of an older server.
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** A commit on top of `main` in which one file has another text; returns it. */
export function recommit(repo: string, path: string, change: (text: string) => string): string {
  const index = join(repo, 'index-of-a-test');
  const git = (args: readonly string[], input?: string): string =>
    execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8', env: { ...process.env, GIT_INDEX_FILE: index, GIT_AUTHOR_NAME: 't', GIT_AUTHOR_EMAIL: 't@t', GIT_COMMITTER_NAME: 't', GIT_COMMITTER_EMAIL: 't@t' }, ...(input === undefined ? {} : { input }) }).replace(/\n$/, '');
  try {
    const before = execFileSync('git', ['-C', repo, 'show', `main:${path}`], { encoding: 'utf8' });
    const after = change(before);
    if (after === before) throw new Error(`${path} was not changed: ${before}`);
    git(['read-tree', 'main']);
    git(['update-index', '--cacheinfo', `100644,${git(['hash-object', '-w', '--stdin'], after)},${path}`]);
    const message = git(['log', '-1', '--format=%B', 'main']);
    const commit = git(['commit-tree', git(['write-tree']), '-p', 'main'], message);
    git(['update-ref', 'refs/heads/main', commit]);
    return commit;
  } finally {
    rmSync(index, { force: true });
  }
}
