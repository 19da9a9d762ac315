import { expect } from 'chai';
import { absentPaths, needsConfirmation, SWEEP_COUNT, SWEEP_SHARE, typeFolders } from '../../../src/capture/sweep.js';
import { Stage } from '../../../src/capture/stage.js';
import { GitTape } from '../../../src/git/git-tape.js';
import { SILENT } from '../../../src/lib/log.js';
import type { ResourceType } from '../../../src/model/resource-type.js';
import { withFolder } from '../../support/mirror-run.js';

const type = (resource: string, group = ''): ResourceType => ({ group, version: 'v1', resource, kind: resource, namespaced: true, watchable: true });
const CONFIG_MAPS = type('configmaps');
const NOTHING: ReadonlySet<string> = new Set();

/** A tape that holds `committed`, and a stage with `staged` on it. */
async function withStage(committed: readonly string[], staged: readonly string[], use: (tape: GitTape, stage: Stage) => void): Promise<void> {
  await withFolder(async (folder) => {
    const tape = await GitTape.open({ path: `${folder}/repo.git`, branch: 'main', create: true, log: SILENT });
    try {
      const stage = new Stage(tape, Date.now, () => undefined);
      for (const path of ['.kubetape/format', ...committed]) stage.put(path, Buffer.from('version: 1\n'));
      stage.pending()?.draft.commit('x\n');
      stage.committed();
      for (const path of staged) stage.put(path, Buffer.from(`staged ${path}`));
      use(tape, stage);
    } finally {
      tape.close();
    }
  });
}

describe('what a complete list did not have', () => {
  const A = 'namespaces/red/configmaps/a.yaml';
  const B = 'namespaces/blue/configmaps/b.yaml';

  it('is every file of the type that it did not name, staged ones included', async () => {
    await withStage([A, 'namespaces/red/secrets/s.yaml'], [B], (tape, stage) => {
      expect(absentPaths(tape, stage, CONFIG_MAPS, undefined, new Set([A])).absent).to.deep.equal([B]);
      expect(absentPaths(tape, stage, CONFIG_MAPS, undefined, NOTHING)).to.deep.equal({ files: 1, absent: [A, B] });
      expect(absentPaths(tape, stage, CONFIG_MAPS, 'red', NOTHING).absent).to.deep.equal([A]);
      expect(absentPaths(tape, stage, CONFIG_MAPS, 'blue', NOTHING).absent).to.deep.equal([B]);
    });
  });

  it('is never a file of another type, however long the names are', async () => {
    await withStage([], [A, B, 'cluster/namespaces/red.yaml'], (tape, stage) => {
      for (let length = 1; length < 60; length++) {
        expect(absentPaths(tape, stage, type('x'.repeat(length)), undefined, NOTHING).absent, `a name of ${length}`).to.deep.equal([]);
      }
      expect(absentPaths(tape, stage, type('maps'), undefined, NOTHING).absent).to.deep.equal([]);
      expect(absentPaths(tape, stage, type('configmaps', 'example.com'), undefined, NOTHING).absent).to.deep.equal([]);
    });
  });

  it('is looked for under both roots: a type may have come back with another scope', async () => {
    await withStage(['cluster/widgets.example.com/w.yaml', 'namespaces/red/widgets.example.com/w.yaml'], [], (tape, stage) => {
      const widgets = type('widgets', 'example.com');
      expect(typeFolders(tape, widgets, undefined)).to.include.members(['cluster/widgets.example.com', 'namespaces/red/widgets.example.com']);
      expect(absentPaths(tape, stage, { ...widgets, namespaced: false }, undefined, new Set(['cluster/widgets.example.com/w.yaml'])).absent).to.deep.equal(['namespaces/red/widgets.example.com/w.yaml']);
    });
  });

  it('needs a second list when it is much: more than 50 objects and more than 30 %', () => {
    const absence = (absent: number, files: number): boolean => needsConfirmation({ files, absent: Array.from({ length: absent }, String) });
    expect([SWEEP_COUNT, SWEEP_SHARE]).to.deep.equal([50, 0.3]);
    expect(absence(50, 50), 'few objects').to.equal(false);
    expect(absence(51, 51), 'all of them').to.equal(true);
    expect(absence(51, 170), 'exactly 30 %').to.equal(false);
    expect(absence(300, 999), 'a little more than 30 %').to.equal(true);
    expect(absence(3000, 100_000), '3 %').to.equal(false);
  });
});
