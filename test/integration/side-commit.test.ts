// Commits of our own below refs/kubetape/, judged by the real git, beside a mirror, git's own housekeeping, and kill -9.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { openHistory } from '../../src/git/open-history.js';
import type { GitTape } from '../../src/git/git-tape.js';
import type { History } from '../../src/model/history.js';
import type { SideCommit } from '../../src/model/side-commit.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { propertySeed, random, scaled } from '../support/scale.js';
import { assertSound, commit, expectCode, FORMAT, git, gitFiles, newFolder, openTape, removeFolders } from '../unit/git/support.js';

const CHILD = fileURLToPath(new URL('../support/side-commit-child.ts', import.meta.url));
const signal = new AbortController().signal;

async function open(location: string, now = Date.now): Promise<History> {
  return openHistory({ location, branch: 'main', cacheFolder: join(newFolder(), 'cache'), now }, signal);
}

/** Changes as a side commit; null removes. */
function side(history: History, name: string, base: CommitInfo | null, changes: Readonly<Record<string, string | null>>, message = 'State before'): SideCommit {
  const draft = history.beginSide({ name, base, parents: [history.head()] });
  for (const [path, text] of Object.entries(changes)) {
    if (text === null) draft.remove(path);
    else draft.put(path, Buffer.from(text));
  }
  return draft.commit(message);
}

