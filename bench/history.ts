// The reading side on a repository of 100,000 files with a long history, beside native git in the same run.
//   npm run --silent build && node --import tsx bench/history.ts [--commits N] [--folder DIR] [--rounds N]
// The repository stays in the folder (default: <tmp>/kubetape-bench-history), so that the next run need not make it.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { typeName } from '../src/model/resource-type.js';
import { objectAt } from './history-objects.js';
import { benchRepository, type BenchRepository } from './history-repository.js';
import { sample } from './measure.js';

const { values } = parseArgs({ options: { commits: { type: 'string', default: '10000' }, folder: { type: 'string', default: join(tmpdir(), 'kubetape-bench-history') }, rounds: { type: 'string', default: '5' } } });
const COMMITS = Number(values.commits);
const ROUNDS = Number(values.rounds);
const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');
const OUT = join(values.folder, 'out');
/** Native git beside a million commits may take minutes for one answer. */
const PATIENCE_MS = 60_000;
/** Above this many commits the index is built once: what the bench built is given to the commands. */
const BUILT_TWICE = 100_000;

interface Result {
  /** Milliseconds, sorted; empty when it failed. */
  readonly ms: readonly number[];
  readonly peakMb: number;
  /** Least CPU of a run, user and system: what is left of the time when nothing else runs. */
  readonly cpuMs: number;
  readonly lines: number;
  readonly failure: string | null;
}

mkdirSync(values.folder, { recursive: true });
const started = performance.now();
const repository = benchRepository(values.folder, COMMITS, (done) => process.stderr.write(`\r${done} commits `));
process.stdout.write(`node ${process.version}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1)}; ${repository.commits} commits, 100,000 files (${((performance.now() - started) / 1000).toFixed(0)} s to have it) in ${repository.path}\n`);
check(repository);
await index(repository);
await commands(repository);

/** What was made is a repository like any other. */
function check({ path, commits }: BenchRepository): void {
  if (git(path, 'rev-list', '--count', 'main').trim() !== String(commits)) throw new Error('git counts other commits');
  if (COMMITS <= 20_000) git(path, 'fsck', '--strict', '--no-dangling');
}

async function index({ path }: BenchRepository): Promise<void> {
  const folder = join(values.folder, 'index');
  rmSync(folder, { recursive: true, force: true });
  const text = execFileSync(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'history-index.ts'), path, folder], { encoding: 'utf8' });
  const { seconds, cpuSeconds, commits, bytes, peakMb } = JSON.parse(text) as Record<'seconds' | 'cpuSeconds' | 'commits' | 'bytes' | 'peakMb', number>;
  line('index of the history, from nothing', `${seconds.toFixed(1)} s`, `${Math.round(commits / seconds)} commits/s (CPU ${cpuSeconds.toFixed(1)} s), ${(bytes / 1e6).toFixed(1)} MB, ${Math.round(bytes / commits)} B a commit, peak ${peakMb.toFixed(0)} MB with tsx`);
  const theirs = join(path, 'kubetape', 'history', 'heads%2Fmain');
  rmSync(join(path, 'kubetape'), { recursive: true, force: true });
  if (COMMITS > BUILT_TWICE) cpSync(folder, theirs, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
}

async function commands({ path, last, first, before10k, ordinary, hot }: BenchRepository): Promise<void> {
  const ours = (...args: string[]): readonly string[] => [process.execPath, MAIN, '--repo', path, '--no-pager', ...args];
  const theirs = (...args: string[]): readonly string[] => ['git', '--git-dir', path, ...args];
  const { type, namespace, name, path: file } = objectAt(ordinary.object);
  const object = `${typeName(type)}/${name}`;
  const churning = objectAt(hot.object);

  await compare('--help', 150, [process.execPath, MAIN, '--help']);
  await compare('show, at HEAD', 300, ours('show', object, '-n', namespace), theirs('show', `${last}:${file}`));
  await compare('show, at an old commit', 300, ours('show', object, '-n', namespace, '--at', first), theirs('show', `${first}:${file}`));
  await compare('ls -n NS', 300, ours('ls', '-n', namespace), theirs('ls-tree', '-r', last, '--', `namespaces/${namespace}`));
  await compare('ls -A', 1500, ours('ls', '-A'), theirs('ls-tree', '-r', last));
  await compare('ls -A -o name', 1500, ours('ls', '-A', '-o', 'name'));
  await compare(COMMITS > BUILT_TWICE ? 'first log' : 'first log: builds the index', null, ours('log', object, '-n', namespace), undefined, 1);
  await compare(`log of an object with ${ordinary.changes} changes`, 500, ours('log', object, '-n', namespace), theirs('-c', 'core.commitGraph=false', 'log', '--format=%H %s', '--', file));
  await compare(`log of one with ${hot.changes} changes`, 500, ours('log', `${typeName(churning.type)}/${churning.name}`, '-n', churning.namespace), theirs('-c', 'core.commitGraph=false', 'log', '--format=%H %s', '--', churning.path));
  await compare('log -n NS, the newest 50', 500, ours('log', '-n', namespace, '--max-count', '50'), theirs('-c', 'core.commitGraph=false', 'log', '-50', '--format=%H %s', '--', `namespaces/${namespace}`));
  await changedPaths(path, file);
  await compare('diff A B, 10,000 changes', 500, ours('diff', before10k, last, '-A'), theirs('diff', '--no-renames', '--raw', before10k, last), ROUNDS, [0, 1]);
  await compare('diff A B -o summary', 500, ours('diff', before10k, last, '-A', '-o', 'summary'), theirs('diff', '--no-renames', before10k, last), ROUNDS, [0, 1]);
}

