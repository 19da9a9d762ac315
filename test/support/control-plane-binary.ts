// Where etcd, kube-apiserver, kube-controller-manager and kubectl for the tests come from.
// Alone: `node --import tsx test/support/control-plane-binary.ts` prints the path, building it first where it must.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLockFile } from './lock-file.js';

export type ProgramName = 'etcd' | 'kube-apiserver' | 'kube-controller-manager' | 'kubectl';

/** How a program is started: the file and the arguments that come before its own. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

export interface ControlPlanePrograms {
  /** A binary of the module, or the folder of KUBEBUILDER_ASSETS. */
  readonly location: string;
  readonly programs: Readonly<Record<'etcd' | 'kube-apiserver', Program>> & Partial<Readonly<Record<ProgramName, Program>>>;
}

export interface LookupOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** The Go module; default: test/control-plane. */
  readonly module?: string;
  readonly progress?: (line: string) => void;
  /** Time between two lines of progress, milliseconds. */
  readonly progressMs?: number;
}

const REQUIRED: readonly ProgramName[] = ['etcd', 'kube-apiserver'];
const OPTIONAL: readonly ProgramName[] = ['kube-controller-manager', 'kubectl'];

/** What to tell a person who has none. */
export const HOW_TO_GET_ONE =
  'install Go (https://go.dev/dl; the tests then build one, once, in about 10 minutes), or set KUBEBUILDER_ASSETS to a folder with etcd and kube-apiserver';

/**
 * The programs, in this order: `KUBEBUILDER_ASSETS`; the binary in the user's cache; `go build` of the module into the
 * cache. Null when there is none and no `go`. Throws when KUBEBUILDER_ASSETS is set and wrong, or when the build fails.
 */
export async function findControlPlane(options: LookupOptions = {}): Promise<ControlPlanePrograms | null> {
  const env = options.env ?? process.env;
  const assets = env['KUBEBUILDER_ASSETS'];
  if (assets !== undefined && assets !== '') return fromFolder(resolve(assets));
  const module = options.module ?? fileURLToPath(new URL('../control-plane', import.meta.url));
  const binary = cachedBinaryPath(module, env);
  if (!isExecutable(binary)) {
    const go = onPath('go', env);
    if (go === null) return null;
    await buildInto(binary, go, module, env, options);
  }
  return fromBinary(binary);
}

/** Where the binary of this state of the module is kept: the folder's name is a hash of all that decides its content. */
export function cachedBinaryPath(module: string, env: NodeJS.ProcessEnv): string {
  const hash = createHash('sha256');
  const files = readdirSync(module).filter((name) => name === 'go.mod' || name === 'go.sum' || name.endsWith('.go')).sort();
  for (const name of files) hash.update(`${name}\0`).update(readFileSync(join(module, name))).update('\0');
  hash.update(buildArguments(module).join('\0')).update(`\0${process.platform}/${process.arch}`);
  const cache = env['XDG_CACHE_HOME'] ? env['XDG_CACHE_HOME'] : join(env['HOME'] ?? homedir(), '.cache');
  return join(cache, 'kubetape', 'control-plane', hash.digest('hex').slice(0, 24), 'control-plane');
}

/** Flags of `go build`. kubectl refuses a server without a version string, so the module's own Kubernetes version is linked in. */
function buildArguments(module: string): string[] {
  const found = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\S+)/.exec(readFileSync(join(module, 'go.mod'), 'utf8'));
  const [, version = 'v0.0.0', major = '0', minor = '0'] = found ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitCommit: '0'.repeat(40), gitTreeState: 'clean', buildDate: '1970-01-01T00:00:00Z' };
  const flags = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-trimpath', '-ldflags', ['-s', '-w', ...flags].join(' ')];
}

async function buildInto(binary: string, go: string, module: string, env: NodeJS.ProcessEnv, options: LookupOptions): Promise<void> {
  const progress = options.progress ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const folder = join(binary, '..');
  mkdirSync(folder, { recursive: true });
  await withLockFile(`${folder}.lock`, () => progress('control plane: another process is building it; waiting'), async () => {
    if (isExecutable(binary)) return;
    const partial = `${binary}.${process.pid}`;
    const started = Date.now();
    progress(`control plane: building ${binary} (once; about 9 minutes on 2 cores, 5 GB of Go caches)`);
    const timer = setInterval(() => progress(`control plane: building, ${elapsed(started)}`), options.progressMs ?? 15_000);
    try {
      await runGo(go, ['build', ...buildArguments(module), '-o', partial, '.'], module, env);
      renameSync(partial, binary);
      progress(`control plane: built in ${elapsed(started)}`);
    } finally {
      clearInterval(timer);
      rmSync(partial, { force: true });
    }
  });
}

async function runGo(go: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<void> {
  await new Promise<void>((done, fail) => {
    const child = spawn(go, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-4000)));
    child.once('error', fail);
    child.once('close', (code) => (code === 0 ? done() : fail(new Error(`go build of the control plane failed (exit ${code}) in ${cwd}:\n${words.trim()}`))));
  });
}

function fromBinary(binary: string): ControlPlanePrograms {
  const program = (name: ProgramName): Program => ({ file: binary, args: [name] });
  return {
    location: binary,
    programs: {
      etcd: program('etcd'),
      'kube-apiserver': program('kube-apiserver'),
      'kube-controller-manager': program('kube-controller-manager'),
      kubectl: program('kubectl'),
    },
  };
}

function fromFolder(folder: string): ControlPlanePrograms {
  const missing = REQUIRED.filter((name) => !isExecutable(join(folder, name)));
  if (missing.length > 0) throw new Error(`KUBEBUILDER_ASSETS is ${folder}, but there is no program ${missing.join(' and no ')} in it`);
  const there = [...REQUIRED, ...OPTIONAL].filter((name) => isExecutable(join(folder, name)));
  const programs = Object.fromEntries(there.map((name) => [name, { file: join(folder, name), args: [] }]));
  return { location: folder, programs: programs as unknown as ControlPlanePrograms['programs'] };
}

function onPath(name: string, env: NodeJS.ProcessEnv): string | null {
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  if (!existsSync(file) || !statSync(file).isFile()) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function elapsed(since: number): string {
  const seconds = Math.round((Date.now() - since) / 1000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, '0')}s`;
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const found = await findControlPlane();
  if (found === null) {
    process.stderr.write(`control plane: none here; ${HOW_TO_GET_ONE}\n`);
    process.exitCode = 1;
  } else {
    process.stdout.write(`${found.location}\n`);
  }
}
