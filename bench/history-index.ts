// Builds the index of a history from nothing, in a process of its own: node --import tsx bench/history-index.ts REPOSITORY FOLDER
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCommit } from '../src/git/commit-object.js';
import { HistoryIndex } from '../src/git/history-index/history-index.js';
import { forwardChanges } from '../src/git/history.js';
import { ObjectStore } from '../src/git/object-store.js';
import { readRef } from '../src/git/refs.js';
import type { CommitInfo, Oid } from '../src/model/tape.js';

const [repository = '', folder = ''] = process.argv.slice(2);
const store = new ObjectStore(join(repository, 'objects'));
const changes = forwardChanges((oid) => store.read(oid, 'tree'));
const commit = (oid: Oid): CommitInfo => parseCommit(oid, store.read(oid, 'commit'));
const index = HistoryIndex.open(folder, folder);
const started = performance.now();
await index.update(commit(readRef(repository, 'refs/heads/main') as Oid), { commit, changes: (before, after) => changes(before?.tree ?? null, after.tree) }, new AbortController().signal);
const seconds = (performance.now() - started) / 1000;
const cpu = process.cpuUsage();
const peakMb = Number(/^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;
process.stdout.write(`${JSON.stringify({ seconds, cpuSeconds: (cpu.user + cpu.system) / 1e6, commits: index.commits, bytes: index.bytes, peakMb })}\n`);
index.close();
store.close();
