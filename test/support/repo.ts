// Git repositories in tests, always read with the real git program.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface GitOptions {
  readonly stdin?: string | Uint8Array;
  /** Variables beside the fixed ones. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs git in a folder (bare repository or work tree) without the configuration of this machine; throws when it fails. */
export async function gitBytes(folder: string, args: readonly string[], options: GitOptions = {}): Promise<Buffer> {
  const env = {
    ...{ PATH: process.env['PATH'] ?? '', HOME: folder, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', LC_ALL: 'C', TZ: 'UTC' },
    ...{ GIT_AUTHOR_NAME: 'Test', GIT_AUTHOR_EMAIL: 'test@example.org', GIT_COMMITTER_NAME: 'Test', GIT_COMMITTER_EMAIL: 'test@example.org' },
    ...options.env,
  };
  return new Promise((done, fail) => {
    const child = spawn('git', ['-c', 'safe.directory=*', '-c', 'init.defaultBranch=main', ...args], { cwd: folder, env, stdio: 'pipe' });
    const out: Buffer[] = [];
    let words = '';
    child.stdout.on('data', (part: Buffer) => out.push(part));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.stdin.on('error', () => undefined); // git may leave without reading; its exit code tells
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done(Buffer.concat(out)) : fail(new Error(`git ${args.join(' ')} failed (exit ${code}) in ${folder}: ${`${words}\n${Buffer.concat(out).toString('utf8').slice(-2000)}`.trim()}`))));
    child.stdin.end(options.stdin ?? '');
  });
}

/** gitBytes() as text, without the last line break. */
export async function git(folder: string, args: readonly string[], options: GitOptions = {}): Promise<string> {
  return (await gitBytes(folder, args, options)).toString('utf8').replace(/\n$/, '');
}

/** Throws with git's words unless every object of the repository is whole and well formed. */
export async function fsck(folder: string): Promise<void> {
  await git(folder, ['fsck', '--strict', '--full', '--no-dangling', '--no-progress']);
}

export interface LogEntry {
  readonly oid: string;
  readonly parents: readonly string[];
  readonly subject: string;
  readonly body: string;
  /** Seconds since 1970. */
  readonly committedAt: number;
  /** Values by name, in order; a trailer may come more than once. */
  readonly trailers: ReadonlyMap<string, readonly string[]>;
}

/** Commits of a branch or range, newest first; none when the branch does not exist. */
export async function log(folder: string, revision: string, paths: readonly string[] = []): Promise<LogEntry[]> {
  if (!revision.includes('..') && !(await exists(folder, revision))) return [];
  const format = ['%H', '%P', '%ct', '%s', '%b', '%(trailers:only,unfold)'].join('%x00');
  const text = await git(folder, ['log', '-z', `--format=tformat:${format}%x00%x01`, revision, '--', ...paths]);
  return text.split('\x00\x01\x00').filter((entry) => entry !== '').map((entry) => {
    const [oid = '', parents = '', seconds = '', subject = '', body = '', trailers = ''] = entry.split('\0');
    return { oid, parents: parents.split(' ').filter((id) => id !== ''), subject, body, committedAt: Number(seconds), trailers: readTrailers(trailers) };
  });
}

async function exists(folder: string, revision: string): Promise<boolean> {
  return git(folder, ['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]).then(() => true, () => false);
}

function readTrailers(text: string): Map<string, string[]> {
  const trailers = new Map<string, string[]>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon);
    trailers.set(name, [...(trailers.get(name) ?? []), line.slice(colon + 2)]);
  }
  return trailers;
}

export interface TreeFile {
  readonly path: string;
  readonly mode: string;
  readonly oid: string;
}

/** Every file of a revision; paths as they are, not quoted. */
export async function tree(folder: string, revision: string): Promise<TreeFile[]> {
  const text = await git(folder, ['ls-tree', '-r', '-z', '--full-tree', revision]);
  return text.split('\0').filter((entry) => entry !== '').map((entry) => {
    const [head = '', path = ''] = [entry.slice(0, entry.indexOf('\t')), entry.slice(entry.indexOf('\t') + 1)];
    const [mode = '', , oid = ''] = head.split(' ');
    return { path, mode, oid };
  });
}

/** Content by object id, read in one `cat-file --batch`. */
export async function contents(folder: string, oids: Iterable<string>): Promise<Map<string, Buffer>> {
  const wanted = [...new Set(oids)];
  const output = await gitBytes(folder, ['cat-file', '--batch'], { stdin: wanted.map((oid) => `${oid}\n`).join('') });
  const found = new Map<string, Buffer>();
  for (let at = 0; at < output.length; ) {
    const end = output.indexOf(10, at);
    const [oid = '', type, size] = output.subarray(at, end).toString('latin1').split(' ');
    if (type === 'missing' || size === undefined) throw new Error(`There is no object ${oid} in ${folder}`);
    found.set(oid, output.subarray(end + 1, end + 1 + Number(size)));
    at = end + 1 + Number(size) + 1;
  }
  return found;
}

/** A file's text at a revision; null when it is not there. */
export async function fileAt(folder: string, revision: string, path: string): Promise<string | null> {
  const entry = (await git(folder, ['ls-tree', '-z', '--full-tree', revision, '--', `:(literal)${path}`])).replace(/\0$/, '');
  if (entry === '') return null;
  return (await gitBytes(folder, ['cat-file', 'blob', entry.split(/[ \t]/)[2] ?? ''])).toString('utf8');
}

export interface TreeChange {
  readonly status: 'A' | 'M' | 'D' | 'T';
  readonly path: string;
}

/** Files that differ between two revisions. */
export async function changes(folder: string, from: string, to: string): Promise<TreeChange[]> {
  const words = (await git(folder, ['diff-tree', '-r', '-z', '--no-renames', '--name-status', from, to])).split('\0');
  const found: TreeChange[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) found.push({ status: words[at] as TreeChange['status'], path: words[at + 1] ?? '' });
  return found;
}

/** A folder for the time of `work`; removed whatever happens. */
export async function withTempDir<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-test-'));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  }
}
