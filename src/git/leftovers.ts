import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { guarded, ifThere, removeFile } from './io.js';
import type { LockRecord } from './lock-record.js';
import { TEMPORARY } from './pack-builder.js';

/** What a `.keep` file of ours says. */
export function keepText(lockId: string): string {
  return `kubetape ${lockId}\n`;
}

/**
 * Removes what dead runs left: unfinished files, `.keep` files, packs whose idx did not get its name, and the git lock
 * that the last one had announced. Only for the holder of the lock: then every other run is dead. Returns what went.
 */
export function removeLeftovers(gitDir: string, lockId: string, predecessor: LockRecord | null): readonly string[] {
  return guarded(`removing what a dead run left in ${gitDir}`, () => {
    const folder = join(gitDir, 'objects', 'pack');
    const names = new Set(ifThere(() => readdirSync(folder)) ?? []);
    const gone = [...names].filter((name) => name.startsWith(TEMPORARY));
    for (const keep of [...names].filter((name) => /^pack-.*\.keep$/.test(name))) {
      const text = ifThere(() => readFileSync(join(folder, keep), 'utf8')) ?? '';
      if (!text.startsWith('kubetape ') || text === keepText(lockId)) continue;
      const base = keep.slice(0, -'.keep'.length);
      if (!names.has(`${base}.idx`) && names.has(`${base}.pack`)) gone.push(`${base}.pack`);
      gone.push(keep);
    }
    const paths = gone.map((name) => join(folder, name));
    const lock = predecessor === null ? undefined : ownGitLock(gitDir, predecessor);
    if (lock !== undefined) paths.push(lock);
    for (const path of paths) removeFile(path);
    return paths;
  });
}

/** The announced lock, when it is there and holds what we were about to write. */
function ownGitLock(gitDir: string, { gitLock }: LockRecord): string | undefined {
  if (gitLock === null || !/^refs\/heads\/.+\.lock$/.test(gitLock.path) || gitLock.path.includes('..')) return undefined;
  const path = join(gitDir, gitLock.path);
  const text = ifThere(() => readFileSync(path, 'latin1'))?.trim();
  return text === gitLock.oid ? path : undefined;
}
