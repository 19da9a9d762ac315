import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect } from 'chai';
import { propertyRuns } from '../support/scale.js';
import { assertSound, commit, FORMAT, git, gitFiles, newFolder, openTape, put, removeFolders, tapeFiles } from '../unit/git/support.js';

// Folders and files of different names, whose order in git differs from the order of the names.
const folderName = fc.constantFrom('a', 'a.b', 'a-b', 'a0', 'ab', 'é', 'Z');
const fileName = fc.constantFrom('f', 'f.y', 'f-', 'f0', 'a.', 'a!', 'ü.y', 'z');
const path = fc.tuple(fc.array(folderName, { maxLength: 3 }), fileName).map(([folders, file]) => [...folders, file].join('/'));
const change = fc.tuple(path, fc.option(fc.constantFrom('1', '2', '3', ''), { freq: 3 }));
const step = fc.record({ clear: fc.boolean(), changes: fc.array(change, { maxLength: 12 }), then: fc.constantFrom('go on', 'reopen', 'maintain', 'gc') });

/** The same tree by `git update-index` and `git write-tree`. */
function oracle(repository: string, index: string, files: ReadonlyMap<string, string>): string {
  const env = { ...process.env, GIT_INDEX_FILE: index };
  const run = (input: string, ...args: string[]): string => execFileSync('git', [`--git-dir=${repository}`, ...args], { env, input, encoding: 'utf8' }).trim();
  run('', 'read-tree', '--empty');
  const lines = [...files].map(([file, text]) => `100644 ${run(text, 'hash-object', '-w', '--stdin')}\t${file}\0`);
  run(lines.join(''), 'update-index', '-z', '--index-info');
  return run('', 'write-tree');
}

describe('git draft (property)', () => {
  afterEach(removeFolders);

  it('makes the trees that git makes, whatever the changes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 5 }), async (steps) => {
        const folder = newFolder();
        const repository = join(folder, 'tape.git');
        let tape = await openTape(repository);
        commit(tape, FORMAT);
        const judge = join(folder, 'judge.git');
        execFileSync('git', ['init', '-q', '--bare', judge]);
        const files = new Map(Object.entries(FORMAT));
        for (const { clear, changes, then } of steps) {
          const draft = tape.begin();
          const before = new Map(files);
          const removals = clear ? [...files.keys()].filter((file) => !(file in FORMAT)).map((file) => [file, null] as const) : [];
          for (const [file, text] of [...removals, ...changes]) {
            if (text === null) {
              draft.remove(file);
              files.delete(file);
            } else {
              put(draft, { [file]: text });
              files.set(file, text);
            }
          }
          const differing = [...new Set([...before.keys(), ...files.keys()])].filter((file) => before.get(file) !== files.get(file));
          expect([...draft.changes()].map((entry) => entry.path)).to.have.members(differing);
          expect(draft.changed).to.equal(differing.length);
          const info = draft.commit('step');
          if (info === null) draft.discard();
          expect(info === null).to.equal(differing.length === 0);
          expect(tape.head()?.tree).to.equal(oracle(judge, join(folder, 'index'), files));
          if (then === 'reopen') {
            tape.close();
            tape = await openTape(repository);
          } else if (then === 'maintain') await tape.maintain();
          else if (then === 'gc') git(repository, 'gc', '-q', '--prune=now');
          expect(tapeFiles(tape)).to.deep.equal(gitFiles(repository));
        }
        tape.close();
        assertSound(repository);
      }),
      propertyRuns(15),
    );
  });
});
