// Histories for the tests of the reading side: made by our own writer, opened by openHistory().
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openHistory, type OpenHistoryOptions } from '../../../src/git/open-history.js';
import type { History, LogEntry, LogQuery } from '../../../src/model/history.js';
import type { CommitInfo } from '../../../src/model/tape.js';
import { random } from '../../support/scale.js';
import { commit, FORMAT, newFolder, openTape } from './support.js';

export const SIGNAL = new AbortController().signal;

/** First commit of every history here: 2026-11-01T00:00:00Z. */
export const BEGIN = Date.UTC(2026, 10, 1) / 1000;

const opened: History[] = [];

/** Opens for reading; closed by closeHistories() in afterEach. */
export async function open(location: string, options: Partial<OpenHistoryOptions> = {}): Promise<History> {
  const history = await openHistory({ location, cacheFolder: join(newFolder(), 'cache'), now: () => (BEGIN + 86_400) * 1000, timeZone: 'UTC', ...options }, SIGNAL);
  opened.push(history);
  return history;
}

export function closeHistories(): void {
  for (const history of opened.splice(0)) history.close();
}

/** A bare repository with `count` commits one minute apart, each of which changes one of 40 files; oldest commit first. */
export async function makeHistory(path: string, count: number, branch = 'main'): Promise<CommitInfo[]> {
  let at = BEGIN;
  const tape = await openTape(path, { branch, now: () => at * 1000 });
  const draw = random(7);
  const lines = 'spec:\n  some: text that is the same in all of them\n'.repeat(8);
  const commits = [commit(tape, { ...FORMAT, 'cluster/namespaces/shop.yaml': 'kind: Namespace\n' }, 'first\n\nKubetape-Event: baseline\nKubetape-Complete-To: 100\n')];
  for (let i = 1; i < count; i++) {
    at += 60;
    const name = Math.floor(draw() * 40);
    commits.push(commit(tape, { [`namespaces/shop/deployments.apps/web-${name}.yaml`]: `${lines}revision: ${i}\n` }, `change ${i}\n\nKubetape-Event: change\nKubetape-Complete-To: ${100 + i * 10}\n`));
  }
  tape.close();
  return commits;
}

/** The same layout by `git fast-import`, for histories that are too long to be written one durable commit after the other; ids, oldest first. */
export function importHistory(path: string, count: number): string[] {
  mkdirSync(path, { recursive: true });
  gitIn(path, 'init', '-q', '--bare', '-b', 'main', '.');
  const commits = Array.from({ length: count }, (_, i) => {
    const text = `kind: Deployment\nrevision: ${i}\n`;
    const file = (name: string, content: string): string => `M 100644 inline ${name}\ndata ${content.length}\n${content}\n`;
    const message = `change ${i}\n\nKubetape-Complete-To: ${100 + i * 10}\n`;
    const files = (i === 0 ? file('.kubetape/format', FORMAT['.kubetape/format']) : '') + file(`namespaces/shop/deployments.apps/web-${i % 40}.yaml`, text);
    return `commit refs/heads/main\nmark :${i + 1}\ncommitter kubetape <kubetape@localhost> ${BEGIN + i * 60} +0000\ndata ${message.length}\n${message}\n${files}`;
  });
  const marks = join(newFolder(), 'marks');
  execFileSync('git', ['fast-import', '--quiet', `--export-marks=${marks}`], { cwd: path, input: commits.join('') });
  const ids = new Map(readFileSync(marks, 'utf8').trim().split('\n').map((line) => line.slice(1).split(' ') as [string, string]));
  return commits.map((_, i) => ids.get(`${i + 1}`) ?? '');
}

/** Git in a folder, with a fixed identity and none of this machine's configuration; without the last line end. */
export function gitIn(folder: string, ...args: string[]): string {
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost', '-c', 'safe.directory=*', '-c', 'protocol.file.allow=always'];
  const env = { PATH: process.env['PATH'], HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', env, stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 28 }).replace(/\n$/, '');
}

/** A file of a folder, with the folders above it. */
export function write(folder: string, name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

/** Writes a commit object, with the real git; its id. */
export function writeCommit(repository: string, data: Buffer): string {
  const file = join(newFolder(), 'commit');
  writeFileSync(file, data);
  return gitIn(repository, 'hash-object', '-t', 'commit', '-w', file);
}

export async function logOf(history: History, query: Omit<LogQuery, 'from'> & { from?: CommitInfo }): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of history.log({ from: history.head(), ...query }, SIGNAL)) entries.push(entry);
  return entries;
}
