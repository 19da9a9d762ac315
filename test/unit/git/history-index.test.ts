import { chmodSync, existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { HistoryIndex } from '../../../src/git/history-index/history-index.js';
import { busyMs, forever, indexed, slowed, someHistory, SMALL, type MemoryHistory } from './history-support.js';
import { expectCode, newFolder, removeFolders } from './support.js';

/** While `work` goes on nothing can be made in a folder. Root may write everywhere, so it becomes somebody else. */
async function withUnwritable(folder: string, work: () => Promise<void>): Promise<void> {
  const root = process.geteuid?.() === 0;
  chmodSync(folder, 0o555);
  if (root) process.seteuid?.(65_534);
  try {
    await work();
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
}

describe('index of the history', () => {
  let history: MemoryHistory;
  let folder: string;
  afterEach(removeFolders);
  beforeEach(() => {
    folder = join(newFolder(), 'index');
    history = someHistory();
  });

  const segments = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.segment'));
  const log = (index: HistoryIndex, ...paths: string[]): unknown[] => [...index.log({ from: history.tip.oid, paths })];
  const expected = (...paths: string[]): unknown[] => history.log({ from: history.tip.oid, paths });

  it('writes nothing before it is used', () => {
    HistoryIndex.open(folder, folder).close();
    expect(existsSync(folder)).to.equal(false);
  });

  it('answers for files, folders, both of one name, several and all paths, newest first', async () => {
    const index = await indexed(history, folder);
    for (const paths of [['ns/a/x.yaml'], ['ns/b'], ['ns/a'], ['ns'], [''], ['ns/b/y1.yaml', 'ns/a', 'ns/b/y1.yaml'], ['n'], ['ns/b/y'], ['zz', 'ns/b/y3.yaml']]) {
      expect(log(index, ...paths), paths.join()).to.deep.equal(expected(...paths));
    }
    expect(log(index, 'ns/b/y6.yaml')).to.have.length(4);
    expect(log(index, 'ns/c')).to.deep.equal([]);
    index.close();
  });

  it('answers many paths at once as one by one', async () => {
    const index = await indexed(history, folder);
    const paths = Array.from({ length: 20 }, (_, i) => `ns/b/y${i}.yaml`);
    expect(log(index, ...paths)).to.deep.equal(expected(...paths));
    index.close();
  });

  it('starts at an older commit and keeps to the times asked for, to the second', async () => {
    const index = await indexed(history, folder);
    const older = history.branch[17]?.info ?? history.tip;
    for (const [since, until] of [[1_005, 1_010], [1_010, 1_010], [0, 1_001], [1_018, 9_999], [5_000, 6_000]] as const) {
      const query = { from: older.oid, paths: ['ns'], since, until };
      expect([...index.log(query)], `${since}–${until}`).to.deep.equal(history.log(query));
    }
    index.close();
  });

  it('is read again by another process without asking the commits', async () => {
    (await indexed(history, folder)).close();
    history.asked = 0;
    const again = await indexed(history, folder);
    expect(history.asked).to.equal(0);
    expect(again.commits).to.equal(30);
    expect(log(again, 'ns/a')).to.deep.equal(expected('ns/a'));
    again.close();
  });

  it('knows each of many commits by its id, however many come at once', async () => {
    for (let n = 0; n < 1100; n++) history.commit({ [`ns/b/y${n % 300}.yaml`]: `many ${n}`, 'ns/a/x.yaml': `many ${n}` });
    const index = HistoryIndex.open(folder, folder);
    await index.update(history.tip, history.source(), forever());
    expect(segments()).to.have.length(1);
    expect(log(index, 'ns/a/x.yaml')).to.deep.equal(expected('ns/a/x.yaml'));
    expect(log(index, 'ns')).to.deep.equal(expected('ns'));
    index.close();
  });

  it('asks for new commits only, and stays with few segments', async () => {
    const index = await indexed(history, folder);
    for (let n = 0; n < 40; n++) {
      history.commit({ 'ns/a/x.yaml': `later ${n}` });
      history.asked = 0;
      await index.update(history.tip, history.source(), forever());
      expect(history.asked).to.equal(1);
    }
    expect(segments().length).to.be.lessThan(12);
    expect(log(index, 'ns/a')).to.deep.equal(expected('ns/a'));
    index.close();
  });

  it('refuses a commit that it does not hold', async () => {
    const index = await indexed(history, folder);
    expect(index.holds(history.tip.oid)).to.equal(true);
    expect(index.holds('e'.repeat(40))).to.equal(false);
    await expectCode('NOT_FOUND', () => [...index.log({ from: 'e'.repeat(40), paths: [''] })]);
    index.close();
  });

  it('finds the commit of a time though a person\'s date goes back, and the one that holds a resourceVersion', async () => {
    history.commit({ p: '1' }, { at: 5 });
    history.commit({ p: '2' }, { at: 1_100, event: 'store-went-back', completeTo: '150' });
    history.commit({ p: '3' }, { completeTo: '180' });
    const index = await indexed(history, folder);
    for (const seconds of [0, 4, 5, 1_000, 1_001, 1_015, 1_030, 1_031, 1_099, 1_100, 9_999]) expect(index.commitAt(seconds), `${seconds} s`).to.equal(history.commitAt(seconds));
    for (const version of [0n, 150n, 151n, 180n, 181n, 390n]) expect(index.commitHolding(version), `${version}`).to.equal(history.commitHolding(version));
    expect(index.commitHolding(151n)).to.equal(history.tip.oid);
    index.close();
  });

  it('takes no resourceVersion that is none for one', async () => {
    for (const completeTo of ['abc', '99999999999999999999', '-5', '']) history.commit({ p: completeTo }, { completeTo });
    const index = await indexed(history, folder);
    expect(index.commitHolding(391n)).to.equal(null);
    index.close();
  });

  it('drops what a reset branch no longer has', async () => {
    const index = await indexed(history, folder);
    history.reset(13);
    for (let n = 0; n < 3; n++) history.commit({ 'ns/a/x.yaml': `other ${n}` });
    history.asked = 0;
    await index.update(history.tip, history.source(), forever());
    expect(history.asked).to.equal(3);
    expect(log(index, '')).to.deep.equal(expected(''));
    index.close();
  });

  it('answers as of the tip that was given, though another process has seen newer commits', async () => {
    const older = history.tip;
    (await indexed(history, folder)).close();
    for (let n = 0; n < 5; n++) history.commit({ q: String(n) }, { completeTo: String(1_000 + n) });
    const newer = await indexed(history, folder);
    const index = HistoryIndex.open(folder, folder, SMALL);
    await index.update(older, history.source(), forever());
    expect(index.commitAt(99_999)).to.equal(older.oid);
    expect(index.commitHolding(1_000n)).to.equal(null);
    await newer.update(history.tip, history.source(), forever());
    expect(newer.commitAt(99_999)).to.equal(history.tip.oid);
    for (const each of [index, newer]) each.close();
  });

  it('stays whole when two processes update at once', async () => {
    const both = [await indexed(history, folder), await indexed(history, folder)];
    for (let n = 0; n < 30; n++) history.commit({ 'ns/a/x.yaml': `later ${n}` });
    const slow = slowed(history.source(), () => { busyMs(5); });
    await Promise.all(both.map(async (each) => each.update(history.tip, slow, forever())));
    history.asked = 0;
    for (const each of [...both, await indexed(history, folder)]) {
      expect(log(each, '')).to.deep.equal(expected(''));
      each.close();
    }
    expect(history.asked).to.equal(0);
  });

  it('puts back what another process merged away meanwhile', async () => {
    (await indexed(history, folder)).close();
    const index = HistoryIndex.open(folder, folder, { ...SMALL, mergedBytes: 0 });
    for (let n = 0; n < 30; n++) history.commit({ 'ns/a/x.yaml': `later ${n}` });
    let removed = 0;
    await index.update(history.tip, slowed(history.source(), () => { busyMs(5); }), forever(), ({ total }) => {
      if (total === undefined || removed > 0) return;
      for (const name of segments()) rmSync(join(folder, name));
      removed += 1;
    });
    index.close();
    expect(removed).to.equal(1);
    history.asked = 0;
    const again = await indexed(history, folder);
    expect(history.asked).to.equal(0);
    expect(log(again, '')).to.deep.equal(expected(''));
    again.close();
  });

  it('goes on where it was aborted', async () => {
    const index = HistoryIndex.open(folder, folder, SMALL);
    const failing = slowed(history.source(), () => {
      if (history.asked === 20) throw new Error('stop');
    });
    const error: unknown = await index.update(history.tip, failing, forever()).catch((reason: unknown) => reason);
    expect(error).to.be.an('error').with.property('message', 'stop');
    index.close();
    const next = await indexed(history, folder);
    expect(history.asked).to.be.lessThan(30 + SMALL.commits);
    expect(log(next, '')).to.deep.equal(expected(''));
    next.close();
  });

  it('rejects with the reason of an abort', async () => {
    const controller = new AbortController();
    const slow = slowed(history.source(), () => { busyMs(5); });
    const index = HistoryIndex.open(folder, folder, SMALL);
    const reason = new Error('enough');
    let reported = 0;
    const error: unknown = await index.update(history.tip, slow, controller.signal, ({ total }) => { if (total !== undefined && ++reported === 2) controller.abort(reason); }).catch((thrown: unknown) => thrown);
    expect(error).to.equal(reason);
    index.close();
  });

  it('goes to the other folder when the first cannot be written, and uses what is in the first', async () => {
    (await indexed(history, folder)).close();
    const fallback = join(newFolder(), 'fallback');
    for (const above of [folder, fallback]) chmodSync(dirname(above), 0o777);
    history.commit({ 'ns/a/x.yaml': 'late' });
    history.asked = 0;
    const index = HistoryIndex.open(folder, fallback, SMALL);
    const before = readdirSync(folder).sort();
    await withUnwritable(folder, () => index.update(history.tip, history.source(), forever()));
    expect(history.asked).to.equal(1);
    expect(readdirSync(folder).sort()).to.deep.equal(before);
    expect(readdirSync(fallback)).to.include('manifest');
    expect(log(index, 'ns/a')).to.deep.equal(expected('ns/a'));
    index.close();
    history.asked = 0;
    const again = await indexed(history, folder, fallback);
    expect(history.asked).to.equal(0);
    expect(log(again, 'ns/a')).to.deep.equal(expected('ns/a'));
    again.close();
  });

  it('stays in memory when no folder can be written', async () => {
    const file = join(newFolder(), 'file');
    writeFileSync(file, '');
    const index = await indexed(history, join(file, 'a'), join(file, 'b'));
    expect(log(index, '')).to.deep.equal(expected(''));
    history.commit({ 'ns/a/x.yaml': 'late' });
    history.asked = 0;
    await index.update(history.tip, history.source(), forever());
    expect(history.asked).to.equal(1);
    expect(log(index, 'ns/a')).to.deep.equal(expected('ns/a'));
    index.close();
  });

  it('removes what nobody names any more when it is old, and only that', async () => {
    (await indexed(history, folder)).close();
    const old = new Date(Date.now() - 2 * 3_600_000);
    const put = (name: string, at: Date): void => {
      writeFileSync(join(folder, name), 'x');
      utimesSync(join(folder, name), at, at);
    };
    const [orphan, fresh, draft] = [`${'a'.repeat(40)}-3.segment`, `${'b'.repeat(40)}-3.segment`, 'manifest.1-abc.tmp'];
    put(orphan, old);
    put(fresh, new Date());
    put(draft, old);
    put('README', old);
    history.commit({ z: '1' });
    (await indexed(history, folder)).close();
    expect(readdirSync(folder)).to.include.members(['README', fresh]);
    expect(readdirSync(folder)).to.not.include.members([orphan]);
    expect(readdirSync(folder)).to.not.include.members([draft]);
  });
});
