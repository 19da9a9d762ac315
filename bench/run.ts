// The whole tool against a real control plane on this machine, beside the fastest raw read of the same objects and
// git fast-import of the same files, in one run: npm run bench [-- 20000 100000]
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlPlane } from '../test/support/control-plane.js';
import { tokenOf } from '../test/support/control-plane-files.js';
import { call, configMap, load, type Api } from './load.js';
import { measure, quantile, row, sample, waitFor } from './measure.js';

const SIZES = process.argv.slice(2).map(Number).filter((size) => size > 0);
const NAMESPACES = 100;
const MAIN = join(import.meta.dirname, '..', 'dist', 'main.js');
const CONFIG_MAPS = '/api/v1/configmaps';

const folder = mkdtempSync(join(tmpdir(), 'kubetape-bench-'));
const plane = await ControlPlane.start();
const api: Api = { server: plane.server, token: tokenOf('admin') };
const kubeconfig = plane.kubeconfig();
try {
  process.stdout.write(`node ${process.version}, ${cpus().length} cores shared with kube-apiserver ${plane.server}\n`);
  let loaded = 0;
  for (const size of SIZES.length > 0 ? SIZES : [20_000, 100_000]) {
    const started = performance.now();
    await load(api, loaded, size, NAMESPACES);
    loaded = size;
    process.stdout.write(`\n== ${size} ConfigMaps in ${NAMESPACES} namespaces (loaded in ${((performance.now() - started) / 1000).toFixed(0)} s)\n`);
    await settle();
    await snapshots(size);
    await comparisons(size);
    await following(size);
  }
} finally {
  await plane.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The server's caches and controllers come to rest after a load. */
async function settle(): Promise<void> {
  await call(api, 'GET', CONFIG_MAPS, undefined, { 'accept-encoding': 'gzip' });
  await delay(3_000);
}

async function snapshots(size: number): Promise<void> {
  const repo = join(folder, `${size}.git`);
  const raw = await timed(() => call(api, 'GET', CONFIG_MAPS, undefined, { 'accept-encoding': 'gzip' }));
  row('fastest raw read: one unpaged LIST, gzip, nothing parsed', `${raw.toFixed(2)} s`);
  const args = [MAIN, 'export', '--repo', repo, '--kubeconfig', kubeconfig];
  const first = await measure(process.execPath, args);
  const rate = Math.round(size / first.seconds);
  row('export: API server to one durable commit', `${first.seconds.toFixed(2)} s`, `exit ${first.exitCode}, ${rate}/s, ${(first.seconds / raw).toFixed(1)}x raw read; target 12 s at 100,000`);
  row('  peak memory, CPU', `${first.peakMb.toFixed(0)} MB, ${first.cpuSeconds.toFixed(1)} s`, 'target 400 MB');
  if (first.exitCode !== 0) process.stdout.write(first.stderr);
  const head = git(repo, 'rev-parse', 'main');
  const second = await measure(process.execPath, args);
  row('export again, nothing changed', `${second.seconds.toFixed(2)} s`, `${head === git(repo, 'rev-parse', 'main') ? 'no commit, 0 objects written' : 'A COMMIT WAS MADE'}; target 6 s at 100,000`);
  row('  peak memory, CPU', `${second.peakMb.toFixed(0)} MB, ${second.cpuSeconds.toFixed(1)} s`);
  row('git fast-import of the same files, from a file', `${(await fastImport(repo, size)).toFixed(2)} s`);
}

/** Live against the head that was just written; run several times, because two cores are shared with the server. */
async function comparisons(size: number): Promise<void> {
  const repo = join(folder, `${size}.git`);
  for (const [command, target] of [['diff', 6], ['verify', 8]] as const) {
    const raw = await timed(() => call(api, 'GET', CONFIG_MAPS, undefined, { 'accept-encoding': 'gzip' }));
    const args = [MAIN, command, '--repo', repo, '--kubeconfig', kubeconfig, ...(command === 'verify' ? ['--patience', '0'] : [])];
    const runs = [await measure(process.execPath, args), await measure(process.execPath, args), await measure(process.execPath, args)];
    const seconds = runs.map((run) => run.seconds);
    row(`${command}: live against HEAD, median (slowest)`, `${quantile(seconds, 0.5).toFixed(2)} s (${Math.max(...seconds).toFixed(2)} s)`, `exit ${runs[0]?.exitCode}, ${(quantile(seconds, 0.5) / raw).toFixed(1)}x raw read (${raw.toFixed(2)} s); target ${target} s at 100,000`);
    row('  peak memory, CPU', `${Math.max(...runs.map((run) => run.peakMb)).toFixed(0)} MB, ${quantile(runs.map((run) => run.cpuSeconds), 0.5).toFixed(1)} s`, 'target 350 MB');
  }
}

async function fastImport(repo: string, size: number): Promise<number> {
  const stream = join(folder, 'stream');
  const paths = git(repo, 'ls-tree', '-r', '--name-only', 'main').split('\n');
  const contents = execFileSync('git', ['--git-dir', repo, 'cat-file', '--batch=%(objectsize)'], { input: paths.map((path) => `main:${path}\n`).join(''), maxBuffer: 2 ** 31 - 1 });
  const parts: Buffer[] = [Buffer.from('commit refs/heads/main\ncommitter b <b@b> 0 +0000\ndata 0\n')];
  let at = 0;
  for (const path of paths) {
    const end = contents.indexOf(10, at);
    const length = Number(contents.subarray(at, end).toString());
    parts.push(Buffer.from(`M 100644 inline ${path}\ndata ${length}\n`), contents.subarray(end + 1, end + 1 + length), Buffer.from('\n'));
    at = end + 1 + length + 1;
  }
  writeFileSync(stream, Buffer.concat(parts));
  const target = join(folder, `fast-${size}.git`);
  execFileSync('git', ['init', '-q', '--bare', target]);
  return timed(() => new Promise<void>((resolve, reject) => {
    const child = spawn('git', ['--git-dir', target, 'fast-import', '--quiet'], { stdio: [openSync(stream, 'r'), 'ignore', 'inherit'] });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`git fast-import ended with ${code}`))));
  }));
}

