// kill -9 of the built program at any moment: nothing that was reported is lost, and the next start goes on.
import { join } from 'node:path';
import { expect } from 'chai';
import { expectSameTrees } from '../support/commit-history.js';
import type { ControlPlane } from '../support/control-plane.js';
import { Daemon } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { withFolder } from '../support/mirror-run.js';
import { fsck, git } from '../support/repo.js';
import { propertySeed, random, scaled } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { startWorkload } from '../support/workload.js';

const KILLS = scaled(5, 50);

describe('kill -9 of the mirror under load', function () {
  this.timeout(scaled(240_000, 1_800_000));
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
  });

  const mirror = (folder: string, ...args: string[]): Daemon => Daemon.start({
    args: ['mirror', '--repo', join(folder, 'repo.git'), '--kubeconfig', plane.kubeconfig(), '--window', '50ms', '--log-format', 'json', ...args], cwd: folder,
  });

  it(`loses no reported commit in ${KILLS} kills, leaves a sound repository, and converges`, async () => {
    const draw = random(propertySeed());
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const workload = await startWorkload(plane.api, { seed: propertySeed() + 1, operations: 1_000_000, perSecond: 150, prefix: 'kill' });
      const reported: string[] = [];
      try {
        for (let kill = 0; kill < KILLS; kill++) {
          const daemon = mirror(folder);
          // Any moment: in the start, in the first list or catch-up, in a commit, between two.
          const moment = draw() * (kill % 2 === 0 ? 2500 : 700);
          if (kill % 2 === 0) await new Promise((done) => setTimeout(done, moment));
          else {
            await daemon.waitForLine(/Committed/);
            await new Promise((done) => setTimeout(done, moment));
          }
          const exit = await daemon.stop('SIGKILL');
          expect(exit.signal, exit.stderr).to.equal('SIGKILL');
          reported.push(...committedLines(`${exit.stdout}\n${exit.stderr}`));
          if (reported.length > 0) await fsck(repo);
        }
      } finally {
        workload.stop();
        await workload.done;
      }
      expect(reported.length, 'commits that were reported').to.be.greaterThan(KILLS);
      const daemon = mirror(folder);
      const fresh = join(folder, 'fresh.git');
      try {
        await eventually(async () => {
          const once = await Daemon.run({ args: ['export', '--repo', fresh, '--kubeconfig', plane.kubeconfig(), '--digest-key', `${repo}.digest-key`], cwd: folder });
          expect(once.code, once.stderr).to.equal(0);
          return await eventually(async () => expectSameTrees(repo, fresh).then(() => true), { timeoutMs: 3000 });
        }, { timeoutMs: 60_000, describe: 'the tree is that of a fresh export' });
        const exit = await daemon.stop('SIGTERM');
        expect(exit.signal ?? exit.code, exit.stderr).to.be.oneOf(['SIGTERM', 143]);
      } finally {
        daemon.signal('SIGKILL');
      }
      await fsck(repo);
      const history = new Set((await git(repo, ['rev-list', 'main'])).split('\n'));
      expect(reported.filter((commit) => !history.has(commit))).to.deep.equal([]);
    });
  });
});

/** The commits that the log names as done. */
function committedLines(output: string): string[] {
  return output.split('\n').filter((line) => line.includes('Committed')).map((line) => /\b[0-9a-f]{40}\b/.exec(line)?.[0] ?? '').filter((oid) => oid !== '');
}