describe('side commits', () => {
  let path: string;
  let tape: GitTape;
  beforeEach(async () => {
    path = join(newFolder(), 'tape.git');
    tape = await openTape(path);
    commit(tape, { ...FORMAT, 'namespaces/a/configmaps/x.yaml': 'x: 1\n', 'namespaces/a/configmaps/y.yaml': 'y: 1\n', 'cluster/nodes/n.yaml': 'n: 1\n' });
  });
  afterEach(() => {
    tape.close();
    removeFolders();
  });

  it('have the tree of their base but for what was changed, and leave the branch alone', async () => {
    const history = await open(path);
    const head = history.head();
    const made = side(history, 'pre-restore/r1', head, { 'namespaces/a/configmaps/x.yaml': 'x: 2\n', 'cluster/nodes/n.yaml': null, 'namespaces/b/secrets/s.yaml': 's: 1\n' }, 'State before\n\nKubetape-Run: r1\n');

    expect(made.ref).to.equal('refs/kubetape/pre-restore/r1');
    expect(git(path, 'rev-parse', made.ref).trim()).to.equal(made.commit.oid);
    expect(Object.keys(gitFiles(path, made.ref))).to.deep.equal(['.kubetape/format', 'namespaces/a/configmaps/x.yaml', 'namespaces/a/configmaps/y.yaml', 'namespaces/b/secrets/s.yaml']);
    expect(git(path, 'show', `${made.ref}:namespaces/a/configmaps/x.yaml`)).to.equal('x: 2\n');
    expect(git(path, 'log', '-1', '--format=%P %(trailers:key=Kubetape-Run,valueonly)', made.ref).trim()).to.equal(`${head.oid} r1`);
    expect(git(path, 'rev-parse', 'main').trim()).to.equal(head.oid);
    expect(readdirSync(join(path, 'objects', 'pack')).filter((name) => !/\.(pack|idx)$/.test(name))).to.deep.equal([]);
    assertSound(path);
    history.close();
  });

  it('can begin with nothing, and take contents over from their parents', async () => {
    const history = await open(path);
    const oid = history.snapshot(history.head()).oidAt('namespaces/a/configmaps/y.yaml') ?? '';
    const draft = history.beginSide({ name: 'revert/r1', base: null, parents: [history.head()] });
    draft.put('.kubetape/format', Buffer.from('format: 1\n'));
    draft.keep('namespaces/a/configmaps/y.yaml', oid);
    const { ref } = draft.commit('Revert');

    expect(gitFiles(path, ref)).to.deep.include({ 'namespaces/a/configmaps/y.yaml': oid });
    expect(Object.keys(gitFiles(path, ref))).to.have.length(2);
    assertSound(path);
    history.close();
  });

  it('are made although nothing differs from the base, and replace one of their name', async () => {
    const history = await open(path);
    const first = side(history, 'pre-restore/r1', history.head(), {}, 'one');
    const second = side(history, 'pre-restore/r1', history.head(), {}, 'two');

    expect(first.commit.tree).to.equal(history.head().tree);
    expect(history.side('pre-restore/r1')?.commit.oid).to.equal(second.commit.oid);
    expect(history.side('pre-restore/r2')).to.equal(null);
    history.close();
  });

  it('are revisions, with their ancestors, also after git packed the refs', async () => {
    const history = await open(path);
    const head = history.head();
    const { commit: made } = side(history, 'pre-restore/20261121T080000Z-4f3a', head, { 'namespaces/a/configmaps/x.yaml': 'x: 2\n' });
    git(path, 'pack-refs', '--all');
    for (const given of ['pre-restore/20261121T080000Z-4f3a', 'kubetape/pre-restore/20261121T080000Z-4f3a', 'refs/kubetape/pre-restore/20261121T080000Z-4f3a']) {
      expect((await history.resolve(given, signal)).commit.oid, given).to.equal(made.oid);
    }
    expect((await history.resolve('pre-restore/20261121T080000Z-4f3a~1', signal)).commit.oid).to.equal(head.oid);
    expect((await history.resolve('pre-restore/20261121T080000Z-4f3a^', signal)).commit.oid).to.equal(head.oid);
    await history.resolve('pre-restore/20261121T080000Z-ffff', signal).then(() => { throw new Error('resolved'); }, (error: unknown) => {
      expect((error as { code: string }).code).to.equal('NOT_FOUND');
    });
    const entries = [];
    for await (const entry of history.log({ from: made, paths: ['namespaces/a/configmaps/x.yaml'] }, signal)) entries.push(entry.commit.oid);
    expect(entries).to.deep.equal([made.oid, head.oid]);
    history.close();
  });

  it('do not hide what a person called the same', async () => {
    const history = await open(path);
    side(history, 'pre-restore/r1', history.head(), { 'namespaces/a/configmaps/x.yaml': 'x: 2\n' });
    git(path, 'tag', 'pre-restore/r1', history.head().oid);

    expect((await history.resolve('pre-restore/r1', signal)).commit.oid).to.equal(history.head().oid);
    history.close();
  });

  it('survive our own merging of packs, and git gc and repack beside them', async () => {
    const history = await open(path);
    const made = [];
    for (let n = 0; n < 40; n++) {
      made.push(side(history, `pre-restore/r${n}`, history.head(), { 'namespaces/a/configmaps/x.yaml': `x: side ${n}\n` }));
      commit(tape, { 'namespaces/a/configmaps/y.yaml': `y: ${n}\n` });
      if (n % 10 === 9) await tape.maintain();
    }
    for (const args of [['repack', '-adq'], ['gc', '-q', '--prune=now']]) {
      git(path, ...args);
      for (const [n, { commit: each }] of made.entries()) {
        const snapshot = history.snapshot(history.commit(each.oid));
        expect(snapshot.read(snapshot.oidAt('namespaces/a/configmaps/x.yaml') ?? '').toString()).to.equal(`x: side ${n}\n`);
      }
    }
    assertSound(path);
    history.close();
  });

  it('are not disturbed by a mirror that starts while one is being made', async () => {
    const history = await open(path);
    const draft = history.beginSide({ name: 'pre-restore/r1', base: history.head(), parents: [history.head()] });
    for (let i = 0; i < 400; i++) draft.put(`namespaces/a/secrets/s${i}.yaml`, Buffer.from(`s: ${'x'.repeat(9000)}${Math.random()}\n`));
    tape.close();
    tape = await openTape(path);
    commit(tape, { 'namespaces/a/configmaps/x.yaml': 'x: 3\n' });
    const { ref } = draft.commit('made all the same');

    expect(Object.keys(gitFiles(path, ref))).to.have.length(404);
    assertSound(path);
    history.close();
  });

  it('leave nothing behind when they are given up', async () => {
    const history = await open(path);
    const before = readdirSync(join(path, 'objects', 'pack'));
    const draft = history.beginSide({ name: 'pre-restore/r1', base: history.head(), parents: [] });
    for (let i = 0; i < 400; i++) draft.put(`namespaces/a/secrets/s${i}.yaml`, Buffer.from(Array.from({ length: 9000 }, () => Math.floor(Math.random() * 256))));
    expect(readdirSync(join(path, 'objects', 'pack')).length).to.be.greaterThan(before.length);
    draft.discard();

    expect(readdirSync(join(path, 'objects', 'pack'))).to.deep.equal(before);
    expect(history.side('pre-restore/r1')).to.equal(null);
    history.close();
  });

  it('are refused with the cure while somebody holds the lock of their ref, and take over that of a dead run', async () => {
    const history = await open(path);
    side(history, 'pre-restore/r1', history.head(), {});
    const lock = join(path, 'refs/kubetape/pre-restore/r1.lock');
    writeFileSync(lock, '');
    const packs = readdirSync(join(path, 'objects', 'pack')).length;
    await expectCode('LOCKED', () => side(history, 'pre-restore/r1', history.head(), { 'namespaces/a/configmaps/x.yaml': 'x: 2\n' }));
    expect(readdirSync(join(path, 'objects', 'pack'))).to.have.length(packs);
    utimesSync(lock, 1, 1);
    const { commit: made } = side(history, 'pre-restore/r1', history.head(), { 'namespaces/a/configmaps/x.yaml': 'x: 2\n' });

    expect(history.side('pre-restore/r1')?.commit.oid).to.equal(made.oid);
    expect(existsSync(lock)).to.equal(false);
    history.close();
  });

  it('are refused under a name that is none of git', async () => {
    const history = await open(path);
    for (const name of ['pre-restore/a b', '../heads/main', 'pre-restore/x.lock', '']) await expectCode('NOT_FOUND', () => history.beginSide({ name, base: null, parents: [] }));
    history.close();
  });

  it('remove what a run left that died more than a day ago', async () => {
    const history = await open(path);
    const folder = join(path, 'objects', 'pack');
    for (const name of ['tmp_kubeside_dead', 'tmp_kubeside_now']) writeFileSync(join(folder, name), 'x');
    utimesSync(join(folder, 'tmp_kubeside_dead'), 1, 1);
    side(history, 'pre-restore/r1', history.head(), {});

    expect(readdirSync(folder).filter((name) => name.startsWith('tmp_'))).to.deep.equal(['tmp_kubeside_now']);
    history.close();
  });

  describe('of a repository that is read through a copy', () => {
    it('go into the cache, are found by the same URL, and say where they are', async () => {
      const cacheFolder = join(newFolder(), 'cache');
      const options = { location: `file://${path}`, branch: 'main', cacheFolder, now: Date.now };
      const history = await openHistory(options, signal);
      const made = side(history, 'pre-restore/r1', history.head(), { 'namespaces/a/configmaps/x.yaml': 'x: 2\n' });
      expect(made.location).to.be.a('string');
      history.close();
      // The next opening fetches, with --prune.
      commit(tape, { 'namespaces/a/configmaps/y.yaml': 'y: 2\n' });
      const again = await openHistory(options, signal);

      expect((await again.resolve('pre-restore/r1', signal)).commit.oid).to.equal(made.commit.oid);
      const snapshot = again.snapshot((await again.resolve('pre-restore/r1', signal)).commit);
      expect([...snapshot.files('namespaces')].map((file) => `${file.path} ${snapshot.read(file.oid).toString()}`)).to.deep.equal(['namespaces/a/configmaps/x.yaml x: 2\n', 'namespaces/a/configmaps/y.yaml y: 1\n']);
      again.close();
      expect(existsSync(join(path, 'refs', 'kubetape'))).to.equal(false);
      const there = await open(made.location ?? '');
      expect((await there.resolve('pre-restore/r1', signal)).commit.oid).to.equal(made.commit.oid);
      assertSound(made.location ?? '');
      there.close();
    });
  });

  it('killed at any moment beside a mirror that commits and merges packs, leave a sound repository and every reported commit', async () => {
    const next = random(propertySeed());
    for (let round = 0; round < scaled(5, 60); round++) {
      const reported = await killed(round, next() * 250, tape);
      for (const oid of reported) expect(git(path, 'cat-file', '-t', oid).trim(), `round ${round}`).to.equal('commit');
      const refs = git(path, 'for-each-ref', '--format=%(objectname)', 'refs/kubetape').trim().split('\n');
      const last = reported.at(-1) ?? '';
      // The one that came after it may have been done and not reported.
      expect(refs.some((oid) => oid === last || reported.includes(oid)), `round ${round}`).to.equal(true);
      assertSound(path);
    }
  });

  async function killed(seed: number, afterMs: number, beside: GitTape): Promise<string[]> {
    const child = spawn(process.execPath, ['--import', 'tsx', CHILD, path, String(seed)], { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (output === '') setTimeout(() => child.kill('SIGKILL'), afterMs);
      output += chunk.toString();
    });
    const ended = once(child, 'close');
    let running = true;
    void ended.then(() => { running = false; });
    for (let n = 0; running; n++) {
      commit(beside, { 'namespaces/a/configmaps/y.yaml': `y: ${seed} ${n}\n` });
      if (n % 10 === 9) await beside.maintain();
      await delay(2);
    }
    return output.slice(0, output.lastIndexOf('\n')).split('\n');
  }
});
