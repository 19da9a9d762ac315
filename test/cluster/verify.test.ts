// Proof against a real API server that moves, and against a repository that somebody tampered with.
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.js';
import { verificationExitCode, verificationResult } from '../../src/inspect/live/verification.js';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import { exportCluster, following, openReader } from '../support/cluster-mirror.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { line, tamper, verified, WITH_KEY } from '../support/live.js';
import { withFolder } from '../support/mirror-run.js';
import { configMap, namespace } from '../support/objects.js';
import { fileAt } from '../support/repo.js';
import { propertySeed, scaled } from '../support/scale.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';
import { startWorkload } from '../support/workload.js';

describe('verify on a real API server', function () {
  this.timeout(300_000);
  let plane: ControlPlane;
  let reader: ClusterReader;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start();
    await plane.api.create(namespace('shop'));
    for (const name of ['a', 'b', 'c']) await plane.api.create(configMap('shop', name));
    reader = await openReader(plane.kubeconfig());
  });

  after(async () => {
    await reader?.close();
    await plane?.stop();
  });

  it('ends equal while a workload writes and a mirror follows', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await following(plane.kubeconfig(), repo, { options: { ...WITH_KEY, windowMs: 500 }, deps: { clock: systemClock } }, async () => {
        const workload = await startWorkload(plane.api, { seed: propertySeed(), operations: 1_000_000, perSecond: 200 });
        try {
          await eventually(() => workload.accepted > 20, { timeoutMs: 60_000, describe: 'the workload writes' });
          let lookedAgain = 0;
          for (let round = 0; round < scaled(3, 20) || (lookedAgain === 0 && round < 15); round++) {
            const verification = await verified(reader, repo, { followsHead: true, patienceMs: 15_000 });

            expect(verification.findings.filter(({ verdict }) => verdict !== 'terminating').map((each) => `${line(each)} ${each.reason ?? ''}`)).to.deep.equal([]);
            expect(verificationResult(verification)).to.equal('equal');
            expect(verification.counts.equal).to.be.greaterThan(100);
            lookedAgain += verification.lookedAgain;
          }
          expect(lookedAgain, 'objects that moved under it').to.be.greaterThan(0);
        } finally {
          workload.stop();
          await workload.done;
        }
      });
    });
  });

  it('finds a file that was tampered with in git, and nothing else', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await exportCluster(plane.kubeconfig(), repo, { options: WITH_KEY });
      const path = 'namespaces/shop/configmaps/a.yaml';
      const text = await fileAt(repo, 'main', path) ?? '';
      tamper(repo, { [path]: text.replace('key: value', 'key: forged') });

      const verification = await verified(reader, repo);

      expect(verification.findings.map(line)).to.deep.equal(['differs shop configmaps/a']);
      expect(verification.findings[0]?.fields.map(({ path: field, before, after }) => [field, before, after])).to.deep.equal([['data.key', 'forged', 'value']]);
      expect(verificationExitCode(verification)).to.equal(1);
    });
  });
});
