// The git store alone: durable one-change commits and the import of 100,000 files, beside git fast-import, in one run.
// node --import tsx bench/micro-git.ts [files…]
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { GitTape } from '../src/git/git-tape.js';
import { blobOf } from '../src/lib/git-blob.js';
import { SILENT } from '../src/lib/log.js';

const COMMITS = 300;

interface File {
  readonly path: string;
  readonly content: Buffer;
}

function fileAt(i: number, version: number): File {
  const namespace = `team-${String(i % 100).padStart(3, '0')}`;
  const kind = `kind${i % 30}.example.io`;
  const filler = Array.from({ length: 32 }, (_, k) => `    example.com/key-${k}: "${((i + 1) * 2654435761 * (k + 7) + version).toString(36)} of ${i}"\n`).join('');
  const content = `apiVersion: example.io/v1\nkind: Kind${i % 30}\nmetadata:\n  name: object-${i}\n  namespace: ${namespace}\n  annotations:\n${filler}spec:\n  replicas: ${version}\n  image: registry.example.com/app-${i}:${version}\n`;
  return { path: `namespaces/${namespace}/${kind}/object-${i}.yaml`, content: Buffer.from(content) };
}

const FORMAT: File = { path: '.kubetape/format', content: Buffer.from('format: 1\n') };

interface Result {
  readonly importMs: number;
  readonly commitMs: readonly number[];
  readonly bytes: number;
}

async function ours(folder: string, files: readonly File[]): Promise<Result> {
  const path = join(folder, 'ours.git');
  const tape = await GitTape.open({ path, branch: 'main', create: true, log: SILENT });
  const start = performance.now();
  const draft = tape.begin();
  for (const { path: file, content } of files) draft.put(file, blobOf(content));
  draft.commit('import');
  const importMs = performance.now() - start;
  const commitMs: number[] = [];
  for (let n = 1; n <= COMMITS; n++) {
    const file = fileAt((n * 7919) % (files.length - 1), n);
    const began = performance.now();
    const change = tape.begin();
    change.put(file.path, blobOf(file.content));
    change.commit(`change ${n}`);
    commitMs.push(performance.now() - began);
  }
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const mergeStart = performance.now();
  const report = await tape.maintain();
  delay.disable();
  console.log(`  merge of ${report?.merged ?? 0} packs: ${(performance.now() - mergeStart).toFixed(0)} ms, longest stall ${(delay.max / 1e6).toFixed(0)} ms`);
  tape.close();
  execFileSync('git', ['--git-dir', path, 'fsck', '--strict'], { stdio: 'pipe' });
  return { importMs, commitMs, bytes: packBytes(path) };
}

async function fastImport(folder: string, files: readonly File[]): Promise<Result> {
  const path = join(folder, 'native.git');
  execFileSync('git', ['init', '-q', '--bare', path]);
  const start = performance.now();
  const child = spawn('git', ['-c', 'fastimport.unpackLimit=1', '--git-dir', path, 'fast-import', '--quiet']);
  child.stderr.pipe(process.stderr);
  const by = 'kubetape <kubetape@localhost> 1700000000 +0000';
  await send(child, `feature done\ncommit refs/heads/main\ncommitter ${by}\ndata 6\nimport\n`);
  for (const file of files) await send(child, modify(file));
  await checkpoint(child);
  const importMs = performance.now() - start;
  const commitMs: number[] = [];
  for (let n = 1; n <= COMMITS; n++) {
    const file = fileAt((n * 7919) % (files.length - 1), n);
    const began = performance.now();
    await send(child, `commit refs/heads/main\ncommitter ${by}\ndata 6\nchange\n`);
    await send(child, modify(file));
    await checkpoint(child);
    commitMs.push(performance.now() - began);
  }
  await send(child, 'done\n');
  await once(child, 'close');
  return { importMs, commitMs, bytes: packBytes(path) };
}

function modify({ path, content }: File): Buffer {
  return Buffer.concat([Buffer.from(`M 100644 inline ${path}\ndata ${content.length}\n`), content, Buffer.from('\n')]);
}

async function send(child: ChildProcessWithoutNullStreams, data: Buffer | string): Promise<void> {
  if (!child.stdin.write(data)) await once(child.stdin, 'drain');
}

/** Pack closed, fsynced, branch moved: what a commit of ours is. (unpackLimit=1, else git spawns a child to unpack each.) */
async function checkpoint(child: ChildProcessWithoutNullStreams): Promise<void> {
  const reached = once(child.stdout, 'data');
  await send(child, 'checkpoint\nprogress reached\n');
  await reached;
}

function packBytes(path: string): number {
  const folder = join(path, 'objects', 'pack');
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

function line(name: string, { importMs, commitMs, bytes }: Result, count: number): string {
  const sorted = [...commitMs].sort((a, b) => a - b);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? NaN).toFixed(2);
  return `  ${name.padEnd(24)} import ${(importMs / 1000).toFixed(2)} s (${Math.round(count / importMs)}k/s)  one change p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  packs ${(bytes / 1e6).toFixed(0)} MB`;
}

const counts = process.argv.slice(2).map(Number);
for (const count of counts.length > 0 ? counts : [1_000, 100_000]) {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-bench-'));
  try {
    const files = [FORMAT, ...Array.from({ length: count }, (_, i) => fileAt(i, 0))];
    console.log(`${count} files of ${Math.round(files.reduce((sum, { content }) => sum + content.length, 0) / files.length)} bytes, ${COMMITS} commits`);
    const native = await fastImport(folder, files);
    const own = await ours(folder, files);
    console.log(line('kubetape', own, count));
    console.log(line('git fast-import', native, count));
    console.log(`  import ours / fast-import: ${(own.importMs / native.importMs).toFixed(2)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
