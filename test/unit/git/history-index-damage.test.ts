import { readFileSync, readdirSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { HistoryIndex } from '../../../src/git/history-index/history-index.js';
import { IndexDamaged } from '../../../src/git/history-index/index-damaged.js';
import { busyMs, forever, indexed, slowed, someHistory, SMALL, type MemoryHistory } from './history-support.js';
import { expectCode, newFolder, removeFolders } from './support.js';

describe('damage of the index of the history', () => {
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

  const harms: Readonly<Record<string, (path: string) => void>> = {
    'a cut segment': (path) => truncateSync(path, statSync(path).size - 7),
    'an empty segment': (path) => truncateSync(path, 0),
    'a segment of another version': (path) => { const bytes = readFileSync(path); bytes[8] = 99; writeFileSync(path, bytes); },
    'a segment of somebody else': (path) => writeFileSync(path, 'hello'),
  };
  for (const [name, harm] of Object.entries(harms)) {
    it(`does not believe ${name}`, async () => {
      (await indexed(history, folder)).close();
      for (const segment of segments()) harm(join(folder, segment));
      const index = await indexed(history, folder);
      expect(log(index, '')).to.deep.equal(expected(''));
      index.close();
    });
  }

  it('does not believe the segment of another history under the same name', async () => {
    (await indexed(history, folder)).close();
    const names = segments();
    renameSync(join(folder, names[0] ?? ''), join(folder, names[1] ?? ''));
    const index = await indexed(history, folder);
    expect(log(index, '')).to.deep.equal(expected(''));
    index.close();
  });

  it('notices flipped bytes where they are read, says so, and is whole after the next update', async () => {
    (await indexed(history, folder)).close();
    for (const segment of segments()) {
      const bytes = readFileSync(join(folder, segment));
      bytes[200] = (bytes[200] ?? 0) ^ 1;
      writeFileSync(join(folder, segment), bytes);
    }
    const index = HistoryIndex.open(folder, folder, SMALL);
    const error = await expectCode('NOT_FOUND', () => log(index, 'ns'));
    expect(error).to.not.be.instanceOf(IndexDamaged);
    await index.update(history.tip, history.source(), forever());
    expect(log(index, '')).to.deep.equal(expected(''));
    index.close();
  });

  it('is whole after damage that a look-up finds while an update is at work', async () => {
    // More than one page, of which the last is read by look-ups only.
    const limits = { commits: 90, changes: 1_000, mergedBytes: 0 };
    for (let n = 0; n < 60; n++) history.commit({ [`ns/b/w${n}`]: 'w' });
    const older = history.tip.oid;
    const first = HistoryIndex.open(folder, folder, limits);
    await first.update(history.tip, history.source(), forever());
    first.close();
    for (let n = 0; n < 30; n++) history.commit({ 'ns/a/x.yaml': `late ${n}` });
    const index = HistoryIndex.open(folder, folder, limits);
    let found: unknown;
    const slow = slowed(history.source(), () => { busyMs(5); });
    await index.update(history.tip, slow, forever(), ({ total }) => {
      if (total === undefined || found !== undefined) return;
      const path = join(folder, segments()[0] ?? '');
      const bytes = readFileSync(path);
      writeFileSync(path, bytes.fill(0, bytes.length - 20, bytes.length - 10));
      try {
        found = [...index.log({ from: older, paths: ['ns'] })];
      } catch (error) {
        found = error;
      }
    });
    expect(found).to.be.instanceOf(IndexDamaged);
    expect(log(index, '')).to.deep.equal(expected(''));
    index.close();
    const again = await indexed(history, folder);
    expect(log(again, '')).to.deep.equal(expected(''));
    again.close();
  });

  it('builds anew after a manifest that makes no sense', async () => {
    for (const text of ['', 'kubetape history index 99\n', 'kubetape history index 1\n../../etc/passwd\n', '\0\0\0\0']) {
      (await indexed(history, folder)).close();
      writeFileSync(join(folder, 'manifest'), text);
      const index = await indexed(history, folder);
      expect(log(index, '')).to.deep.equal(expected(''));
      index.close();
    }
  });
});
