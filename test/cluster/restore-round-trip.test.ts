// Acceptance tests 3 and 4 of restore.md §8: one object of every served kind, put back onto an empty second cluster, is mirrored
// there byte for byte as it was on the first.
import { expect } from 'chai';
import { ControlPlane } from '../support/control-plane.js';
import { createEveryKind } from '../support/every-kind.js';
import { withFolder } from '../support/mirror-run.js';
import { contents, tree } from '../support/repo.js';
import { RestoreBed, troubles } from '../support/restore.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const NS = 'everything';

describe('acceptance 3, 4: the round trip', function () {
  this.timeout(300_000);
  let first: ControlPlane;
  let second: ControlPlane;
  before(async function () {
    await controlPlaneOrSkip(this);
    [first, second] = await Promise.all([ControlPlane.start(), ControlPlane.start()]);
  });
  after(async () => { await Promise.all([first?.stop(), second?.stop()]); });

  it('of every kind onto an empty cluster is equal byte for byte, but for what is reported', async () => {
    await createEveryKind(first.api, NS);
    await withFolder((one) => withFolder(async (two) => {
      const from = await RestoreBed.over(first, one);
      const head = await from.export();
      const to = await RestoreBed.over(second, two);
      await to.export();
      const bed = new RestoreBed(to.reader, to.writer, one);
      const { report } = await bed.restore({ options: { toOtherCluster: true } });
      const after = await to.export();

      const before = new Map((await tree(from.repo, head)).map((file) => [file.path, file.oid]));
      const now = new Map((await tree(to.repo, after)).map((file) => [file.path, file.oid]));
      const differing = [...before].filter(([path, oid]) => !path.startsWith('.') && now.get(path) !== oid).map(([path]) => path);
      const reported = new Set(report.results.filter(({ result }) => result !== 'done' && result !== 'unchanged').map(({ path }) => path));
      const unexplained = differing.filter((path) => !reported.has(path));
      const texts = new Map([...(await contents(from.repo, before.values())), ...(await contents(to.repo, now.values()))]);
      const show = (path: string): string => `${path}\n--- before\n${texts.get(before.get(path) ?? '')?.toString() ?? ''}\n--- after\n${texts.get(now.get(path) ?? '')?.toString() ?? 'absent'}`;
      expect(unexplained.map(show).join('\n\n')).to.equal('');
      expect(troubles(report)).to.deep.equal([]);
      await from.reader.close();
      await to.reader.close();
    }));
  });
});
