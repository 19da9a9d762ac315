import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { changesBetween, forwardChanges } from '../../../src/git/history.js';
import { ObjectStore } from '../../../src/git/object-store.js';
import type { PathChange } from '../../../src/model/tape.js';
import { expectCode, git, newFolder, removeFolders } from './support.js';

const GITLINK = '160000';

describe('git history', () => {
  let repository: string;
  let store: ObjectStore;

  beforeEach(() => {
    repository = join(newFolder(), 'r.git');
    execFileSync('git', ['init', '-q', '--bare', repository]);
    store = new ObjectStore(join(repository, 'objects'));
  });
  afterEach(() => {
    store.close();
    removeFolders();
  });

  /** A tree of files: path → content; a path that starts with `link:` is a submodule's commit. */
  function tree(files: Readonly<Record<string, string>>, mode = '100644'): string {
    const run = (input: string, ...args: string[]): string =>
      execFileSync('git', [`--git-dir=${repository}`, ...args], { input, encoding: 'utf8', env: { ...process.env, GIT_INDEX_FILE: join(repository, 'index') } }).trim();
    run('', 'read-tree', '--empty');
    const lines = Object.entries(files).map(([path, text]) =>
      path.startsWith('link:') ? `${GITLINK} ${'1'.repeat(40)}\t${path.slice(5)}\0` : `${mode} ${run(text, 'hash-object', '-w', '--stdin')}\t${path}\0`);
    run(lines.join(''), 'update-index', '-z', '--index-info');
    return run('', 'write-tree');
  }

  function ours(before: string | null, after: string | null): PathChange[] {
    return [...changesBetween((oid) => store.read(oid, 'tree'), before, after)];
  }

  /** `git diff-tree --raw`, in its order. */
  function theirs(before: string, after: string): PathChange[] {
    const words = git(repository, 'diff-tree', '-r', '-z', '--no-renames', '--no-abbrev', before, after).split('\0');
    const changes: PathChange[] = [];
    for (let at = 0; at + 1 < words.length; at += 2) {
      const [, , old = '', fresh = ''] = (words[at] ?? '').split(' ');
      changes.push({ path: words[at + 1] ?? '', before: /^0+$/.test(old) ? null : old, after: /^0+$/.test(fresh) ? null : fresh });
    }
    return changes;
  }

  it('finds what git finds, in the order of git, where folders sort behind files with lower next characters', () => {
    const before = tree({ 'a.b': '2', 'a/x': '3', 'a0': '4', 'b/c/d': '5', 'b/c/e': '6', 'é/ü': '7', 'same/x': '8' });
    const after = tree({ 'a.b': '2!', 'a-b': '9', 'a/x/y': '3', 'a0/z': '4', 'b/c/e': '6!', 'b/c!': 'n', 'é/ü': '7!', 'same/x': '8' });
    expect(ours(before, after)).to.deep.equal(theirs(before, after));
    expect(ours(after, before)).to.deep.equal(theirs(after, before));
    expect(ours(before, after).map(({ path }) => path)).to.include.members(['a-b', 'a/x', 'a/x/y', 'b/c!']);
  });

  it('tells a file that becomes a folder as a removal and additions, and back', () => {
    const file = tree({ 'n/x': '1', 'n/y': '2' });
    const folder = tree({ 'n/x/a': '1', 'n/x/b': '1', 'n/y': '2' });
    expect(ours(file, folder).map(({ path, before, after }) => [path, before !== null, after !== null])).to.deep.equal([['n/x', true, false], ['n/x/a', false, true], ['n/x/b', false, true]]);
    expect(ours(folder, file)).to.deep.equal(theirs(folder, file));
  });

  it('takes nothing for an empty tree, on either side', () => {
    const some = tree({ 'x/y': '1', z: '2' });
    expect(ours(null, some).map(({ path }) => path)).to.deep.equal(['x/y', 'z']);
    expect(ours(some, null).map(({ after }) => after)).to.deep.equal([null, null]);
    expect(ours(null, null)).to.deep.equal([]);
  });

  it('does not take a mode for a change, nor a submodule for a file', () => {
    expect(ours(tree({ x: '1' }), tree({ x: '1' }, '100755'))).to.deep.equal([]);
    expect(ours(tree({ x: '1' }), tree({ x: '1', 'link:sub': '' }))).to.deep.equal([]);
    expect(ours(tree({ x: '1' }), tree({ 'link:x': '' })).map(({ path, after }) => [path, after])).to.deep.equal([['x', null]]);
  });

  it('reads folders that differ only, and only when the walk comes to them', () => {
    const before = tree({ 'a/1': '1', 'b/1': '1', 'c/1': '1' });
    const after = tree({ 'a/1': '2', 'b/1': '1', 'c/1': '2' });
    const read: string[] = [];
    const walk = changesBetween((oid) => (read.push(oid), store.read(oid, 'tree')), before, after);
    expect(walk.next().value).to.include({ path: 'a/1' });
    expect(read).to.have.length(4);
    expect([...walk].map(({ path }) => path)).to.deep.equal(['c/1']);
    expect(read).to.have.length(6);
  });

  it('finds the same for commits one after the other, and reads every tree once', () => {
    const trees = [null, tree({ 'a/x': 'a', 'b/x': 'b', 'c/x': 'c' }), tree({ 'a/x': 'A', 'b/x': 'b', 'c/x': 'c' }), tree({ 'a/x': 'A', 'b/x': 'B' }), tree({ 'a/x': 'A', 'b/x': 'B', 'c/x': 'c' }), tree({ 'a/x': 'a', 'b/x': 'B' })];
    const read: string[] = [];
    const changes = forwardChanges((oid) => (read.push(oid), store.read(oid, 'tree')));
    for (let i = 1; i < trees.length; i++) expect([...changes(trees[i - 1] ?? null, trees[i] ?? null)]).to.deep.equal(ours(trees[i - 1] ?? null, trees[i] ?? null));
    // Five roots, three folders, and one folder for each change after that: two of them went and came back.
    expect(read).to.have.length(5 + 3 + 4);
    expect([...changes(trees[4] ?? null, trees[1] ?? null)]).to.deep.equal(ours(trees[4] ?? null, trees[1] ?? null));
  });

  it('ends with one clear error at a tree object that is none', async () => {
    for (const bytes of ['100644 name', '40000 x\0short', 'nonsense without end', `${'1'.repeat(9)} x\0${'o'.repeat(20)}`]) {
      const error = await expectCode('DAMAGED', () => [...changesBetween(() => Buffer.from(bytes), null, 'f'.repeat(40))]);
      expect(error.message).to.include('f'.repeat(40));
    }
  });
});
