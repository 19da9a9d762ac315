import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, systemCode } from '../lib/errors.js';
import { RepositoryError } from '../model/repository-error.js';
import { guarded, ifThere } from './io.js';
import { copyWithoutGit, fetchWithoutGit } from './isomorphic-copy.js';
import { runGitRemote } from './native.js';
import { parseRemote, wordsOf, type RemoteLocation } from './remote-location.js';

export interface RemoteCopy {
  /** A bare repository with all refs of the other one. */
  readonly path: string;
  /** The URL, without credentials. */
  readonly shown: string;
}

/** A copy that was cut short is removed after this long: its maker must be dead. */
const ABANDONED_MS = 24 * 3_600_000;
const PART = '.part-';

/**
 * Copies a repository as a bare mirror into `cacheFolder/remotes`, or brings the copy that is there up to date. By the
 * git program, which has ssh and credential helpers; without one by isomorphic-git, over http(s) only. A copy gets its
 * name when it is whole. RepositoryError IO with the program's words, UNSUPPORTED; rejects with the signal's reason.
 */
export async function copyRemote(location: string, cacheFolder: string, signal: AbortSignal): Promise<RemoteCopy> {
  const remote = parseRemote(location);
  const path = join(cacheFolder, 'remotes', folderName(remote.url));
  if (existsSync(path)) await refresh(remote, path, signal);
  else await copy(remote, path, signal);
  return { path, shown: remote.url };
}

/** For people first; the hash tells URLs apart. */
function folderName(url: string): string {
  const readable = url.replace(/^\w+:\/\//, '').replace(/\.git\/?$/, '').replace(/[^A-Za-z0-9.]+/g, '-').replace(/^[-.]+/, '');
  return `${readable.slice(0, 60)}-${createHash('sha256').update(url).digest('hex').slice(0, 16)}.git`;
}

async function copy(remote: RemoteLocation, path: string, signal: AbortSignal): Promise<void> {
  const part = `${path}${PART}${randomUUID()}`;
  guarded(`making ${dirname(path)}`, () => {
    // Nobody else's business: a cluster's objects.
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    removeAbandoned(path);
  });
  try {
    await clone(remote, part, signal);
    guarded(`naming the copy ${path}`, () => takeName(part, path));
  } catch (error) {
    throw failed(`Copying ${remote.url} failed`, remote, error, undefined, signal);
  } finally {
    rmSync(part, { recursive: true, force: true });
  }
}

async function clone(remote: RemoteLocation, part: string, signal: AbortSignal): Promise<void> {
  try {
    await runGitRemote(null, ['clone', '--mirror', '--quiet', '--template=', '--', remote.url, part], remote.credentials, signal);
  } catch (error) {
    if (!isNoGit(error)) throw error;
    await copyWithoutGit(remote, part, signal);
  }
}

/** Of two that copied the same at the same time, the first one's is taken. */
function takeName(part: string, path: string): void {
  try {
    renameSync(part, path);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error;
  }
}

function removeAbandoned(path: string): void {
  const folder = dirname(path);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${path.slice(folder.length + 1)}${PART}`)) continue;
    const since = ifThere(() => statSync(join(folder, name)))?.mtimeMs ?? Infinity;
    if (Date.now() - since > ABANDONED_MS) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** Another process may fetch into the same copy, and then holds locks of its refs for a moment. */
const ATTEMPTS = 5;
const PAUSE_MS = 200;

async function refresh(remote: RemoteLocation, path: string, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetch(remote, path, signal);
    } catch (error) {
      const busy = /\.lock'|cannot lock ref|fetch-pack: unable to lock/.test(messageOf(error));
      if (!busy || attempt === ATTEMPTS || signal.aborted) {
        throw failed(`Fetching ${remote.url} failed`, remote, error, `What was fetched before can be read with --repo ${path}`, signal);
      }
      await delay(PAUSE_MS, undefined, { signal });
    }
  }
}

async function fetch(remote: RemoteLocation, path: string, signal: AbortSignal): Promise<void> {
  try {
    await runGitRemote(path, ['fetch', '--quiet', '--prune', 'origin'], remote.credentials, signal);
  } catch (error) {
    if (!isNoGit(error)) throw error;
    await fetchWithoutGit(remote, path, signal);
  }
}

function isNoGit(error: unknown): boolean {
  return error instanceof RepositoryError && error.code === 'UNSUPPORTED';
}

function failed(what: string, remote: RemoteLocation, error: unknown, hint: string | undefined, signal: AbortSignal): unknown {
  if (signal.aborted || (error instanceof RepositoryError && error.code !== 'IO')) return error;
  const cure = hint ?? 'Check the URL and the credentials (`git ls-remote` with it must answer), or copy the repository yourself and name the folder';
  // The cause may hold the credentials.
  return new RepositoryError('IO', `${what}: ${wordsOf(messageOf(error), remote)}`, { hint: cure });
}
