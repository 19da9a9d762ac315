import * as fs from 'node:fs';
import { join } from 'node:path';
import type { GitHttpRequest, GitHttpResponse } from 'isomorphic-git/http/node';
import { linked } from '../lib/abort.js';
import { RepositoryError } from '../model/repository-error.js';
import { ObjectStore } from './object-store.js';
import { isRefName } from './refs.js';
import type { RemoteLocation } from './remote-location.js';

/** isomorphic-git cannot fetch a mirror's refs (`refs/*`): under this remote it gets the objects, the refs are written here. */
const FETCHED_AS = 'kubetape';

/**
 * Makes a bare mirror without a git program. isomorphic-git (20 MB) is loaded here; it speaks http(s) only, and holds the
 * whole pack in memory. RepositoryError UNSUPPORTED for other URLs; else its own errors; rejects with the signal's reason.
 */
export async function copyWithoutGit(remote: RemoteLocation, path: string, signal: AbortSignal): Promise<void> {
  assertHttp(remote);
  const { default: git } = await import('isomorphic-git');
  await git.init({ fs, gitdir: path, bare: true, defaultBranch: 'main' });
  // What `git clone --mirror` writes, so that either program can go on with the copy.
  for (const [key, value] of [['url', remote.url], ['fetch', '+refs/*:refs/*'], ['mirror', 'true']] as const) {
    await git.setConfig({ fs, gitdir: path, path: `remote.origin.${key}`, value });
  }
  await fetchWithoutGit(remote, path, signal);
}

/** Brings a mirror up to date; as copyWithoutGit(). */
export async function fetchWithoutGit(remote: RemoteLocation, path: string, signal: AbortSignal): Promise<void> {
  assertHttp(remote);
  const { default: git } = await import('isomorphic-git');
  const { default: client } = await import('isomorphic-git/http/node');
  // Its client never takes its listeners off the signal that it gets.
  using link = linked(signal);
  const request = async (options: GitHttpRequest): Promise<GitHttpResponse> => {
    signal.throwIfAborted();
    return client.request({ ...options, signal: link.signal });
  };
  const { url, credentials } = remote;
  const connection = { http: { request }, url, ...(credentials === null ? {} : { onAuth: () => ({ ...credentials }), onAuthFailure: () => ({ cancel: true }) }) };
  // First the refs: what they name is then among the objects that come, however the branch moves meanwhile.
  const refs = await git.listServerRefs({ ...connection, symrefs: true });
  await git.setConfig({ fs, gitdir: path, path: `remote.${FETCHED_AS}.fetch`, value: '+refs/heads/*:refs/heads/*' });
  if (refs.length > 0) await git.fetch({ ...connection, fs, gitdir: path, remote: FETCHED_AS, tags: true, onProgress: () => signal.throwIfAborted() });
  signal.throwIfAborted();
  replaceRefs(path, refs);
}

/** All refs become packed ones, in one step. Those that went between the two answers have no object here, and are left out. */
function replaceRefs(path: string, refs: readonly { readonly ref: string; readonly oid: string; readonly target?: string | undefined }[]): void {
  const store = new ObjectStore(join(path, 'objects'));
  const there = refs.filter(({ ref, oid }) => ref.startsWith('refs/') && isRefName(ref) && /^[0-9a-f]{40}$/.test(oid) && store.find(oid) !== null);
  store.close();
  const lines = there.map(({ ref, oid }) => `${oid} ${ref}\n`).sort((a, b) => (a.slice(41) < b.slice(41) ? -1 : 1));
  replaceFile(join(path, 'packed-refs'), `# pack-refs with: sorted \n${lines.join('')}`);
  const head = refs.find(({ ref }) => ref === 'HEAD')?.target;
  if (head !== undefined && isRefName(head)) replaceFile(join(path, 'HEAD'), `ref: ${head}\n`);
  for (const name of fs.readdirSync(join(path, 'refs'))) fs.rmSync(join(path, 'refs', name), { recursive: true });
  for (const name of ['heads', 'tags']) fs.mkdirSync(join(path, 'refs', name), { recursive: true });
}

function replaceFile(path: string, text: string): void {
  fs.writeFileSync(`${path}.kubetape`, text);
  fs.renameSync(`${path}.kubetape`, path);
}

function assertHttp({ url }: RemoteLocation): void {
  if (/^https?:/i.test(url)) return;
  throw new RepositoryError('UNSUPPORTED', `${url} cannot be copied without a git program`, { hint: 'Install git (and ssh), or copy the repository yourself and name the folder' });
}
