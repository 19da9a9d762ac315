import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { moveRef, readRef } from '../../src/git/refs.js';
import type { History } from '../../src/model/history.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { propertyRuns } from '../support/scale.js';
import { BEGIN, closeHistories, gitIn, makeHistory, open, SIGNAL } from '../unit/git/reading-support.js';
import { assertSound, commit, expectCode, newFolder, openTape, removeFolders } from '../unit/git/support.js';

describe('restore points', () => {
  let path: string;
  let commits: CommitInfo[];
  let history: History;
  const git = (...args: string[]): string => gitIn(path, ...args);
  const at = (i: number): CommitInfo => commits.at(i) as CommitInfo;
  beforeEach(async () => {
    path = join(newFolder(), 'tape.git');
    commits = await makeHistory(path, 4);
    history = await open(path);
  });
  afterEach(() => {
    closeHistories();
    removeFolders();
  });

  it('are annotated tags that git reads, lists and finds sound', async () => {
    const point = history.createPoint('release/1.4', at(1), 'Before the upgrade\r\n\r\nof the shop\n\n');
    expect(point).to.deep.equal({ name: 'release/1.4', commit: at(1), message: 'Before the upgrade\n\nof the shop\n', createdAt: BEGIN + 86_400 });
    expect(git('for-each-ref', '--format=%(refname) %(objecttype) %(*objectname) %(taggername) %(taggerdate:unix) %(contents)', 'refs/tags')).to.equal(
      `refs/tags/release/1.4 tag ${at(1).oid} kubetape ${BEGIN + 86_400} Before the upgrade\n\nof the shop\n`,
    );
    expect(git('cat-file', 'tag', 'release/1.4')).to.match(/^object [0-9a-f]{40}\ntype commit\ntag release\/1\.4\ntagger kubetape <kubetape@localhost> \d+ \+0000\n\nBefore/);
    assertSound(path);
    expect(history.points()).to.deep.equal([point]);
    expect((await history.resolve('release/1.4~1', SIGNAL)).commit).to.deep.equal(at(0));
  });

  it('are listed newest first, those of other makers and packed ones too; other tags are not', async () => {
    history.createPoint('old', at(0), '');
    git('-c', 'user.name=Ö', '-c', 'user.email=o@o', 'tag', '-a', '-m', 'by hand', 'by-hand', at(2).oid);
    git('tag', '-a', '-m', 'of a tag', 'nested', 'old');
    git('tag', 'light', 'main');
    git('tag', '-a', '-m', 'a tree', 'tree', 'main^{tree}');
    git('tag', '-a', '-m', 'not ours', 'foreign', git('commit-tree', '-m', 'notes', git('mktree')));
    const names = (): string[] => history.points().map(({ name, commit: { oid }, message }) => `${name} ${oid} ${message.trim()}`);
    const wanted = [`old ${at(0).oid} old`, `by-hand ${at(2).oid} by hand`, `nested ${at(0).oid} of a tag`];
    // Git dates its tags by the clock of this machine.
    const sorted = (list: string[]): string[] => [...list].sort();
    expect(sorted(names())).to.deep.equal(sorted(wanted));
    const times = history.points().map((point) => -point.createdAt);
    expect(times).to.deep.equal([...times].sort((a, b) => a - b));
    git('pack-refs', '--all');
    expect(sorted(names())).to.deep.equal(sorted(wanted));
    const later = await open(path, { now: () => (BEGIN + 2e9) * 1000 });
    later.createPoint('newest', at(3), 'x');
    expect(history.points()[0]?.name).to.equal('newest');
  });

  it('leave out a signature', () => {
    const body = `object ${at(0).oid}\ntype commit\ntag signed\ntagger t <t@t> 1 +0000\n\nmessage\n-----BEGIN PGP SIGNATURE-----\n\nabc\n-----END PGP SIGNATURE-----\n`;
    const file = join(newFolder(), 'tag');
    writeFileSync(file, body);
    git('update-ref', 'refs/tags/signed', git('hash-object', '-t', 'tag', '-w', file));
    expect(history.points()).to.deep.equal([{ name: 'signed', commit: at(0), message: 'message\n', createdAt: 1 }]);
  });

  it('are refused under a name that is taken, or that hides another', async () => {
    history.createPoint('a/b', at(0), 'first');
    git('tag', 'light', 'main');
    git('pack-refs', '--all');
    expect((await expectCode('NOT_OURS', () => history.createPoint('a/b', at(1), 'second'))).hint).to.contain('kubetape point rm a/b');
    await expectCode('NOT_OURS', () => history.createPoint('light', at(1), 'second'));
    expect((await expectCode('NOT_OURS', () => history.createPoint('a', at(1), 'second'))).message).to.contain('There is a tag a/b');
    await expectCode('NOT_OURS', () => history.createPoint('a/b/c', at(1), 'second'));
    await expectCode('NOT_OURS', () => history.createPoint('main', at(1), 'second'));
    expect(history.points().map(({ name, commit: { oid } }) => [name, oid])).to.deep.equal([['a/b', at(0).oid]]);
    assertSound(path);
  });

  it('take only names that git takes, and that are not something else as a revision', async () => {
    for (const name of ['', '-x', 'a b', 'a..b', 'a~1', 'a^', 'a:b', 'a?', 'a*', 'a[', 'a\\b', '/a', 'a/', 'a//b', '.a', 'a/.b', 'a.lock', 'a.lock/b', 'a.', 'a@{b', '@', 'HEAD', 'ORIG_HEAD', 'a'.repeat(40), 'refs/tags/x', 'x\x1b[0m', 'a\u202eb', 'a\u200bb', '\ud800', 'x'.repeat(201)]) {
      const error = await expectCode('NOT_OURS', () => history.createPoint(name, at(0), 'x'));
      expect(error.hint, name).to.contain('before-upgrade');
      expect(error.message).to.match(/^[^\p{Cc}\p{Cf}]*$/u);
    }
    const property = fc.property(fc.oneof(fc.string({ maxLength: 12 }), fc.stringMatching(/^[a-z.@{/-]{1,6}$/), fc.string({ unit: 'binary', maxLength: 6 })), (name) => {
      try {
        history.createPoint(name, at(0), 'x');
      } catch (error) {
        expect(error).to.have.property('code', 'NOT_OURS');
        return;
      }
      expect(git('check-ref-format', `refs/tags/${name}`)).to.equal('');
      expect(git('rev-parse', `refs/tags/${name}^{commit}`)).to.equal(at(0).oid);
      history.removePoint(name);
    });
    fc.assert(property, propertyRuns(60));
    await expectCode('NOT_OURS', () => history.createPoint('zero', at(0), 'a\0b'));
    expect(history.points()).to.deep.equal([]);
  });

  it('are removed, loose and packed, and leave the other refs as they were', async () => {
    for (const name of ['a/b/c', 'b', 'c']) history.createPoint(name, at(1), name);
    git('pack-refs', '--all');
    git('update-ref', 'refs/tags/b', git('rev-parse', 'refs/tags/c')); // loose and packed, with different values
    const before = git('for-each-ref').split('\n');
    history.removePoint('b');
    expect(git('for-each-ref').split('\n')).to.deep.equal(before.filter((line) => !line.endsWith('refs/tags/b')));
    history.removePoint('a/b/c');
    expect(git('for-each-ref').split('\n')).to.deep.equal(before.filter((line) => !/refs\/tags\/(b|a\/b\/c)$/.test(line)));
    expect(git('show-ref', '--tags', '-d')).to.equal(`${git('rev-parse', 'refs/tags/c')} refs/tags/c\n${at(1).oid} refs/tags/c^{}`);
    expect(readFileSync(join(path, 'packed-refs'), 'utf8')).to.match(/^# pack-refs with: peeled fully-peeled sorted/);
    history.createPoint('a', at(2), 'where a folder was');
    history.removePoint('c');
    expect(history.points().map(({ name }) => name)).to.deep.equal(['a']);
    expect(existsSync(join(path, 'packed-refs.lock'))).to.equal(false);
    assertSound(path);
  });

  it('are all that is removed: no lightweight tag, no foreign one, nothing that is not there', async () => {
    git('tag', 'light', 'main');
    git('tag', '-a', '-m', 'not ours', 'foreign', git('commit-tree', '-m', 'notes', git('mktree')));
    for (const name of ['light', 'foreign']) expect((await expectCode('NOT_OURS', () => history.removePoint(name))).hint).to.equal(`Remove it with \`git tag -d ${name}\``);
    for (const name of ['no', '../heads/main', '', 'x\x1by']) expect((await expectCode('NOT_FOUND', () => history.removePoint(name))).message).to.not.contain('\x1b');
    expect(git('tag')).to.equal('foreign\nlight');
  });

  it('wait for git\'s locks, and say who may hold them', async () => {
    history.createPoint('a', at(0), 'x');
    mkdirSync(join(path, 'refs/tags'), { recursive: true });
    writeFileSync(join(path, 'refs/tags/b.lock'), '');
    expect((await expectCode('LOCKED', () => history.createPoint('b', at(0), 'x'))).hint).to.contain('b.lock');
    writeFileSync(join(path, 'packed-refs.lock'), '');
    expect((await expectCode('LOCKED', () => history.removePoint('a'))).hint).to.contain('packed-refs.lock');
    expect(history.points().map(({ name }) => name)).to.deep.equal(['a']);
  });

  it('never disturb a mirror that commits at the same moment', async () => {
    const tape = await openTape(path, { now: () => (BEGIN + 1e5) * 1000 });
    // What a mirror writes just before it takes the lock of its branch.
    writeFileSync(join(path, 'kubetape.lock.ref'), 'the mirror was here\n');
    history.createPoint('beside', at(0), 'x');
    history.removePoint('beside');
    expect(readFileSync(join(path, 'kubetape.lock.ref'), 'utf8')).to.equal('the mirror was here\n');
    const next = commit(tape, { a: '1' });
    tape.close();
    expect(history.refresh()).to.deep.equal(next);
    assertSound(path);
  });

  it('follow a folder of refs that went away empty', () => {
    mkdirSync(join(path, 'refs/tags/x/y'), { recursive: true });
    history.createPoint('x', at(0), 'm');
    const oid = readRef(path, 'refs/tags/x');
    expect(git('cat-file', '-t', oid ?? '')).to.equal('tag');
    moveRef(path, 'refs/tags/x', oid, at(1).oid);
    expect(git('rev-parse', 'x')).to.equal(at(1).oid);
  });
});
