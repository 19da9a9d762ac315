import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { isRemote, parseRemote, wordsOf } from '../../src/git/remote-location.js';
import { openHistory } from '../../src/git/open-history.js';
import type { History } from '../../src/model/history.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { serveGit, type GitServer } from '../support/git-server.js';
import { BEGIN, closeHistories, gitIn, logOf, makeHistory, open, SIGNAL } from '../unit/git/reading-support.js';
import { commit, expectCode, gitFiles, newFolder, openTape, removeFolders } from '../unit/git/support.js';

/** Runs without a git program. */
async function withoutGit<T>(work: () => Promise<T>): Promise<T> {
  const { PATH } = process.env;
  process.env['PATH'] = newFolder();
  try {
    return await work();
  } finally {
    process.env['PATH'] = PATH;
  }
}

const programs: readonly (readonly [string, <T>(work: () => Promise<T>) => Promise<T>])[] = [['the git program', (work) => work()], ['no git program', withoutGit]];

describe('a repository at a URL', () => {
  let folder: string;
  let path: string;
  let commits: CommitInfo[];
  let server: GitServer;
  let cacheFolder: string;
  const url = (): string => `${server.url}/tape.git`;
  const copies = (): string[] => (existsSync(join(cacheFolder, 'remotes')) ? readdirSync(join(cacheFolder, 'remotes')) : []);
  const files = (history: History): Record<string, string> => Object.fromEntries([...history.snapshot(history.head()).files('')].map((file) => [file.path, file.oid]));

  beforeEach(async () => {
    folder = newFolder();
    path = join(folder, 'tape.git');
    commits = await makeHistory(path, 12);
    gitIn(path, 'tag', '-a', '-m', 'point', 'v1', 'main~3');
    server = await serveGit(folder);
    cacheFolder = join(newFolder(), 'cache');
  });
  afterEach(async () => {
    closeHistories();
    await server.close();
    removeFolders();
  });

  for (const [name, run] of programs) {
    describe(`with ${name}`, () => {
      it('is copied whole, and fetched again when it is opened again', async () => {
        gitIn(path, 'repack', '-q', '-adf');
        gitIn(path, 'update-ref', 'refs/kubetape/pre-restore/1', commits[2]?.oid ?? '');
        const first = await run(async () => open(url(), { cacheFolder }));
        expect([first.location, first.branch, first.head()]).to.deep.equal([url(), 'main', commits.at(-1)]);
        expect(files(first)).to.deep.equal(gitFiles(path));
        expect((await logOf(first, { paths: ['namespaces'] })).length).to.equal(11);
        expect(first.points().map((point) => point.name)).to.deep.equal(['v1']);
        const tape = await openTape(path, { now: () => (BEGIN + 1e6) * 1000 });
        const next = commit(tape, { 'namespaces/shop/deployments.apps/web-0.yaml': 'new\n' });
        tape.close();
        gitIn(path, 'tag', '-d', 'v1');
        gitIn(path, 'tag', '-a', '-m', 'point', 'v2', 'main~1');
        const again = await run(async () => open(url(), { cacheFolder }));
        expect([again.head(), copies().length]).to.deep.equal([next, 1]);
        expect(again.points().map((point) => point.name)).to.deep.equal(['v2']);
        expect((await again.resolve('kubetape/pre-restore/1', SIGNAL)).commit).to.deep.equal(commits[2]);
        const copied = join(cacheFolder, 'remotes', copies()[0] ?? '');
        expect(gitIn(copied, 'fsck', '--strict', '--full', '--no-dangling', '--no-progress')).to.equal('');
        expect(gitIn(copied, 'for-each-ref')).to.equal(gitIn(path, 'for-each-ref'));
        expect(statSync(join(cacheFolder, 'remotes')).mode & 0o77).to.equal(0);
      });

      it('that cannot be reached is an error that names it, with and without a copy', async () => {
        const missing = await expectCode('IO', () => run(async () => open(`${server.url}/none.git`, { cacheFolder })));
        expect(missing.message).to.contain(`Copying ${server.url}/none.git failed`);
        await run(async () => open(url(), { cacheFolder }));
        await server.close();
        const error = await expectCode('IO', () => run(async () => open(url(), { cacheFolder })));
        expect(error.message).to.contain(`Fetching ${url()} failed`);
        const copied = join(cacheFolder, 'remotes', copies()[0] ?? '');
        expect(error.hint).to.contain(copied);
        expect((await open(copied)).head()).to.deep.equal(commits.at(-1));
      });

      it('that breaks off leaves nothing that is taken for a copy', async () => {
        server.cutAfter(3000);
        await expectCode('IO', () => run(async () => open(url(), { cacheFolder })));
        expect(copies()).to.deep.equal([]);
        server.cutAfter(undefined);
        expect((await run(async () => open(url(), { cacheFolder }))).head()).to.deep.equal(commits.at(-1));
      });

      it('gets the credentials of its URL, which show nowhere', async () => {
        const guarded = await serveGit(folder, 'me:s3cr&t/pw');
        try {
          const location = `http://me:s3cr%26t%2Fpw@${guarded.url.slice(7)}/tape.git`;
          const history = await run(async () => open(location, { cacheFolder }));
          expect([history.location, history.head()]).to.deep.equal([`${guarded.url}/tape.git`, commits.at(-1)]);
          const wrong = await expectCode('IO', () => run(async () => open(location.replace('s3cr', 'other'), { cacheFolder: join(newFolder(), 'cache') })));
          for (const secret of ['other%26t', 'other&t', '\x1b']) expect(`${wrong.message} ${wrong.hint}`).to.not.contain(secret);
          const names = readdirSync(cacheFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
          for (const { parentPath, name: file } of names) expect(readFileSync(join(parentPath, file), 'latin1'), file).to.not.contain('s3cr');
        } finally {
          await guarded.close();
        }
      });

      it('stops when it is aborted, and leaves nothing', async () => {
        const control = new AbortController();
        const reason = new Error('enough');
        const opening = run(async () => openHistory({ location: url(), cacheFolder, now: Date.now }, control.signal));
        control.abort(reason);
        expect(await opening.then(() => null, (error: unknown) => error)).to.equal(reason);
        expect(copies()).to.deep.equal([]);
      });
    });
  }

  it('is read over file://, too, and keeps its own points', async () => {
    const history = await open(`file://${path}`, { cacheFolder });
    expect(history.head()).to.deep.equal(commits.at(-1));
    const error = await expectCode('UNSUPPORTED', () => history.createPoint('here', history.head(), 'x'));
    expect(error.message).to.contain('a change would be lost');
    await expectCode('UNSUPPORTED', () => history.removePoint('v1'));
    expect(gitIn(path, 'tag')).to.equal('v1');
    const hint = await expectCode('UNSUPPORTED', () => withoutGit(async () => open(`file://${path}`, { cacheFolder: join(newFolder(), 'cache') })));
    expect(hint.hint).to.contain('Install git');
  });

  it('is read over ssh by the person\'s own program for it, as a URL and as host:path', async () => {
    const program = join(newFolder(), 'ssh');
    // The last word is the command for the other machine; the one before it is the machine.
    writeFileSync(program, '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n', { mode: 0o755 });
    process.env['GIT_SSH_COMMAND'] = program;
    try {
      for (const location of [`ssh://git@example.invalid${path}`, `git@example.invalid:${path}`]) {
        const history = await open(location, { cacheFolder });
        expect([history.location, history.head()]).to.deep.equal([location, commits.at(-1)]);
      }
    } finally {
      delete process.env['GIT_SSH_COMMAND'];
    }
  });

  it('may be opened by several at once, and takes up where git itself or isomorphic-git left off', async () => {
    const opened = await Promise.all([1, 2, 3].map(async () => open(url(), { cacheFolder })));
    expect(opened.map((history) => history.head().oid)).to.deep.equal(Array(3).fill(commits.at(-1)?.oid));
    expect(copies().length).to.equal(1);
    const tape = await openTape(path, { now: () => (BEGIN + 1e6) * 1000 });
    const next = commit(tape, { a: '1' });
    const last = (): CommitInfo => commit(tape, { a: '2' });
    expect((await withoutGit(async () => open(url(), { cacheFolder }))).head()).to.deep.equal(next);
    const newest = last();
    tape.close();
    const both = await Promise.all([1, 2].map(async () => open(url(), { cacheFolder })));
    for (const history of both) expect(history.head()).to.deep.equal(newest);
  });

  it('has the leftovers of a copy that was killed removed, a day later', async () => {
    await open(url(), { cacheFolder });
    const copied = join(cacheFolder, 'remotes', copies()[0] ?? '');
    const [old, young] = [`${copied}.part-old`, `${copied}.part-young`];
    for (const part of [old, young]) mkdirSync(join(part, 'objects'), { recursive: true });
    utimesSync(old, 1, 1);
    execFileSync('rm', ['-rf', copied]);
    await open(url(), { cacheFolder });
    expect([existsSync(old), existsSync(young)]).to.deep.equal([false, true]);
  });

  it('is told from a path as git does it', () => {
    for (const location of ['https://h/x.git', 'HTTP://h/x', 'ssh://git@h/x', 'git://h/x', 'file:///x', 'git@h:x/y.git', 'host:path']) expect(isRemote(location), location).to.equal(true);
    for (const location of ['', '.', '/x/y', 'x/y:z', './a:b', 'C:\\x', 'c:/x', '-oProxyCommand=x:y', 'x:', path]) expect(isRemote(location), location).to.equal(false);
    expect(parseRemote('https://tok%3Aen@h:8443/x')).to.deep.equal({ url: 'https://h:8443/x', credentials: { username: 'tok:en', password: '' } });
    expect(parseRemote('ssh://git@h/x').url).to.equal('ssh://git@h/x');
    expect(wordsOf('remote: \x1b[2J\nfatal: token abc12 is bad', { url: '', credentials: { username: 'abc12', password: '' } })).to.equal('remote: \\x1b[2J; fatal: token *** is bad');
  });
});
