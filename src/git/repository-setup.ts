import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RepositoryError } from '../model/repository-error.js';
import { isTrue, parseGitConfig } from './git-config.js';
import { fsyncFolder, guarded, ifThere, writeAll } from './io.js';

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
\tlogAllRefUpdates = false
[gc]
\tauto = 0
[maintenance]
\tauto = false
`;

/** Names that a creation which was cut short can have left. */
const BEGUN = /^(objects|refs|config(\.kubetape)?|HEAD\.kubetape|kubetape\.lock.*)$/;

export type Finding = 'repository' | 'creatable' | 'absent';

/**
 * What is at a path: a git directory, nothing (or an empty folder, or a creation that was cut short), or nothing that
 * may be touched, which throws NOT_OURS. Changes nothing.
 */
export function inspectPath(path: string): Finding {
  return guarded(`reading ${path}`, () => {
    const names = ifThere(() => readFolder(path));
    if (names === undefined) return 'absent';
    if (['HEAD', 'objects', 'refs'].every((name) => names.includes(name))) return 'repository';
    if (names.includes('.git')) throw nonBare(path);
    if (names.every((name) => BEGUN.test(name))) return 'creatable';
    const hint = 'Choose an empty or a new folder';
    throw new RepositoryError('NOT_OURS', `${path} is neither a git repository nor an empty folder`, { hint });
  });
}

function readFolder(path: string): string[] {
  if (statSync(path).isDirectory()) return readdirSync(path);
  throw new RepositoryError('NOT_OURS', `${path} is not a folder`, { hint: 'Choose an empty or a new folder' });
}

/** Makes a bare repository; HEAD comes last, so that one which was cut short is none and can be made again. */
export function createRepository(path: string, ref: string): void {
  guarded(`creating the repository ${path}`, () => {
    for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags']) mkdirSync(join(path, folder), { recursive: true });
    writeDurably(join(path, 'config'), CONFIG);
    writeDurably(join(path, 'HEAD'), `ref: ${ref}\n`);
    for (const folder of ['objects', 'refs', '.', '..']) fsyncFolder(join(path, folder));
  });
}

function writeDurably(path: string, text: string): void {
  const temporary = `${path}.kubetape`;
  const fd = openSync(temporary, 'w');
  try {
    writeAll(fd, Buffer.from(text), 0);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
  fsyncFolder(dirname(path));
}

const KNOWN_EXTENSIONS = new Set(['noop', 'preciousobjects', 'worktreeconfig', 'objectformat', 'refstorage', 'relativeworktrees', 'compatobjectformat']);

/** RepositoryError UNSUPPORTED, with the cure, for every kind of repository that we could not write correctly. */
export function assertSupported(path: string): void {
  if (existsSync(join(path, 'commondir'))) throw refused(`${path} is a linked worktree`, 'Name the bare repository itself');
  const config = readConfig(path);
  if (!isTrue(config.get('core.bare'))) throw nonBare(path);
  assertComplete(path, config);
}

/** RepositoryError UNSUPPORTED, with the cure, for every kind of repository that we could not read completely. `path`: the common git directory. */
export function assertReadable(path: string): void {
  assertComplete(path, readConfig(path));
}

function readConfig(path: string): ReadonlyMap<string, string> {
  return guarded(`reading ${path}/config`, () => parseGitConfig(ifThere(() => readFileSync(join(path, 'config'), 'utf8')) ?? ''));
}

function assertComplete(path: string, config: ReadonlyMap<string, string>): void {
  const version = Number(config.get('core.repositoryformatversion') ?? '0');
  if (!(version <= 1)) throw refused(`${path} has repository format version ${config.get('core.repositoryformatversion')}`, 'Use a newer kubetape, or a repository of its own');
  if ((config.get('extensions.objectformat') ?? 'sha1') !== 'sha1') {
    throw refused(`${path} uses SHA-256 object ids`, 'Make a new repository (git init --bare --object-format=sha1), or let kubetape make one');
  }
  if ((config.get('extensions.refstorage') ?? 'files') !== 'files') {
    throw refused(`${path} keeps its refs as ${config.get('extensions.refstorage')}`, 'Convert it with `git refs migrate --ref-format=files`');
  }
  const promisor = [...config].some(([key, value]) => key === 'extensions.partialclone' || (/^remote\..*\.promisor$/.test(key) && isTrue(value)));
  if (promisor) throw refused(`${path} is a partial clone: objects are missing`, 'Make a full clone: git clone --bare without --filter');
  if (existsSync(join(path, 'shallow'))) throw refused(`${path} is a shallow clone: history is missing`, 'Complete it with `git fetch --unshallow`');
  const unknown = [...config.keys()].find((key) => version >= 1 && key.startsWith('extensions.') && !KNOWN_EXTENSIONS.has(key.slice(11)));
  if (unknown !== undefined) throw refused(`${path} uses ${unknown}, which kubetape does not know`, 'Use a repository of its own');
}

function refused(message: string, hint: string): RepositoryError {
  return new RepositoryError('UNSUPPORTED', message, { hint });
}

function nonBare(path: string): RepositoryError {
  return refused(`${path} is not a bare repository`, 'kubetape writes into bare repositories only: name an empty or new folder, and clone it to work on the files');
}
