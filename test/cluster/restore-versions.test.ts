// Older servers: one object of every kind that they serve is wiped and put back, and mirrored byte for byte as it was.
import { expect } from 'chai';
import { ControlPlane } from '../support/control-plane.js';
import { createEveryKind } from '../support/every-kind.js';
import { withFolder } from '../support/mirror-run.js';
import { contents, tree } from '../support/repo.js';
import { RestoreBed, troubles } from '../support/restore.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const NS = 'versions';

for (const version of LONG ? ['1.33', '1.34', '1.35'] : ['1.33']) {
  describe(`the round trip between servers of Kubernetes ${version}`, function () {
    this.timeout(300_000);
    let first: ControlPlane;
    let second: ControlPlane;
    before(async function () {
      await controlPlaneOrSkip(this);
      [first, second] = await Promise.all([ControlPlane.start({ emulatedVersion: version }), ControlPlane.start({ emulatedVersion: version })]);
    });
    after(async () => { await Promise.all([first?.stop(), second?.stop()]); });

    it('is equal byte for byte, but for what is reported', async () => {
      const created = await createEveryKind(first.api, NS);
      expect(created.length).to.be.greaterThan(60);
      await withFolder((one) => withFolder(async (two) => {
        const from = await RestoreBed.over(first, one);
        const head = await from.export();
        const to = await RestoreBed.over(second, two);
        const { report } = await new RestoreBed(to.reader, to.writer, one).restore({ options: { toOtherCluster: true } });
        const after = await to.export();
        await Promise.all([from.reader.close(), to.reader.close()]);

        expect(troubles(report)).to.deep.equal([]);
        const before = new Map((await tree(from.repo, head)).map(({ path, oid }) => [path, oid]));
        const now = new Map((await tree(to.repo, after)).map(({ path, oid }) => [path, oid]));
        const reported = new Set(report.results.filter(({ result }) => result !== 'done' && result !== 'unchanged').map(({ path }) => path));
        const unexplained = [...before].filter(([path, oid]) => !path.startsWith('.') && now.get(path) !== oid && !reported.has(path)).map(([path]) => path);
        const texts = new Map([...(await contents(from.repo, before.values())), ...(await contents(to.repo, now.values()))]);
        const text = (oid: string | undefined): string => texts.get(oid ?? '')?.toString() ?? 'absent';
        expect(unexplained.map((path) => `${path}\n--- before\n${text(before.get(path))}--- after\n${text(now.get(path))}`).join('\n\n')).to.equal('');
      }));
    });
  });
}
