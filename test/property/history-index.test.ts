import { readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect } from 'chai';
import { HistoryIndex, type IndexedChange, type IndexQuery } from '../../src/git/history-index/history-index.js';
import { IndexDamaged } from '../../src/git/history-index/index-damaged.js';
import { propertyRuns } from '../support/scale.js';
import { forever, MemoryHistory, SMALL } from '../unit/git/history-support.js';
import { newFolder, removeFolders } from '../unit/git/support.js';

// Names whose order as bytes is not that of UTF-16, and folders beside files that sort around their slash.
const name = fc.constantFrom('a', 'a.b', 'a-b', 'a0', 'b', 'é', '\u{1f600}', '\uffee', 'x.yaml');
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));
const commit = fc.record({
  changes: fc.dictionary(path, fc.option(fc.constantFrom('1', '2', '3'), { freq: 3 }), { maxKeys: 5 }),
  options: fc.record({ at: fc.integer({ min: 0, max: 60 }), completeTo: fc.nat(60).map(String), event: fc.constantFrom('change', 'change', 'change', 'store-went-back') }, { requiredKeys: [] }),
});
const query = fc.record({ paths: fc.array(fc.oneof(path, fc.constant('')), { minLength: 1, maxLength: 12 }), back: fc.nat(12), since: fc.option(fc.nat(60)), until: fc.option(fc.nat(60)) });
const step = fc.record({
  reset: fc.option(fc.nat(8), { freq: 3 }),
  commits: fc.array(commit, { maxLength: 9 }),
  then: fc.constantFrom('go on', 'go on', 'reopen', 'flip', 'cut', 'remove'),
  at: fc.nat(),
  query,
});

/** Harms one file of the index as a disk or a person would. */
function harm(folder: string, how: 'flip' | 'cut' | 'remove', at: number): void {
  const names = readdirSync(folder).sort();
  const file = join(folder, names[at % names.length] ?? '');
  const bytes = readFileSync(file);
  if (how === 'remove') rmSync(file);
  else if (how === 'cut') truncateSync(file, at % (bytes.length + 1));
  else if (bytes.length > 0) {
    bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ (1 << at % 8);
    writeFileSync(file, bytes);
  }
}

/** A look-up that finds damage is repeated after an update, as its documentation says. */
async function sound<T>(history: MemoryHistory, index: HistoryIndex, ask: () => T): Promise<T> {
  for (;;) {
    await index.update(history.tip, history.source(), forever());
    try {
      return ask();
    } catch (error) {
      if (!(error instanceof IndexDamaged)) throw error;
    }
  }
}

describe('index of the history (property)', () => {
  afterEach(removeFolders);

  it('answers what a look through all commits answers, whatever happened to the branch and to its files', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        const folder = join(newFolder(), 'index');
        const history = new MemoryHistory();
        history.commit({ 'a/x.yaml': '0' }, { at: 0 });
        let index = HistoryIndex.open(folder, folder, SMALL);
        const beside = HistoryIndex.open(folder, folder, SMALL);
        for (const { reset, commits, then, at, query: { paths, back, since, until } } of steps) {
          if (reset !== null) history.reset(reset);
          for (const { changes, options } of commits) history.commit(changes, options);
          const from = history.branch.at(-1 - Math.min(back, history.branch.length - 1))?.info.oid ?? '';
          const asked: IndexQuery = { from, paths, ...(since === null ? {} : { since }), ...(until === null ? {} : { until }) };
          for (const each of at % 2 === 0 ? [index] : [index, beside]) {
            const answer = await sound(history, each, (): IndexedChange[] => [...each.log(asked)]);
            expect(answer).to.deep.equal(history.log(asked));
            expect(await sound(history, each, () => each.commitAt(at % 60))).to.equal(history.commitAt(at % 60));
            expect(await sound(history, each, () => each.commitHolding(BigInt(at % 60)))).to.equal(history.commitHolding(BigInt(at % 60)));
          }
          if (then === 'go on') continue;
          index.close();
          if (then !== 'reopen') harm(folder, then, at);
          index = HistoryIndex.open(folder, folder, SMALL);
        }
        for (const each of [index, beside]) each.close();
      }),
      propertyRuns(150),
    );
  });
});