async function following(size: number): Promise<void> {
  const repo = join(folder, `${size}.git`);
  const args = [MAIN, 'mirror', '--repo', repo, '--kubeconfig', kubeconfig, '--listen', '127.0.0.1:0', '--log-format', 'json'];
  const started = performance.now();
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => { log += chunk.toString(); });
  try {
    await waitFor('the mirror is synced', () => log.includes('First complete sync'));
    row('mirror: start to first complete sync', `${((performance.now() - started) / 1000).toFixed(2)} s`);
    await delay(20_000);
    const rest = sample(child);
    await delay(20_000);
    const later = sample(child);
    const cpu = ((later?.cpuSeconds ?? NaN) - (rest?.cpuSeconds ?? NaN)) / 20;
    row('  steady memory, all watches open (peak)', `${later?.rssMb.toFixed(0)} MB (${later?.peakMb.toFixed(0)} MB)`, 'target 220 MB');
    row('  idle CPU over 20 s', `${(cpu * 100).toFixed(1)} %`, `idle commits: ${commitsSince(log)}`);
    const single = await singleChanges(repo);
    row('  event to commit, 60 single changes: p50 / p99', `${quantile(single, 0.5).toFixed(0)} / ${quantile(single, 0.99).toFixed(0)} ms`, 'window 1,000 ms + 50');
    log = '';
    const rate = await burst(500, 10, `at-${size}`);
    await delay(3_000);
    const lags = [...log.matchAll(/"lagMs":(\d+)/g)].map((match) => Number(match[1]));
    row(`  event to commit at ${rate.toFixed(0)} changes/s for 10 s: slowest`, `${Math.max(...lags)} ms`, 'window 1,000 ms + 250');
    const commitMs = [...log.matchAll(/"ms":(\d+)/g)].map((match) => Number(match[1]));
    row('  commits in it: p50 / slowest', `${quantile(commitMs, 0.5)} / ${Math.max(...commitMs)} ms`, `${commitMs.length} commits`);
  } finally {
    child.kill('SIGTERM');
    await new Promise((resolve) => child.on('exit', resolve));
    row('  git fsck --strict', git(repo, 'fsck', '--strict').includes('error') ? 'BROKEN' : 'sound');
  }
}

function commitsSince(log: string): number {
  return [...log.matchAll(/"Committed"/g)].length - (log.includes('"commit":"nothing changed"') ? 0 : 1);
}

/** From the server's answer to the moved branch, one change at a time, at random phases of nothing else. */
async function singleChanges(repo: string): Promise<number[]> {
  const lags: number[] = [];
  for (let i = 0; i < 60; i++) {
    const before = ref(repo);
    const { path, name } = configMap(i, NAMESPACES);
    await call(api, 'PATCH', `${path}/${name}`, JSON.stringify({ data: { revision: `single-${i}-${Date.now()}` } }), { 'content-type': 'application/merge-patch+json' });
    const answered = performance.now();
    await waitFor('the change is committed', () => ref(repo) !== before);
    lags.push(performance.now() - answered);
  }
  return lags;
}

function ref(repo: string): string {
  const file = join(repo, 'refs/heads/main');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}

/** `rate` patches a second for `seconds`; returns the rate that the server accepted. */
async function burst(rate: number, seconds: number, mark: string): Promise<number> {
  const started = performance.now();
  const pending: Promise<unknown>[] = [];
  for (let i = 0; i < rate * seconds; i++) {
    const due = started + (i / rate) * 1000;
    const wait = due - performance.now();
    if (wait > 1) await delay(wait);
    const { path, name } = configMap(i % 20_000, NAMESPACES);
    pending.push(call(api, 'PATCH', `${path}/${name}`, JSON.stringify({ data: { revision: `burst-${mark}-${i}` } }), { 'content-type': 'application/merge-patch+json' }));
  }
  await Promise.all(pending);
  return pending.length / ((performance.now() - started) / 1000);
}

function git(repo: string, ...args: string[]): string {
  return execFileSync('git', ['--git-dir', repo, ...args], { encoding: 'utf8', maxBuffer: 2 ** 30 }).trim();
}

async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await action();
  return (performance.now() - started) / 1000;
}
