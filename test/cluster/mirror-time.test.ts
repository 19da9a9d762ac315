// A store that goes back in time: etcd is restored from an older copy, under a running mirror and between two runs.
import { join } from 'node:path';
import { expect } from 'chai';
import { noMetrics } from '../../src/model/metrics.js';
import { becomesFreshExport, exportCluster, following, type ClusterRun } from '../support/cluster-mirror.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { withFolder } from '../support/mirror-run.js';
import { configMap, crd, customObject, namespace, role } from '../support/objects.js';
import { fileAt, fsck, git, log } from '../support/repo.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

describe('a store that goes back in time', function () {
  this.timeout(240_000);
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ controllerManager: false });
    await plane.api.create(namespace('past'));
    for (let index = 0; index < 10; index++) await plane.api.create(configMap('past', `early-${index}`));
    await plane.api.create(role('past', 'early'));
  });

  after(async () => plane?.stop());

  /** More writes than the API server makes by itself at its start: only a store that is still behind can be told from one that is not. */
  async function goOn(prefix: string): Promise<void> {
    await plane.api.patch(configMap('past', 'early-0'), { data: { key: prefix } });
    await plane.api.delete(configMap('past', 'early-1'));
    await plane.api.create(role('past', prefix));
    for (let index = 0; index < 200; index++) await plane.api.create(configMap('past', `${prefix}-${index}`));
  }

  const arrives = async (repo: string, path: string): Promise<unknown> => eventually(async () => (await fileAt(repo, 'main', path)) !== null, { timeoutMs: 30_000, describe: path });
  const events = async (repo: string, range: string): Promise<string[]> => (await log(repo, range)).flatMap(({ trailers }) => trailers.get('Kubetape-Event') ?? []);

  async function isAsBefore(repo: string, folder: string, prefix: string): Promise<void> {
    await eventually(async () => (await fileAt(repo, 'main', `namespaces/past/configmaps/${prefix}-199.yaml`)) === null, { timeoutMs: 90_000, describe: 'what came later is gone' });
    await becomesFreshExport(plane.kubeconfig(), repo, folder);
    expect(await fileAt(repo, 'main', 'namespaces/past/configmaps/early-0.yaml')).to.contain('key: value');
    expect(await fileAt(repo, 'main', 'namespaces/past/configmaps/early-1.yaml')).to.not.equal(null);
    expect(await fileAt(repo, 'main', `namespaces/past/roles.rbac.authorization.k8s.io/${prefix}.yaml`)).to.equal(null);
  }

  it('is noticed by a running mirror: one commit says so, the tree is as the store is, and following goes on', async () => {
    let noticed = 0;
    const run: ClusterRun = { deps: { metrics: { ...noMetrics, storeWentBack: () => void noticed++ } } };
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await following(plane.kubeconfig(), repo, run, async () => {
        const copy = await plane.copyEtcd();
        await goOn('later');
        await arrives(repo, 'namespaces/past/configmaps/later-199.yaml');
        const before = await git(repo, ['rev-parse', 'main']);
        await plane.restoreEtcd(copy);
        await isAsBefore(repo, folder, 'later');
        expect((await events(repo, `${before}..main`)).filter((event) => event === 'store-went-back')).to.have.length(1);
        expect(noticed, 'relists of everything').to.equal(1);

        await plane.api.create(configMap('past', 'afterwards'));
        await arrives(repo, 'namespaces/past/configmaps/afterwards.yaml');
        await plane.api.create(role('past', 'afterwards'));
        await arrives(repo, 'namespaces/past/roles.rbac.authorization.k8s.io/afterwards.yaml');
      });
      await fsck(repo);
    });
  });

  it('is no trouble between two runs: the next one commits what differs', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const copy = await plane.copyEtcd();
      await goOn('between');
      await exportCluster(plane.kubeconfig(), repo);
      const before = await git(repo, ['rev-parse', 'main']);
      await plane.restoreEtcd(copy);
      await following(plane.kubeconfig(), repo, {}, async () => isAsBefore(repo, folder, 'between'));
      expect((await events(repo, `${before}..main`)).length).to.be.greaterThan(0);
      await fsck(repo);
    });
  });

  it('takes a CRD and its objects along that came after the copy', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await following(plane.kubeconfig(), repo, {}, async () => {
        const copy = await plane.copyEtcd();
        await plane.api.create(crd('Later'));
        const object = customObject('Later', 'past', 'one');
        await eventually(async () => (await plane.request('POST', '/apis/test.kubetape.io/v1/namespaces/past/laters', object)).status === 201);
        await goOn('custom');
        await arrives(repo, 'namespaces/past/laters.test.kubetape.io/one.yaml');
        await plane.restoreEtcd(copy);
        await isAsBefore(repo, folder, 'custom');
        expect(await fileAt(repo, 'main', 'namespaces/past/laters.test.kubetape.io/one.yaml')).to.equal(null);
      });
    });
  });
});
