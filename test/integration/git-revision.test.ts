import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { encodeCommit } from '../../src/git/commit-object.js';
import { objectOid } from '../../src/lib/git-blob.js';
import type { History } from '../../src/model/history.js';
import type { CommitInfo } from '../../src/model/tape.js';
import { propertyRuns } from '../support/scale.js';
import { BEGIN, closeHistories, gitIn, importHistory, makeHistory, open, SIGNAL, writeCommit } from '../unit/git/reading-support.js';
import { expectCode, newFolder, removeFolders } from '../unit/git/support.js';

const COUNT = 60;

describe('resolving a revision', () => {
  let path: string;
  let commits: CommitInfo[];
  let history: History;
  const oidOf = async (revision: string): Promise<string> => (await history.resolve(revision, SIGNAL)).commit.oid;
  const git = (...args: string[]): string => gitIn(path, ...args);
  const nth = (i: number): string => commits.at(i)?.oid ?? '';

  before(async () => {
    path = join(newFolder(), 'tape.git');
    commits = await makeHistory(path, COUNT);
    git('tag', '-a', '-m', 'point', 'v1', 'main~20');
    git('tag', '-a', '-m', 'point of a point', 'v1-again', 'v1');
    git('tag', 'light', 'main~10');
    git('tag', '2026-11-20', 'main~11');
    git('branch', 'clusters/prod', 'main~5');
    git('update-ref', 'refs/kubetape/pre-restore/7', nth(-8));
    git('update-ref', 'refs/remotes/origin/main', nth(-3));
    git('symbolic-ref', 'refs/remotes/origin/HEAD', 'refs/remotes/origin/main');
    // Both a tag and a branch: git takes the tag.
    git('branch', 'both', 'main~1');
    git('tag', 'both', 'main~2');
    const tree = git('rev-parse', 'main~30^{tree}');
    const merge = git('commit-tree', '-p', 'main~30', '-p', 'main~40', '-m', 'merge', tree);
    git('update-ref', 'refs/heads/merged', merge);
    git('pack-refs', '--all');
    git('branch', 'later', 'main~6');
    history = await open(path);
  });
  after(() => {
    closeHistories();
    removeFolders();
  });

  it('finds what git rev-parse finds, whatever the expression', async () => {
    const names = ['HEAD', '@', 'main', 'v1', 'v1-again', 'light', 'both', 'clusters/prod', 'heads/main', 'tags/v1', 'refs/heads/later', 'later', 'origin', 'origin/main', 'remotes/origin/HEAD', 'kubetape/pre-restore/7', 'merged', '2026-11-20', 'config', 'objects', 'nothing', 'refs/heads/../../HEAD'];
    const ids = fc.tuple(fc.nat(COUNT - 1), fc.integer({ min: 4, max: 40 }), fc.boolean()).map(([i, length, upper]) => (upper ? nth(i).toUpperCase() : nth(i)).slice(0, length));
    const steps = fc.array(fc.constantFrom('~', '^', '~2', '~7', '^0', '^1', '^2', '^{commit}', '^{}', '~0', '~15', '^00'), { maxLength: 4 });
    const property = fc.asyncProperty(fc.oneof(fc.constantFrom(...names), ids), steps, async (base, chain) => {
      const revision = base + chain.join('');
      let wanted: string | null;
      try {
        wanted = git('rev-parse', '--quiet', '--verify', `${revision}^{commit}`);
      } catch {
        wanted = null;
      }
      if (wanted === null) await expectCode('NOT_FOUND', () => history.resolve(revision, SIGNAL));
      else expect(await oidOf(revision), revision).to.equal(wanted);
    });
    await fc.assert(property, propertyRuns(150));
  }).timeout(120_000);

  it('takes HEAD as the head of the branch that was opened', async () => {
    const prod = await open(path, { branch: 'clusters/prod' });
    expect((await prod.resolve('HEAD~1', SIGNAL)).commit.oid).to.equal(nth(-7));
    expect((await prod.resolve('@', SIGNAL)).commit).to.deep.equal(prod.head());
  });

  it('finds the newest commit that is not later than a time, and says which zone it took', async () => {
    const resolved = await history.resolve('2026-11-01T00:10:59Z', SIGNAL);
    expect(resolved).to.deep.equal({ given: '2026-11-01T00:10:59Z', commit: commits[10], time: { at: BEGIN + 659, zone: 'UTC' } });
    expect(await oidOf('2026-11-01T00:11:00Z')).to.equal(nth(11));
    expect(await oidOf('2026-11-01T01:11+01:00~2')).to.equal(nth(9));
    expect(await oidOf('2026-11-02')).to.equal(nth(-1));
    expect(await oidOf('2099-01-01')).to.equal(nth(-1));
    const berlin = await open(path, { timeZone: 'Europe/Berlin', now: () => (BEGIN + 3600) * 1000 });
    expect((await berlin.resolve('2026-11-01 01:20', SIGNAL)).commit.oid).to.equal(nth(20));
    expect((await berlin.resolve('30m ago', SIGNAL)).commit.oid).to.equal(nth(30));
    expect((await berlin.resolve('now', SIGNAL)).time).to.deep.equal({ at: BEGIN + 3600, zone: 'Europe/Berlin' });
  });

  it('prefers a tag or branch that is named like a time', async () => {
    expect(await history.resolve('2026-11-20', SIGNAL)).to.deep.equal({ given: '2026-11-20', commit: commits.at(-12) });
    git('branch', 'yesterday', 'main~4');
    expect(await oidOf('yesterday')).to.equal(nth(-5));
  });

  it('says when the history begins, for a time before it', async () => {
    for (const text of ['2026-10-31', '2000-01-01T00:00Z', '9999999 weeks ago~1']) {
      const error = await expectCode('NOT_FOUND', () => history.resolve(text, SIGNAL));
      expect(error.message, text).to.contain('the history begins later, at 2026-11-01T00:00:00Z');
    }
  });

  it('finds by the index what is further back than it walks, and what a person dated back', async () => {
    const far = join(newFolder(), 'far.git');
    const many = importHistory(far, 1200);
    const long = await open(far);
    expect((await long.resolve('2026-11-01T00:30Z', SIGNAL)).commit.oid).to.equal(many[30]);
    const tip = long.head();
    const back = encodeCommit({ tree: tip.tree, parents: [tip.oid], by: 'p <p@p>', at: BEGIN - 9e8, message: 'by hand' });
    gitIn(far, 'update-ref', 'refs/heads/main', writeCommit(far, back));
    long.refresh();
    expect(long.head().committedAt).to.equal(BEGIN - 9e8);
    expect((await long.resolve('2026-11-01T19:00Z', SIGNAL)).commit.oid).to.equal(many[1140]);
    expect((await long.resolve('2026-11-01T00:30Z', SIGNAL)).commit.oid).to.equal(many[30]);
    expect((await long.resolve('2026-11-30', SIGNAL)).commit.oid).to.equal(long.head().oid);
  });

  it('finds the first commit that holds a resourceVersion', async () => {
    expect([await oidOf('rv:100'), await oidOf('rv:1'), await oidOf('rv:101'), await oidOf('rv:110~1')]).to.deep.equal([nth(0), nth(0), nth(1), nth(0)]);
    const error = await expectCode('NOT_FOUND', () => history.resolve(`rv:${'9'.repeat(25)}`, SIGNAL));
    expect(error.hint).to.contain('Kubetape-Complete-To');
  });

  it('lists the candidates of an ambiguous beginning', async () => {
    // Commits that begin alike are made until there are two.
    const seen = new Map<string, Buffer>();
    const tip = commits.at(-1) as CommitInfo;
    for (let i = 0; ; i++) {
      const data = encodeCommit({ tree: tip.tree, parents: [tip.oid], by: 'p <p@p>', at: BEGIN + i, message: `draft ${i} \x1b[31m` });
      const start = objectOid('commit', data).slice(0, 4);
      const other = seen.get(start);
      seen.set(start, data);
      if (other === undefined) continue;
      for (const each of [other, data]) writeCommit(path, each);
      const error = await expectCode('NOT_FOUND', () => history.resolve(start, SIGNAL));
      expect(error.message).to.contain(`"${start}" is the beginning of 2 commits' ids`);
      expect(error.hint).to.match(/^Give more digits: [0-9a-f]{12} 2026-11-01T00:\d\d:\d\dZ draft \d+ \\x1b\[31m; [0-9a-f]{12} /);
      expect(await oidOf(`${objectOid('commit', data).slice(0, 12)}~1`)).to.equal(tip.oid);
      return;
    }
  });

  it('answers everything else with one clear, escaped error', async () => {
    for (const [revision, words] of [
      ['', 'it is empty'], ['~1', 'begins with no name'], ['main..v1', 'range'], ['main@{1}', 'log of refs'], ['v1^{tree}', 'only ^{commit}'], ['main^@', 'set of commits'], [':/x', 'names no commit'],
      ['main~x', '"x" is not understood'], ['HEAD~60', 'does not go back that far'], ['HEAD~99999999999999999999', 'does not go back that far'], ['HEAD^3', 'has no parent 3'], ['f'.repeat(40), 'there is no object'],
      ['nothing', 'no such commit, point, branch or time'], ['2026-02-30', 'no such day'], ['--all', 'no such commit'], ['../../etc/passwd', 'range'], ['refs/heads/a/./b', 'no such commit'],
    ] as const) {
      expect((await expectCode('NOT_FOUND', () => history.resolve(revision, SIGNAL))).message, revision).to.contain(words);
    }
    const property = fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      const error = await expectCode('NOT_FOUND', () => history.resolve(`?${text}`, SIGNAL));
      expect(`${error.message}${error.hint ?? ''}`).to.match(/^[^\p{Cc}\p{Cf}\u2028\u2029]*$/u).and.to.have.length.below(600);
    });
    await fc.assert(property, propertyRuns(200));
  });

  it('refuses a blob, a tree, and a commit that kubetape did not write', async () => {
    expect((await expectCode('NOT_FOUND', () => history.resolve(commits[3]?.tree ?? '', SIGNAL))).message).to.contain('it is a tree, not a commit');
    git('update-ref', 'refs/heads/notes', git('commit-tree', '-m', 'notes', git('mktree')));
    await expectCode('NOT_OURS', () => history.resolve('notes', SIGNAL));
  });

  it('stops when it is aborted', async () => {
    const reason = new Error('enough');
    const aborted = AbortSignal.abort(reason);
    for (const revision of ['HEAD', '2026-10-01', 'rv:3']) {
      const error: unknown = await history.resolve(revision, aborted).then(() => null, (thrown: unknown) => thrown);
      expect(error).to.equal(reason);
    }
  });
});
