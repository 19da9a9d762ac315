import { cpSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { History } from '../../src/model/history.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { BEGIN, closeHistories, gitIn, logOf, makeHistory, open, write } from '../unit/git/reading-support.js';
import { commit, expectCode, FORMAT, gitFiles, newFolder, openTape, removeFolders } from '../unit/git/support.js';

const COUNT = 120;

/** Everything that is to be read is what native git reads. */
async function expectSameAsGit(history: History, repository: string, revision = 'main'): Promise<void> {
  const ids = gitIn(repository, 'rev-list', '--first-parent', revision).split('\n');
  expect(history.head().oid).to.equal(ids[0]);
  const entries = await logOf(history, {});
  expect(entries.map(({ commit: { oid } }) => oid)).to.deep.equal(ids);
  for (const { commit: info, changes } of [entries[0], entries[50], entries.at(-1)].flatMap((entry) => entry ?? [])) {
    const files = gitFiles(join(repository), info.oid);
    const snapshot = history.snapshot(info);
    expect(Object.fromEntries([...snapshot.files('')].map(({ path, oid }) => [path, oid]))).to.deep.equal(files);
    expect(info.message.trimEnd()).to.equal(gitIn(repository, 'log', '-1', '--format=%B', info.oid).trimEnd());
    const names = gitIn(repository, 'diff-tree', '-r', '-m', '--root', '--no-commit-id', '--name-only', info.oid).split('\n');
    expect(changes.map(({ path }) => path)).to.deep.equal(names);
    for (const { after } of changes) expect(history.read(after ?? '').toString()).to.equal(gitIn(repository, 'cat-file', 'blob', after ?? '') + '\n');
  }
}

describe('reading a repository', () => {
  let bare: string;
  let commits: CommitInfo[];
  before(async () => {
    bare = join(newFolder(), 'tape.git');
    commits = await makeHistory(bare, COUNT);
  });
  after(removeFolders);
  afterEach(closeHistories);

  /** A copy that may be spoiled. */
  const copy = (): string => {
    const path = join(newFolder(), 'copy.git');
    cpSync(bare, path, { recursive: true });
    return path;
  };

  it('reads what native git reads: as written, after gc, and with deltas 50 deep', async () => {
    const path = copy();
    await expectSameAsGit(await open(path), path);
    gitIn(path, 'gc', '-q');
    await expectSameAsGit(await open(path), path);
    gitIn(path, 'repack', '-q', '-adf', '--depth=50', '--window=100');
    await expectSameAsGit(await open(path), path);
  });

  it('opens a clone by its folder, its .git, and any folder of its work tree', async () => {
    const clone = join(newFolder(), 'clone');
    gitIn(newFolder(), 'clone', '-q', bare, clone);
    for (const location of [clone, join(clone, '.git'), join(clone, 'namespaces/shop')]) {
      const history = await open(location);
      expect([history.branch, history.location]).to.deep.equal(['main', join(clone, '.git')]);
      await expectSameAsGit(history, join(clone, '.git'));
    }
  });

  it('opens a linked worktree: its own HEAD, the objects and refs of the repository', async () => {
    const path = copy();
    gitIn(path, 'branch', 'clusters/prod', commits[10]?.oid ?? '');
    const work = join(newFolder(), 'work');
    gitIn(path, 'worktree', 'add', '-q', work, 'clusters/prod');
    const history = await open(join(work, 'namespaces'));
    expect([history.branch, history.head().oid]).to.deep.equal(['clusters/prod', commits[10]?.oid]);
    expect((await open(path)).branch).to.equal('main');
    expect((await open(work, { branch: 'main' })).head().oid).to.equal(commits.at(-1)?.oid);
  });

  it('follows packs and refs that change under it', async () => {
    const path = copy();
    const history = await open(path);
    const old = history.head();
    gitIn(path, 'pack-refs', '--all');
    gitIn(path, 'repack', '-q', '-adf');
    expect([...history.changes(null, history.commit(commits[5]?.oid ?? ''))].length).to.be.greaterThan(2);
    const tape = await openTape(path, { now: () => (BEGIN + 1e6) * 1000 });
    const next = commit(tape, { 'namespaces/shop/deployments.apps/web-0.yaml': 'new\n' });
    tape.close();
    expect(history.head()).to.deep.equal(old);
    expect(history.refresh()).to.deep.equal(next);
    expect([...history.changes(old, next)].map((change) => change.path)).to.deep.equal(['namespaces/shop/deployments.apps/web-0.yaml']);
    gitIn(path, 'update-ref', '-d', 'refs/heads/main');
    await expectCode('NOT_FOUND', () => history.refresh());
  });

  describe('log', () => {
    it('finds the commits of paths through an index beside the objects, as git finds them', async () => {
      const path = copy();
      const history = await open(path);
      for (const paths of [['namespaces/shop/deployments.apps/web-3.yaml'], ['cluster'], ['namespaces/shop', 'cluster'], ['nowhere']]) {
        const wanted = gitIn(path, 'rev-list', 'main', '--', ...paths);
        expect((await logOf(history, { paths })).map((entry) => entry.commit.oid).join('\n'), paths.join()).to.equal(wanted);
      }
      expect(existsSync(join(path, 'kubetape/history/heads%2Fmain'))).to.equal(true);
      gitIn(path, 'fsck', '--strict');
    });

    it('keeps to since, until and an older start', async () => {
      const history = await open(copy());
      const from = commits[100] as CommitInfo;
      const wanted = commits.slice(20, 41).reverse().map(({ oid }) => oid);
      const range = { since: BEGIN + 20 * 60, until: BEGIN + 40 * 60 };
      expect((await logOf(history, { from, ...range })).map((entry) => entry.commit.oid)).to.deep.equal(wanted);
      expect((await logOf(history, { from, ...range, paths: ['namespaces'] })).map((entry) => entry.commit.oid)).to.deep.equal(wanted);
      expect((await logOf(history, { from: commits[2] as CommitInfo })).length).to.equal(3);
    });

    it('walks from a commit that is on another branch', async () => {
      const path = copy();
      const tree = gitIn(path, 'rev-parse', 'main~3^{tree}');
      const side = gitIn(path, 'commit-tree', '-p', 'main~2', '-m', 'side', tree);
      const history = await open(path);
      const entries = await logOf(history, { from: history.commit(side), paths: ['namespaces'] });
      expect(entries.map((entry) => entry.commit.oid)).to.deep.equal(gitIn(path, 'rev-list', '--first-parent', side, '--', 'namespaces').split('\n'));
    });

    it('ends when its reader ends, and when it is aborted', async () => {
      const history = await open(copy());
      for await (const entry of history.log({ from: history.head() }, new AbortController().signal)) {
        expect(entry.commit.oid).to.equal(commits.at(-1)?.oid);
        break;
      }
      const control = new AbortController();
      let seen = 0;
      const reason = new Error('enough');
      try {
        for await (const entry of history.log({ from: history.head(), paths: ['namespaces'] }, control.signal)) if (++seen === 3) control.abort(entry && reason);
        expect.fail('it went on');
      } catch (error) {
        expect(error).to.equal(reason);
      }
      expect(seen).to.equal(3);
    });

    it('puts the index into the cache when the repository may not be written, and survives its damage', async () => {
      const path = copy();
      write(path, 'kubetape', 'in the way'); // a folder cannot be made here, whoever runs the tests
      const cacheFolder = join(newFolder(), 'cache');
      const paths = ['namespaces'];
      const count = (await logOf(await open(path, { cacheFolder }), { paths })).length;
      const files = readdirSync(cacheFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.length).to.be.greaterThan(0);
      for (const { parentPath, name } of files) {
        const bytes = readFileSync(join(parentPath, name));
        bytes.fill(7, Math.floor(bytes.length / 2));
        writeFileSync(join(parentPath, name), bytes);
      }
      expect((await logOf(await open(path, { cacheFolder }), { paths })).length).to.equal(count);
      expect(count).to.equal(COUNT - 1);
    });
  });

  describe('the branch', () => {
    it('is HEAD\'s when kubetape wrote it, else main, else the only one of kubetape', async () => {
      const path = copy();
      const empty = gitIn(path, 'commit-tree', '-m', 'notes', gitIn(path, 'mktree'));
      gitIn(path, 'update-ref', 'refs/heads/notes', empty);
      gitIn(path, 'symbolic-ref', 'HEAD', 'refs/heads/notes');
      expect((await open(path)).branch).to.equal('main');
      gitIn(path, 'branch', '-m', 'main', 'clusters/prod');
      expect((await open(path)).branch).to.equal('clusters/prod');
      gitIn(path, 'branch', 'clusters/test', 'clusters/prod');
      const error = await expectCode('NOT_FOUND', () => open(path));
      expect(error.hint).to.contain('clusters/prod, clusters/test');
      gitIn(path, 'symbolic-ref', 'HEAD', 'refs/heads/clusters/test');
      expect((await open(path)).branch).to.equal('clusters/test');
    });

    it('may be one that a clone has from its remote only', async () => {
      const path = copy();
      gitIn(path, 'branch', 'clusters/prod', 'main~1');
      const clone = join(newFolder(), 'clone');
      gitIn(newFolder(), 'clone', '-q', path, clone);
      const history = await open(clone, { branch: 'clusters/prod' });
      expect([history.branch, history.head().oid]).to.deep.equal(['origin/clusters/prod', commits.at(-2)?.oid]);
      gitIn(clone, 'checkout', '-q', '--detach');
      expect((await open(clone)).branch).to.equal('main');
    });

    it('that is not there, is foreign, or has a newer format is one clear error', async () => {
      const path = copy();
      expect((await expectCode('NOT_FOUND', () => open(path, { branch: 'x\x1b[31my' }))).message).to.not.contain('\x1b');
      expect((await expectCode('NOT_FOUND', () => open(path, { branch: 'prod' }))).hint).to.contain('main');
      gitIn(path, 'update-ref', 'refs/heads/notes', gitIn(path, 'commit-tree', '-m', 'notes', gitIn(path, 'mktree')));
      await expectCode('NOT_OURS', () => open(path, { branch: 'notes' }));
      const newer = join(newFolder(), 'newer.git');
      const tape = await openTape(newer);
      commit(tape, { '.kubetape/format': 'format: 99\n' });
      tape.close();
      expect((await expectCode('NEWER_FORMAT', () => open(newer))).message).to.contain('format 99');
      const empty = join(newFolder(), 'empty.git');
      gitIn(newFolder(), 'init', '-q', '--bare', empty);
      expect((await expectCode('NOT_FOUND', () => open(empty))).hint).to.contain('kubetape export');
    });
  });

  describe('refuses with one clear error and the cure', () => {
    it('what is no repository', async () => {
      expect((await expectCode('NOT_FOUND', () => open(newFolder()))).message).to.match(/^There is no repository at /);
      expect((await expectCode('NOT_FOUND', () => open(join(newFolder(), 'no')))).message).to.match(/^There is no folder /);
      const folder = newFolder();
      writeFileSync(join(folder, '.git'), 'gitdir: /nowhere/at/all\n');
      expect((await expectCode('DAMAGED', () => open(folder))).hint).to.contain('git worktree repair');
    });

    it('shallow and partial clones', async () => {
      const parent = newFolder();
      gitIn(bare, 'config', 'uploadpack.allowFilter', 'true');
      gitIn(parent, 'clone', '-q', '--bare', '--depth', '1', `file://${bare}`, 'shallow');
      gitIn(parent, 'clone', '-q', '--bare', '--filter=blob:none', `file://${bare}`, 'partial');
      gitIn(parent, 'clone', '-q', '--depth', '1', `file://${bare}`, 'work');
      gitIn(join(parent, 'work'), 'worktree', 'add', '-q', '--detach', join(parent, 'linked'));
      for (const [name, cure] of [['shallow', 'git fetch --unshallow'], ['work', 'git fetch --unshallow'], ['linked', 'git fetch --unshallow'], ['partial', 'without --filter']] as const) {
        expect((await expectCode('UNSUPPORTED', () => open(join(parent, name)))).hint, name).to.contain(cure);
      }
      gitIn(join(parent, 'shallow'), 'fetch', '-q', '--unshallow');
      expect((await open(join(parent, 'shallow'))).head().oid).to.equal(commits.at(-1)?.oid);
    });

    it('SHA-256, reftable, unknown versions and extensions', async () => {
      const parent = newFolder();
      gitIn(parent, 'init', '-q', '--bare', '--object-format=sha256', 'sha256');
      expect((await expectCode('UNSUPPORTED', () => open(join(parent, 'sha256')))).message).to.contain('SHA-256');
      const with_ = (...settings: [string, string][]): string => {
        const path = copy();
        for (const [key, value] of settings) gitIn(path, 'config', key, value);
        return path;
      };
      const version: [string, string] = ['core.repositoryformatversion', '1'];
      expect((await expectCode('UNSUPPORTED', () => open(with_(['extensions.refStorage', 'reftable'], version)))).hint).to.contain('git refs migrate');
      await expectCode('UNSUPPORTED', () => open(with_(['extensions.frobnicate', 'true'], version)));
      await expectCode('UNSUPPORTED', () => open(with_(['core.repositoryformatversion', '2'])));
      expect((await open(with_(['extensions.worktreeConfig', 'true'], version))).branch).to.equal('main');
    });

    it('missing and damaged objects', async () => {
      const path = copy();
      gitIn(path, 'repack', '-q', '-adf');
      const folder = join(path, 'objects/pack');
      const name = (readdirSync(folder).find((file) => file.endsWith('.pack')) ?? '').replace(/pack$/, '');
      const [pack, idx] = [readFileSync(join(folder, `${name}pack`)), readFileSync(join(folder, `${name}idx`))];
      const put = (suffix: 'pack' | 'idx', content: Buffer): void => {
        rmSync(join(folder, name + suffix), { force: true });
        writeFileSync(join(folder, name + suffix), content);
      };
      const read = async (): Promise<unknown> => {
        const history = await open(path);
        for (const { oid } of history.snapshot(history.head()).files('')) history.read(oid);
        return logOf(history, {});
      };
      await read();
      put('pack', pack.subarray(0, pack.length >> 1));
      expect((await expectCode('DAMAGED', read)).hint).to.contain('git fsck');
      put('pack', Buffer.from(pack).fill(0x55, pack.length >> 2, pack.length >> 1));
      expect((await expectCode('DAMAGED', read)).message).to.match(/^Object [0-9a-f]{40} in .* is damaged/);
      put('pack', pack);
      await read();
      put('idx', idx.subarray(0, 2000));
      await expectCode('DAMAGED', read);
      rmSync(join(folder, `${name}idx`));
      expect((await expectCode('DAMAGED', read)).message).to.match(/^Object [0-9a-f]{40} is missing in /);
      put('idx', idx);
      writeFileSync(join(path, 'refs/heads/main'), '');
      expect((await expectCode('DAMAGED', read)).hint).to.contain('git update-ref');
    });

    it('a loose object that is cut short', async () => {
      const work = newFolder();
      gitIn(work, 'init', '-q', '-b', 'main');
      write(work, '.kubetape/format', FORMAT['.kubetape/format']);
      gitIn(work, 'add', '.');
      gitIn(work, 'commit', '-q', '-m', 'by hand');
      const history = await open(work);
      expect([...history.snapshot(history.head()).files('')].map(({ path }) => path)).to.deep.equal(['.kubetape/format']);
      const oid = gitIn(work, 'rev-parse', 'HEAD');
      const path = join(work, '.git/objects', oid.slice(0, 2), oid.slice(2));
      const bytes = readFileSync(path);
      rmSync(path, { force: true });
      writeFileSync(path, bytes.subarray(0, 20));
      await expectCode('DAMAGED', () => open(work));
    });
  });
});
