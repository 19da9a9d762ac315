import { readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Oid } from '../model/tape.js';
import { fsyncFolder, ifThere, removeFile } from './io.js';
import { takeLock, writeDurably } from './ref-lock.js';

/** Git itself waits this long (core.packedRefsTimeout). */
const LOCK_WAIT_MS = 1000;

const ENTRY = /^([0-9a-f]{40}) (.+)$/;

/** The refs of `packed-refs` (git-pack-refs(1)) by name; the lines that peel tags are left out. */
export function readPackedRefs(gitDir: string): ReadonlyMap<string, Oid> {
  const refs = new Map<string, Oid>();
  for (const line of readLines(gitDir)) {
    const [, oid, name] = ENTRY.exec(line) ?? [];
    if (oid !== undefined && name !== undefined) refs.set(name, oid);
  }
  return refs;
}

/**
 * Takes a ref out of `packed-refs` (durably), then runs `then`, both under git's lock: `git pack-refs` beside us cannot
 * bring back what goes. `draft` names a file in the repository that is this writer's alone. RepositoryError LOCKED; system errors.
 */
export function removePackedRef(gitDir: string, ref: string, draft: string, then: () => void): void {
  const lock = join(gitDir, 'packed-refs.lock');
  takeLock(lock, join(gitDir, draft), '', LOCK_WAIT_MS);
  try {
    const lines = readLines(gitDir);
    const at = lines.findIndex((line) => ENTRY.exec(line)?.[2] === ref);
    if (at >= 0) {
      // The line after it peels it, when it is an annotated tag.
      lines.splice(at, lines[at + 1]?.startsWith('^') ? 2 : 1);
      replace(gitDir, lines.join('\n'), draft);
    }
    then();
  } finally {
    removeFile(lock);
  }
}

function readLines(gitDir: string): string[] {
  return (ifThere(() => readFileSync(join(gitDir, 'packed-refs'), 'utf8')) ?? '').split('\n');
}

function replace(gitDir: string, text: string, draft: string): void {
  const path = join(gitDir, draft);
  removeFile(path);
  writeDurably(path, text);
  renameSync(path, join(gitDir, 'packed-refs'));
  fsyncFolder(gitDir);
}
