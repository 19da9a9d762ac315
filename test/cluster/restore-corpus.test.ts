// Long form: the corpus of real manifests, put back onto an empty second cluster and mirrored there again.
import { join } from 'node:path';
import { expect } from 'chai';
import { ControlPlane } from '../support/control-plane.js';
import { loadCorpus } from '../support/corpus.js';
import { withFolder } from '../support/mirror-run.js';
import { tree } from '../support/repo.js';
import { RestoreBed } from '../support/restore.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const CORPUS = process.env['KUBETAPE_CORPUS'];

// Not registered in the short form, so that nothing is pending there.
if (LONG && CORPUS !== undefined) describe('a restore of the corpus of real manifests', function () {
  this.timeout(30 * 60_000);

  it('is tree-equal on the second cluster, but for what the report names', async function () {
    await controlPlaneOrSkip(this);
    const [first, second] = await Promise.all([ControlPlane.start(), ControlPlane.start()]);
    await withFolder((one) => withFolder(async (two) => {
      await loadCorpus(first, join(CORPUS, 'real-world'));
      const from = await RestoreBed.over(first, one);
      const head = await from.export();
      await from.reader.close();
      await first.stop();

      const to = await RestoreBed.over(second, two);
      const bed = new RestoreBed(to.reader, to.writer, one);
      const { report } = await bed.restore({ options: { toOtherCluster: true } }, { waitMs: 5_000 });
      const after = await to.export();
      await to.reader.close();

      const before = (await tree(from.repo, head)).filter(({ path }) => !path.startsWith('.'));
      const now = new Map((await tree(to.repo, after)).map(({ path, oid }) => [path, oid]));
      const reported = new Map(report.results.filter(({ result }) => result !== 'done').map(({ path, result, message }) => [path, `${result}: ${message ?? ''}`]));
      const unexplained = before.filter(({ path, oid }) => now.get(path) !== oid && !reported.has(path)).map(({ path }) => path);
      const counts = Object.entries(report.counts).filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`).join(', ');
      process.stdout.write(`      ${before.length} files, ${before.length - [...before].filter(({ path, oid }) => now.get(path) !== oid).length} equal; ${counts}\n`);
      for (const [path, why] of reported) if (!/^(skipped)/.test(why)) process.stdout.write(`      ${path}: ${why}\n`);
      expect(unexplained).to.deep.equal([]);
      // Both were accepted in another version of their type than the preferred one, in which no server takes them: their
      // definitions convert nothing (strategy None, or a webhook that is not there).
      expect(report.results.filter(({ result }) => result === 'failed').map(({ status, id }) => [status, id.name])).to.deep.equal([
        [422, 'compositepostgresqlinstances.common.crossplane.io'], [422, 'foo-pool'],
      ]);
      expect(report.counts.done).to.be.greaterThan(1000);
    }));
    await second.stop();
  });
});
