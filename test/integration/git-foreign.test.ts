import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { encodeRecord, ownRecord, parseRecord } from '../../src/git/lock-record.js';
import { PackBuilder } from '../../src/git/pack-builder.js';
import { moveRef } from '../../src/git/refs.js';
import { encodeCommit } from '../../src/git/commit-object.js';
import type { GitTape } from '../../src/git/git-tape.js';
import { blobOid, deflate, objectOid } from '../../src/lib/git-blob.js';
import { assertSound, commit, expectCode, FORMAT, git, gitFiles, newFolder, openTape, put, removeFolders, tapeFiles } from '../unit/git/support.js';

/** Changes files in a clone of the branch and pushes. */
function personCommits(path: string, change: (work: string) => void): void {
  const work = newFolder();
  const run = (...args: string[]): void => void execFileSync('git', ['-C', work, '-c', 'user.name=p', '-c', 'user.email=p@p', ...args], { stdio: 'pipe' });
  execFileSync('git', ['clone', '-q', path, work], { stdio: 'pipe' });
  change(work);
  run('add', '-A');
  run('commit', '-q', '-m', 'by hand');
  run('push', '-q');
}

describe('git tape beside other writers', () => {
  let path: string;
  let tape: GitTape;
  beforeEach(async () => {
    path = join(newFolder(), 'tape.git');
    tape = await openTape(path);
    commit(tape, { ...FORMAT, 'a/b': '1', 'a/c': '2' });
  });
  afterEach(() => {
    tape.close();
    removeFolders();
  });

  it('notices a person\'s commit, takes it over and goes on on top of it', async () => {
    const draft = tape.begin();
    put(draft, { 'a/b': 'ours', 'a/same': 'both' });
    personCommits(path, (work) => {
      mkdirSync(join(work, 'n/m'), { recursive: true });
      writeFileSync(join(work, 'n/m/x'), 'theirs');
      writeFileSync(join(work, 'a/same'), 'both');
      rmSync(join(work, 'a/c'));
    });
    await expectCode('MOVED', () => draft.commit('ours'));
    expect(tape.adoptForeignCommits()).to.have.deep.members([
      { path: 'a/c', before: blobOid(Buffer.from('2')), after: null },
      { path: 'a/same', before: null, after: blobOid(Buffer.from('both')) },
      { path: 'n/m/x', before: null, after: blobOid(Buffer.from('theirs')) },
    ]);
    expect([...draft.changes()].map((change) => change.path)).to.deep.equal(['a/b']);
    const info = draft.commit('ours');
    expect(git(path, 'log', '--format=%s').trim().split('\n')).to.deep.equal(['ours', 'by hand', 'change']);
    expect(info?.parents).to.deep.equal([git(path, 'rev-parse', 'HEAD~1').trim()]);
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    expect(tape.adoptForeignCommits()).to.deep.equal([]);
    assertSound(path);
  });

  it('never overwrites a branch that was set back, replaced or deleted', async () => {
    const first = tape.head()?.oid ?? '';
    const second = commit(tape, { d: '3' }).oid;
    const unrelated = git(path, 'commit-tree', '-m', 'other', `${first}^{tree}`).trim();
    for (const move of [['update-ref', 'refs/heads/main', first], ['update-ref', 'refs/heads/main', unrelated], ['update-ref', '-d', 'refs/heads/main']]) {
      git(path, ...move);
      const draft = tape.begin();
      put(draft, { e: '4' });
      await expectCode('MOVED', () => draft.commit('ours'));
      await expectCode('FOREIGN', () => tape.adoptForeignCommits());
      draft.discard();
      expect(tape.head()?.oid).to.equal(second);
      git(path, 'update-ref', 'refs/heads/main', second);
    }
    commit(tape, { e: '4' });
    assertSound(path);
  });

  it('commits when the branch is in packed-refs', () => {
    git(path, 'pack-refs', '--all');
    const info = commit(tape, { d: '3' });
    expect(git(path, 'rev-parse', 'main').trim()).to.equal(info.oid);
  });

  it('reports a lock that another program holds, and commits the same draft when it is gone', async () => {
    const lock = join(path, 'refs/heads/main.lock');
    writeFileSync(lock, '');
    const draft = tape.begin();
    put(draft, { d: '3' });
    const error = await expectCode('LOCKED', () => draft.commit('later'));
    expect(error.message).to.contain(lock).and.to.match(/\d+ s old/);
    expect(existsSync(lock)).to.equal(true);
    rmSync(lock);
    expect(draft.commit('later')).not.to.equal(null);
    assertSound(path);
  });

  it('removes what its own killed run left, its git lock included, and no one else\'s', async () => {
    tape.close();
    const lock = join(path, 'refs/heads/main.lock');
    const oid = 'a'.repeat(40);
    const pack = join(path, 'objects', 'pack');
    writeFileSync(join(path, 'kubetape.lock'), encodeRecord({ ...ownRecord(), startTime: '1', gitLock: { path: 'refs/heads/main.lock', oid } }));
    writeFileSync(lock, `${oid}\n`);
    writeFileSync(join(pack, 'tmp_kubetape_x'), 'half a pack');
    writeFileSync(join(pack, `pack-${oid}.keep`), 'kubetape 1234\n');
    writeFileSync(join(pack, `pack-${'b'.repeat(40)}.keep`), 'a person keeps this\n');
    tape = await openTape(path);
    expect(existsSync(lock)).to.equal(false);
    expect(readdirSync(pack).filter((name) => /tmp_|keep/.test(name))).to.deep.equal([`pack-${'b'.repeat(40)}.keep`]);
    tape.close();
    for (const [announced, text] of [[null, `${oid}\n`], [{ path: 'refs/heads/main.lock', oid }, ''], [{ path: 'refs/heads/main.lock', oid }, `${'c'.repeat(40)}\n`]] as const) {
      writeFileSync(join(path, 'kubetape.lock'), encodeRecord({ ...ownRecord(), startTime: '1', gitLock: announced }));
      writeFileSync(lock, text);
      tape = await openTape(path);
      expect(existsSync(lock)).to.equal(true);
      tape.close();
    }
    rmSync(lock);
    tape = await openTape(path);
  });

  it('has named the git lock before it takes it, so that a kill at that moment stops nothing', async () => {
    tape.close();
    const lock = join(path, 'refs/heads/main.lock');
    writeFileSync(lock, `${'c'.repeat(40)}\n`);
    const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../unit/git/kill-child.ts', import.meta.url)), path], { stdio: 'ignore' });
    const record = (): string => (existsSync(join(path, 'kubetape.lock')) ? readFileSync(join(path, 'kubetape.lock'), 'utf8') : '');
    const end = performance.now() + 20_000;
    while (!record().includes('"path"') && performance.now() < end) await new Promise((next) => setImmediate(next));
    const announced = parseRecord(record())?.gitLock;
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(announced?.path).to.equal('refs/heads/main.lock');
    writeFileSync(lock, `${announced?.oid}\n`);
    tape = await openTape(path);
    commit(tape, { d: '3' });
    assertSound(path);
  });

  it('stops writing when another process took its lock', async () => {
    const file = join(path, 'kubetape.lock');
    writeFileSync(file, encodeRecord({ ...ownRecord(), host: 'pod-2' }));
    const draft = tape.begin();
    put(draft, { d: '3' });
    const error = await expectCode('LOCKED', () => draft.commit('ours'));
    expect(error.message).to.contain('pod-2');
    expect(git(path, 'rev-list', '--count', 'HEAD').trim()).to.equal('1');
    draft.discard();
  });

  it('keeps a pack from git repack -ad until the branch points to it', () => {
    const head = tape.head();
    const content = encodeCommit({ tree: head?.tree ?? '', parents: [head?.oid ?? ''], by: 'a <b@c>', at: 2_000_000_000, message: 'x' });
    const oid = objectOid('commit', content);
    for (const keep of [false, true]) {
      const builder = new PackBuilder(join(path, 'objects', 'pack'), `test_${keep}`);
      builder.add('commit', oid, content.length, deflate(content));
      const name = builder.publish('kubetape test\n');
      if (!keep) rmSync(`${name}.keep`);
      git(path, 'repack', '-a', '-d', '-q');
      // Without .keep the race is lost: this is what the file is for.
      expect(existsSync(`${name}.pack`)).to.equal(keep);
      builder.settle();
    }
    moveRef(path, 'refs/heads/main', head?.oid ?? null, oid);
    assertSound(path);
  });
});
