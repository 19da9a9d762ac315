// Older servers: other types, other versions of them, other ways to list.
import { expect } from 'chai';
import { ControlPlane } from '../support/control-plane.js';
import { createEveryKind } from '../support/every-kind.js';
import { mirrorAndCompare, Workshop, type Mirrored } from '../support/kubetape.js';
import { fileAt, log } from '../support/repo.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

for (const version of ['1.33', '1.34', '1.35']) {
  describe(`a mirror of Kubernetes ${version}`, function () {
    const workshop = new Workshop();
    const repository = workshop.repository();
    let plane: ControlPlane | undefined;
    let mirrored: Mirrored;

    before(async function () {
      await controlPlaneOrSkip(this);
      plane = await ControlPlane.start({ emulatedVersion: version });
      await createEveryKind(plane.api, 'versions');
      mirrored = await mirrorAndCompare(plane, repository, exportDone);
    });

    after(async () => {
      await plane?.stop();
      await workshop.remove();
    });

    async function exportDone(): Promise<string> {
      const { code, stdout, stderr } = await workshop.run(plane as ControlPlane, ['export', '--repo', repository]);
      expect(code, stderr).to.equal(0);
      return stdout;
    }

    it('is complete, and holds nothing else', () => {
      expect(mirrored.comparison).to.deep.equal({ missing: [], surplus: [], different: [] });
      expect(mirrored.expected.size).to.be.greaterThan(130);
    });

    it('says which version it is of', async () => {
      expect(await fileAt(repository, 'main', '.kubetape/cluster')).to.match(new RegExp(`^server: v1\\.\\d+\\.\\d+ \\(emulating ${version}\\)$`, 'm'));
    });

    it('makes no commit when nothing changed', async () => {
      const before = (await log(repository, 'main')).length;
      expect(await exportDone()).to.match(/^Nothing changed\n/);
      expect(await log(repository, 'main')).to.have.length(before);
    });
  });
}