/** Git's own index of paths: how long it takes, and what it gives. */
async function changedPaths(path: string, file: string): Promise<void> {
  const begun = performance.now();
  const made = spawnSync('git', ['--git-dir', path, 'commit-graph', 'write', '--reachable', '--changed-paths'], { timeout: PATIENCE_MS, stdio: 'ignore' });
  const graph = join(path, 'objects', 'info', 'commit-graph');
  if (made.status !== 0) return line('  git commit-graph --changed-paths', `more than ${PATIENCE_MS / 1000} s`, '');
  line('  git commit-graph --changed-paths', `${((performance.now() - begun) / 1000).toFixed(1)} s`, `${(statSync(graph).size / 1e6).toFixed(1)} MB`);
  report('  git log with it', null, await times(['git', '--git-dir', path, 'log', '--format=%H %s', '--', file], ROUNDS, [0]));
  rmSync(graph);
}

/** Ours, and git's equivalent where there is one. */
async function compare(what: string, targetMs: number | null, ours: readonly string[], theirs?: readonly string[], rounds = ROUNDS, codes: readonly number[] = [0]): Promise<void> {
  const own = await times(ours, rounds, codes);
  const native = theirs === undefined ? undefined : await times(theirs, rounds, [0]);
  report(what, targetMs, own);
  if (native === undefined) return;
  const ratio = own.failure === null && native.failure === null ? `${(middle(own.ms) / middle(native.ms)).toFixed(1)}x git` : '';
  report(`  git ${theirs?.find((word, i) => i > 2 && /^[a-z-]{3,}$/.test(word) && !word.startsWith('-'))}`, null, native, ratio);
}

function report(what: string, targetMs: number | null, { ms, peakMb, cpuMs, lines, failure }: Result, more = ''): void {
  if (failure !== null) return line(what, 'FAILED', failure);
  const target = targetMs === null ? '' : `, target ${targetMs} ms${middle(ms) > targetMs ? ' MISSED' : ''}`;
  line(what, `${middle(ms).toFixed(0)} ms`, `max ${(ms.at(-1) ?? NaN).toFixed(0)} ms of ${ms.length}, CPU ${cpuMs.toFixed(0)} ms, ${peakMb.toFixed(0)} MB, ${lines} lines${target}${more === '' ? '' : `, ${more}`}`);
}

async function times(command: readonly string[], rounds: number, codes: readonly number[]): Promise<Result> {
  const ms: number[] = [];
  let peakMb = 0;
  let cpuMs = Infinity;
  let lines = 0;
  for (let round = 0; round < rounds; round++) {
    const run = await once(command);
    if (run.exitCode === null || !codes.includes(run.exitCode)) return { ms: [], peakMb, cpuMs, lines, failure: run.exitCode === null ? `more than ${PATIENCE_MS / 1000} s` : `exit ${run.exitCode}: ${run.stderr.trim().split('\n')[0]}` };
    ms.push(run.ms);
    peakMb = Math.max(peakMb, run.peakMb);
    cpuMs = Math.min(cpuMs, run.cpuMs);
    lines = run.lines;
    // What takes this long is not asked often.
    if (run.ms > 20_000) break;
  }
  return { ms: ms.sort((a, b) => a - b), peakMb, cpuMs, lines, failure: null };
}

/** One process from start to exit; its output goes to a file. */
async function once([program = '', ...args]: readonly string[]): Promise<{ ms: number; peakMb: number; cpuMs: number; lines: number; exitCode: number | null; stderr: string }> {
  const out = openSync(OUT, 'w');
  const begun = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', out, 'pipe'], timeout: PATIENCE_MS, env: { ...process.env, GIT_PAGER: 'cat' } });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  let peakMb = 0;
  let cpuMs = 0;
  const sampler = setInterval(() => {
    const now = sample(child);
    peakMb = Math.max(peakMb, now?.peakMb ?? 0);
    cpuMs = Math.max(cpuMs, (now?.cpuSeconds ?? 0) * 1000);
  }, 10);
  const [exitCode, ms] = await new Promise<[number | null, number]>((resolve) => child.once('exit', (code) => { resolve([code, performance.now() - begun]); }));
  clearInterval(sampler);
  closeSync(out);
  return { ms, peakMb, cpuMs, lines: readFileSync(OUT).filter((byte) => byte === 10).length, exitCode, stderr };
}

function middle(sorted: readonly number[]): number {
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? NaN;
}

function line(what: string, value: string, more: string): void {
  process.stdout.write(`${what.padEnd(44)} ${value.padStart(12)}   ${more}\n`);
}

function git(path: string, ...args: string[]): string {
  return execFileSync('git', ['--git-dir', path, ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
}
