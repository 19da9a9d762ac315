// What every commit of a branch did to every path, and whether an object's committed states are what the server had.
import { expect } from 'chai';
import { git, gitBytes } from './repo.js';

export interface PathChange {
  readonly path: string;
  /** Null: the path was not there. */
  readonly before: string | null;
  readonly after: string | null;
}

export interface CommitChanges {
  readonly oid: string;
  readonly changes: readonly PathChange[];
}

const ABSENT = /^0+$/;

/** Every commit of main, oldest first, with the paths of objects that it changed. */
export async function commitHistory(repository: string): Promise<CommitChanges[]> {
  const bytes = await gitBytes(repository, ['log', '--reverse', '--root', '--raw', '-z', '--no-renames', '--no-abbrev', '--format=tformat:%x01%H', 'main', '--', 'namespaces', 'cluster']);
  const found: { oid: string; changes: PathChange[] }[] = [];
  const words = bytes.toString('utf8').split('\0').map((word) => word.replace(/^\n/, ''));
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('\x01')) found.push({ oid: word.slice(1).trim(), changes: [] });
    if (!word.startsWith(':')) continue;
    const [, , before = '', after = ''] = word.split(' ');
    const path = words[++at] ?? '';
    found.at(-1)?.changes.push({ path, before: ABSENT.test(before) ? null : before, after: ABSENT.test(after) ? null : after });
  }
  return found;
}

/** The object ids of the trees that hold objects: equal in two repositories when these hold the same files. */
export async function objectTrees(repository: string, revision = 'main'): Promise<string> {
  const text = await git(repository, ['ls-tree', revision, '--', 'namespaces', 'cluster']);
  return text.split('\n').map((line) => line.split(/\s+/).slice(2).join(' ')).join(', ');
}

/** Files that differ between two repositories, to say more than "the trees differ". */
export async function differingFiles(left: string, right: string): Promise<string[]> {
  const read = async (repository: string): Promise<Map<string, string>> => {
    const text = await git(repository, ['ls-tree', '-r', '-z', 'main', '--', 'namespaces', 'cluster']);
    return new Map(text.split('\0').filter((entry) => entry !== '').map((entry) => [entry.slice(entry.indexOf('\t') + 1), entry.split(/\s/)[2] ?? '']));
  };
  const [ours, theirs] = [await read(left), await read(right)];
  return [...new Set([...ours.keys(), ...theirs.keys()])].filter((path) => ours.get(path) !== theirs.get(path)).sort();
}

/** Throws unless the trees of objects are the same in both repositories. */
export async function expectSameTrees(left: string, right: string): Promise<void> {
  if ((await objectTrees(left)) !== (await objectTrees(right))) throw new Error(`These files differ: ${(await differingFiles(left, right)).join(', ')}`);
}

/**
 * Throws unless `committed` is a subsequence of `server` in order, and ends with its last state (decisions.md §7). Both
 * are states after each other, null where the object was not there; equal neighbours count as one.
 */
export function expectSubsequence(committed: readonly (string | null)[], server: readonly (string | null)[], what: string): void {
  let at = -1;
  for (const state of committed) {
    const next = server.indexOf(state, at + 1);
    expect(next, `${what}: committed ${JSON.stringify(committed)}, the server had ${JSON.stringify(server)}`).to.be.greaterThan(-1);
    at = next;
  }
  expect(committed.at(-1) ?? null, `${what}: the last state`).to.equal(server.at(-1) ?? null);
}
