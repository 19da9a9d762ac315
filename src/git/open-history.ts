import { escapeLine } from '../lib/escape.js';
import type { History } from '../model/history.js';
import { GitHistory } from './git-history.js';
import { locateRepository } from './locate-repository.js';
import { isRemote } from './remote-location.js';
import { assertReadable } from './repository-setup.js';

export interface OpenHistoryOptions {
  /** A repository's folder (bare or not), any folder of a work tree, or a URL (`https://…`, `ssh://…`, `git://…`, `file://…`, `user@host:path`). */
  readonly location: string;
  /** Absent: what HEAD of the repository names if kubetape wrote it, else `main`, else the only branch that kubetape wrote. */
  readonly branch?: string | undefined;
  /** Takes copies of repositories at URLs, and indexes of repositories that may not be written. */
  readonly cacheFolder: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** IANA name of the zone for times that name none; absent: the system's. */
  readonly timeZone?: string | undefined;
}

/**
 * Opens a branch for reading. A URL is copied whole, and fetched again each time. RepositoryError: NOT_FOUND, NOT_OURS,
 * NEWER_FORMAT, UNSUPPORTED (shallow, partial, SHA-256, reftable, unknown), DAMAGED, IO; rejects with the signal's reason.
 */
export async function openHistory(options: OpenHistoryOptions, signal: AbortSignal): Promise<History> {
  signal.throwIfAborted();
  const { location, branch, cacheFolder, now, timeZone } = options;
  const isCopy = isRemote(location);
  // A remote copy needs a child process or isomorphic-git (20 MB): loaded only then.
  const copy = isCopy ? await (await import('./remote-copy.js')).copyRemote(location, cacheFolder, signal) : undefined;
  const place = locateRepository(copy?.path ?? location);
  assertReadable(place.commonDir);
  return GitHistory.open({ place, location: escapeLine(copy?.shown ?? place.gitDir, 1000), branch, cacheFolder, now, timeZone, isCopy });
}
