import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { runGit } from '../../src/git/native.js';
import { blobOf, blobOid } from '../../src/lib/git-blob.js';
import { random } from '../support/scale.js';
import { assertSound, commit, expectCode, FORMAT, git, gitFiles, newFolder, openTape, put, removeFolders, tapeFiles } from '../unit/git/support.js';

const packs = (path: string, suffix = ''): string[] => readdirSync(join(path, 'objects', 'pack')).filter((name) => name.endsWith(suffix)).sort();

describe('git tape', () => {
  let path: string;
  beforeEach(() => {
    path = join(newFolder(), 'tape.git');
  });
  afterEach(removeFolders);

  it('makes a bare repository that git accepts, and that has its automatic maintenance off', async () => {
    const tape = await openTape(path, { branch: 'clusters/prod' });
    expect(tape.head()).to.equal(null);
    expect([...tape.files('')]).to.deep.equal([]);
    commit(tape, FORMAT);
    tape.close();
    expect(git(path, 'config', '--get', 'gc.auto').trim()).to.equal('0');
    expect(git(path, 'config', '--type=bool', '--get', 'maintenance.auto').trim()).to.equal('false');
    expect(git(path, 'symbolic-ref', 'HEAD').trim()).to.equal('refs/heads/clusters/prod');
    assertSound(path);
  });

  it('commits files that a clone checks out byte for byte', async () => {
    const tape = await openTape(path);
    const files = { ...FORMAT, 'namespaces/shop/services/web.yaml': 'a: 1\n', 'namespaces/shop/services.serving.knative.dev/web.yaml': '', 'cluster/ü/x.yaml': 'é\n' };
    const info = commit(tape, files, 'first\n\nKubetape-Version: 1\n');
    expect(tapeFiles(tape)).to.deep.equal(gitFiles(path));
    expect(tape.folders('namespaces/shop')).to.deep.equal(['services.serving.knative.dev', 'services']);
    tape.close();
    const clone = join(newFolder(), 'clone');
    execFileSync('git', ['clone', '-q', path, clone], { stdio: 'pipe' });
    for (const [file, text] of Object.entries(files)) expect(readFileSync(join(clone, file), 'utf8')).to.equal(text);
    expect(git(path, 'log', '-1', '--format=%H %T %an <%ae> %cn %ad|%B', '--date=raw')).to.equal(
      `${info.oid} ${info.tree} kubetape <kubetape@localhost> kubetape ${info.committedAt} +0000|first\n\nKubetape-Version: 1\n\n`,
    );
    assertSound(path);
  });

  it('shows nothing before commit, everything after, and reads it again after a restart', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, 'a/b': '1', 'a/c': '2' });
    const draft = tape.begin();
    put(draft, { 'a/b': '3', 'd/e': '4' });
    draft.remove('a/c');
    expect([tape.oidAt('a/b'), tape.oidAt('d/e')]).to.deep.equal([blobOid(Buffer.from('1')), null]);
    expect([draft.oidAt('a/b'), draft.oidAt('a/c'), draft.changed]).to.deep.equal([blobOid(Buffer.from('3')), null, 3]);
    draft.commit('second');
    tape.close();
    const again = await openTape(path, { create: false });
    expect(again.read(again.oidAt('a/b') ?? '').toString()).to.equal('3');
    expect(again.oidAt('a/c')).to.equal(null);
    expect(again.head()?.message).to.equal('second\n');
    again.close();
  });

  it('commits nothing when nothing differs, and leaves no file behind', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, a: '1' });
    const before = packs(path);
    const draft = tape.begin();
    put(draft, { a: '1', b: '2' });
    draft.remove('b');
    draft.remove('no/such');
    expect(draft.changed).to.equal(0);
    expect(draft.commit('nothing')).to.equal(null);
    draft.discard();
    expect(packs(path)).to.deep.equal(before);
    tape.close();
  });

  it('forgets empty folders, and takes them up again', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, 'a/b/c/d': '1', 'a/x': '2' });
    commit(tape, { 'a/b/c/d': null });
    expect(tape.folders('a')).to.deep.equal([]);
    expect(gitFiles(path)).to.deep.equal(tapeFiles(tape));
    commit(tape, { 'a/b/c/e': '3' });
    expect(Object.keys(gitFiles(path))).to.deep.equal(['.kubetape/format', 'a/b/c/e', 'a/x']);
    expect(gitFiles(path)).to.deep.equal(tapeFiles(tape));
    tape.close();
    assertSound(path);
  });

  it('refuses a name that would be a file and a folder at once, and commits when one of them goes', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, a: '1' });
    const draft = tape.begin();
    put(draft, { 'a/b': '2' });
    await expectCode('FOREIGN', () => draft.commit('twins'));
    draft.remove('a');
    draft.commit('no twins');
    expect(Object.keys(gitFiles(path))).to.deep.equal(['.kubetape/format', 'a/b']);
    tape.close();
    assertSound(path);
  });

  it('packs only the last content of a path that was put several times', async () => {
    const tape = await openTape(path);
    const draft = tape.begin();
    put(draft, FORMAT);
    for (let i = 0; i < 50; i++) put(draft, { a: `version ${i}` });
    put(draft, { b: 'version 49' });
    draft.commit('once');
    tape.close();
    expect(git(path, 'cat-file', '--batch-all-objects', '--batch-check').trim().split('\n')).to.have.length(5);
  });

  it('writes a draft of many megabytes piece by piece', async () => {
    const tape = await openTape(path);
    const draft = tape.begin();
    put(draft, FORMAT);
    const next = random(7);
    const noise = (): Buffer => Buffer.from(Array.from({ length: 4096 }, () => Math.floor(next() * 256)));
    const contents = Array.from({ length: 1000 }, noise);
    contents.forEach((content, i) => draft.put(`many/${i}`, blobOf(content)));
    expect(packs(path).some((name) => name.startsWith('tmp_kubetape_'))).to.equal(true);
    const lock = join(path, 'refs/heads/main.lock');
    writeFileSync(lock, '');
    await expectCode('LOCKED', () => draft.commit('too early'));
    rmSync(lock);
    draft.commit('large');
    expect(packs(path).filter((name) => !name.startsWith('pack-'))).to.deep.equal([]);
    // 1,000 blobs, the format's, three trees, one commit; nothing of the failed attempt.
    expect(git(path, 'cat-file', '--batch-all-objects', '--batch-check').trim().split('\n')).to.have.length(1005);
    expect(tape.read(tape.oidAt('many/999') ?? '').equals(contents[999] as Buffer)).to.equal(true);
    tape.close();
    assertSound(path);
  });

  it('removes what a discarded draft wrote', async () => {
    const tape = await openTape(path);
    const draft = tape.begin();
    const next = random(8);
    for (let i = 0; i < 30; i++) draft.put(`f${i}`, blobOf(Buffer.from(Array.from({ length: 100_000 }, () => Math.floor(next() * 256)))));
    draft.discard();
    expect(packs(path)).to.deep.equal([]);
    tape.close();
  });

  it('keeps a folder of 10,000 files right', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, ...Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`wide/${(i * 7919) % 10_000}.yaml`, `n: ${i}\n`])) });
    commit(tape, { 'wide/5000.yaml': 'changed\n', 'wide/5001.yaml': null, 'wide/x.yaml': 'new\n' });
    expect(gitFiles(path)).to.deep.equal(tapeFiles(tape));
    tape.close();
    assertSound(path);
  });

  it('never dates a commit before its parent', async () => {
    let now = 2_000_000_000_000;
    const tape = await openTape(path, { now: () => now, author: 'Someone <s@example.com>' });
    commit(tape, FORMAT);
    now = 1_000_000_000_000;
    expect(commit(tape, { a: '1' }).committedAt).to.equal(2_000_000_000);
    expect(git(path, 'log', '-1', '--format=%an').trim()).to.equal('Someone');
    tape.close();
  });

  it('reads everything after git gc --aggressive, with deltas and packed refs, while it is open and after', async () => {
    const tape = await openTape(path);
    const text = (i: number): string => Array.from({ length: 80 }, (_, line) => `line ${line}: ${line % 9 === i % 9 ? i : 'same'}\n`).join('');
    commit(tape, { ...FORMAT, ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`docs/${i}.yaml`, text(i)])) });
    for (let i = 0; i < 40; i++) commit(tape, { [`docs/${i}.yaml`]: text(i + 100) });
    git(path, 'gc', '--aggressive', '--prune=now', '--quiet');
    const read = (i: number): string => tape.read(tape.oidAt(`docs/${i}.yaml`) ?? '').toString();
    for (let i = 0; i < 40; i++) expect(read(i)).to.equal(text(i + 100));
    commit(tape, { 'docs/0.yaml': 'after gc' });
    tape.close();
    const again = await openTape(path);
    for (const [file, oid] of Object.entries(gitFiles(path))) {
      expect(again.oidAt(file)).to.equal(oid);
      expect(again.read(oid).toString()).to.equal(git(path, 'cat-file', 'blob', oid));
    }
    again.close();
    assertSound(path);
  });

  it('reads loose objects and objects of an alternate', async () => {
    const tape = await openTape(path);
    commit(tape, { ...FORMAT, a: 'borrowed' });
    tape.close();
    const borrower = join(newFolder(), 'borrower.git');
    execFileSync('git', ['clone', '-q', '--bare', '--shared', path, borrower], { stdio: 'pipe' });
    const reader = await openTape(borrower);
    expect(reader.read(reader.oidAt('a') ?? '').toString()).to.equal('borrowed');
    const loose = execFileSync('git', [`--git-dir=${borrower}`, 'hash-object', '-w', '--stdin'], { input: 'loose' }).toString().trim();
    expect(reader.read(loose).toString()).to.equal('loose');
    reader.close();
  });

  it('survives repack -ad between the pack and the ref', async () => {
    const tape = await openTape(path);
    commit(tape, FORMAT);
    // A lock on the ref makes the commit fail after its pack was published; the pack must not be lost by a repack before.
    const draft = tape.begin();
    put(draft, { a: '1' });
    writeFileSync(join(path, 'refs/heads/main.lock'), '');
    await expectCode('LOCKED', () => draft.commit('later'));
    expect(packs(path, '.keep')).to.deep.equal([]);
    git(path, 'repack', '-a', '-d', '-q');
    rmSync(join(path, 'refs/heads/main.lock'));
    draft.commit('later');
    tape.close();
    assertSound(path);
  });

  it('runs git without a person\'s configuration and says what failed', async () => {
    const tape = await openTape(path);
    const { oid } = commit(tape, FORMAT);
    tape.close();
    expect((await runGit(path, ['rev-parse', 'HEAD'])).toString().trim()).to.equal(oid);
    const error = await expectCode('IO', () => runGit(path, ['rev-parse', '--verify', 'nothing']));
    expect(error.message).to.contain('Needed a single revision');
  });

  describe('refuses', () => {
    it('what is not there, and a folder with other things in it', async () => {
      await expectCode('NOT_FOUND', () => openTape(path, { create: false }));
      mkdirSync(path);
      writeFileSync(join(path, 'notes.txt'), 'mine');
      await expectCode('NOT_OURS', () => openTape(path));
      expect(readdirSync(path)).to.deep.equal(['notes.txt']);
    });

    it('a branch that it did not write, and a newer format', async () => {
      const work = newFolder();
      execFileSync('git', ['init', '-q', '-b', 'main', work]);
      writeFileSync(join(work, 'README'), 'hello');
      const run = (...args: string[]): void => void execFileSync('git', ['-C', work, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { stdio: 'pipe' });
      run('add', '-A');
      run('commit', '-q', '-m', 'theirs');
      await expectCode('UNSUPPORTED', () => openTape(work));
      await expectCode('UNSUPPORTED', () => openTape(join(work, '.git')));
      execFileSync('git', ['clone', '-q', '--bare', work, path], { stdio: 'pipe' });
      await expectCode('NOT_OURS', () => openTape(path));
      const tape = await openTape(path, { branch: 'mirror' });
      commit(tape, { '.kubetape/format': 'format: 2\n' });
      tape.close();
      await expectCode('NEWER_FORMAT', () => openTape(path, { branch: 'mirror' }));
      expect(existsSync(join(path, 'kubetape.lock'))).to.equal(false);
    });

    it('SHA-256, shallow and partial repositories, each with a cure', async () => {
      execFileSync('git', ['init', '-q', '--bare', '--object-format=sha256', path]);
      const sha256 = await expectCode('UNSUPPORTED', () => openTape(path));
      expect(sha256.hint).to.be.a('string');
      for (const spoil of [(repo: string) => writeFileSync(join(repo, 'shallow'), ''), (repo: string) => git(repo, 'config', 'remote.origin.promisor', 'true'), (repo: string) => git(repo, 'config', 'extensions.refstorage', 'reftable')]) {
        const repo = join(newFolder(), 'r.git');
        (await openTape(repo)).close();
        spoil(repo);
        const error = await expectCode('UNSUPPORTED', () => openTape(repo));
        expect(error.hint).to.be.a('string');
      }
    });

    it('damaged objects, naming the object and the file', async () => {
      const tape = await openTape(path);
      commit(tape, { ...FORMAT, a: 'x'.repeat(500) });
      const oid = tape.oidAt('a') ?? '';
      tape.close();
      const [pack] = packs(path, '.pack');
      const file = join(path, 'objects', 'pack', pack as string);
      const bytes = readFileSync(file);
      bytes.fill(0x55, 14, bytes.length - 24);
      rmSync(file);
      writeFileSync(file, bytes);
      const error = await expectCode('DAMAGED', () => openTape(path));
      expect(error.message).to.contain(file);
      expect(oid).to.match(/^[0-9a-f]{40}$/);
    });

    it('an object that is missing', async () => {
      const tape = await openTape(path);
      commit(tape, FORMAT);
      const error = await expectCode('DAMAGED', () => tape.read('a'.repeat(40)));
      expect(error.message).to.contain('a'.repeat(40));
      tape.close();
    });
  });
});
