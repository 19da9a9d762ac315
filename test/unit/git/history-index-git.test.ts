import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseCommit } from '../../../src/git/commit-object.js';
import { HistoryIndex, type IndexedChange } from '../../../src/git/history-index/history-index.js';
import { forwardChanges } from '../../../src/git/history.js';
import { ObjectStore } from '../../../src/git/object-store.js';
import type { CommitInfo, Oid } from '../../../src/model/tape.js';
import { forever, SMALL } from './history-support.js';
import { commit, FORMAT, git, newFolder, openTape, removeFolders } from './support.js';

/** `git log --raw` along first parents, newest first. */
function gitLog(repository: string, ...paths: string[]): IndexedChange[] {
  const words = git(repository, 'log', '--first-parent', '-m', '--root', '--raw', '-z', '--no-renames', '--no-abbrev', '--format=tformat:%x01%H', 'main', '--', ...paths).split('\0').map((word) => word.replace(/^\n/, ''));
  const found: { oid: Oid; changes: { path: string; before: Oid | null; after: Oid | null }[] }[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('\x01')) found.push({ oid: word.slice(1).trim(), changes: [] });
    if (!word.startsWith(':')) continue;
    const [, , before = '', after = ''] = word.split(' ');
    found.at(-1)?.changes.push({ path: words[++at] ?? '', before: /^0+$/.test(before) ? null : before, after: /^0+$/.test(after) ? null : after });
  }
  return found;
}

describe('index of a git history', () => {
  afterEach(removeFolders);

  it('answers what git log answers, across a merge by a person and a repack', async () => {
    const repository = join(newFolder(), 'tape.git');
    const tape = await openTape(repository);
    commit(tape, { ...FORMAT, 'n/a/x.yaml': '0', 'n/b/y.yaml': '0' });
    for (let n = 1; n < 12; n++) commit(tape, { 'n/a/x.yaml': `${n}`, [`n/b/z${n % 3}.yaml`]: n % 4 === 0 ? null : `${n}` });
    const work = newFolder();
    const run = (...args: string[]): void => void execFileSync('git', ['-C', work, '-c', 'user.name=p', '-c', 'user.email=p@p', ...args], { stdio: 'pipe' });
    run('clone', '-q', repository, '.');
    run('checkout', '-q', '-b', 'side', 'HEAD~5');
    execFileSync('sh', ['-c', 'echo by hand > README; echo other > n/b/z9.yaml'], { cwd: work });
    run('add', '-A');
    run('commit', '-q', '-m', 'on the side');
    run('checkout', '-q', 'main');
    run('merge', '-q', '--no-ff', '-m', 'merge', 'side');
    run('push', '-q', 'origin', 'main');
    tape.adoptForeignCommits();
    commit(tape, { 'n/a/x.yaml': 'after', 'n/b/z9.yaml': null });
    tape.close();
    git(repository, 'repack', '-adfq');

    const store = new ObjectStore(join(repository, 'objects'));
    const read = (oid: Oid): CommitInfo => parseCommit(oid, store.read(oid, 'commit'));
    const changes = forwardChanges((oid) => store.read(oid, 'tree'));
    const index = HistoryIndex.open(join(repository, 'kubetape', 'history'), newFolder(), SMALL);
    const tip = read(git(repository, 'rev-parse', 'main').trim());
    await index.update(tip, { commit: read, changes: (before, after) => changes(before?.tree ?? null, after.tree) }, forever());

    for (const path of ['n/a/x.yaml', 'n/b', 'n/b/z0.yaml', 'README', 'n', '.kubetape']) {
      expect([...index.log({ from: tip.oid, paths: [path] })], path).to.deep.equal(gitLog(repository, path));
    }
    expect([...index.log({ from: tip.oid, paths: [''] })]).to.have.length(14);
    expect(index.first()).to.equal(git(repository, 'rev-list', '--max-parents=0', 'main').trim());
    index.close();
    store.close();
  });
});
