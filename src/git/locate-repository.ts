import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { RepositoryError } from '../model/repository-error.js';
import { guarded, ifThere } from './io.js';

/** Where a repository's files are. The two are one but in a linked worktree (gitrepository-layout(5)). */
export interface RepositoryPlace {
  /** HEAD is here. */
  readonly gitDir: string;
  /** Refs, objects and configuration are here. */
  readonly commonDir: string;
}

/**
 * The repository at a path: its git directory (bare or `.git`), or any folder of a work tree, a linked one included.
 * RepositoryError NOT_FOUND when there is none, DAMAGED when a `.git` file leads nowhere, IO.
 */
export function locateRepository(path: string): RepositoryPlace {
  const start = resolve(path);
  return guarded(`looking for a repository at ${start}`, () => {
    if (ifThere(() => statSync(start))?.isDirectory() !== true) throw notFound(`There is no folder ${start}`);
    for (let folder = start; ; folder = dirname(folder)) {
      const place = gitDirectory(folder) ?? behindDotGit(folder);
      if (place !== undefined) return place;
      if (folder === dirname(folder)) throw notFound(`There is no repository at ${start}`);
    }
  });
}

function notFound(message: string): RepositoryError {
  return new RepositoryError('NOT_FOUND', message, { hint: 'Check --repo; `kubetape export` and `kubetape mirror` make a new one' });
}

function gitDirectory(folder: string): RepositoryPlace | undefined {
  const names = ifThere(() => readdirSync(folder)) ?? [];
  if (!names.includes('HEAD')) return undefined;
  if (names.includes('commondir')) return { gitDir: folder, commonDir: resolve(folder, readFileSync(join(folder, 'commondir'), 'utf8').trim()) };
  return names.includes('objects') && names.includes('refs') ? { gitDir: folder, commonDir: folder } : undefined;
}

/** `.git` is the repository itself, or a file that names it (linked worktrees, submodules). */
function behindDotGit(folder: string): RepositoryPlace | undefined {
  const path = join(folder, '.git');
  const stat = ifThere(() => statSync(path));
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) return gitDirectory(path);
  const target = /^gitdir: (.+?)\r?\n?$/.exec(readFileSync(path, 'utf8'))?.[1];
  const place = target === undefined ? undefined : gitDirectory(resolve(folder, target));
  if (place !== undefined) return place;
  throw new RepositoryError('DAMAGED', `${path} leads to no repository${target === undefined ? '' : `: ${target}`}`, { hint: 'Repair it with `git worktree repair`' });
}
