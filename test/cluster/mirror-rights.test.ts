// Rights that go and come back, and a tenant who never had more than two namespaces.
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.js';
import { becomesFreshExport, exportCluster, following } from '../support/cluster-mirror.js';
import { commitHistory, objectTrees } from '../support/commit-history.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { withFolder } from '../support/mirror-run.js';
import { configMap, grant, namespace, secret, service } from '../support/objects.js';
import { fileAt, fsck, git, log, tree } from '../support/repo.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

describe('rights on a real API server', function () {
  this.timeout(240_000);
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ controllerManager: false });
    for (const ns of ['red', 'blue', 'other']) {
      await plane.api.create(namespace(ns));
      for (let index = 0; index < 30; index++) await plane.api.create(configMap(ns, `kept-${index}`));
      await plane.api.create(secret(ns, 'token'));
    }
  });

  after(async () => plane?.stop());

  const [role, binding] = grant('mirror');
  const arrives = async (repo: string, path: string): Promise<unknown> => eventually(async () => (await fileAt(repo, 'main', path)) !== null, { timeoutMs: 60_000, describe: path });
  const canList = async (resource: string): Promise<boolean> => (await plane.request('GET', `/api/v1/${resource}?limit=1`, undefined, { user: 'mirror' })).status === 200;

  /** Everything but these resources of the core group. */
  async function mayNotRead(...resources: string[]): Promise<void> {
    const core = ['namespaces', 'serviceaccounts', 'services', 'configmaps', 'secrets', 'pods', 'nodes', 'endpoints', 'events', 'limitranges', 'resourcequotas', 'replicationcontrollers', 'podtemplates', 'persistentvolumes', 'persistentvolumeclaims', 'componentstatuses'];
    const verbs = ['get', 'list', 'watch'];
    const groups = ['apps', 'batch', 'rbac.authorization.k8s.io', 'apiextensions.k8s.io', 'apiregistration.k8s.io', 'policy', 'networking.k8s.io', 'storage.k8s.io', 'scheduling.k8s.io', 'autoscaling', 'node.k8s.io', 'admissionregistration.k8s.io', 'flowcontrol.apiserver.k8s.io', 'discovery.k8s.io', 'coordination.k8s.io', 'events.k8s.io', 'certificates.k8s.io', 'resource.k8s.io'];
    const rules = [
      { apiGroups: [''], resources: core.filter((each) => !resources.includes(each)), verbs },
      { apiGroups: groups, resources: ['*'], verbs },
    ];
    await plane.api.patch(role, { rules });
    await eventually(async () => (await Promise.all(resources.map(canList))).every((may) => !may) && (await canList('namespaces')), { describe: 'the rights are in force' });
  }

  async function mayReadAll(): Promise<void> {
    await plane.api.patch(role, { rules: role['rules'] });
    await eventually(() => canList('configmaps'), { describe: 'the rights are back' });
  }

  async function deletions(repo: string): Promise<string[]> {
    return (await commitHistory(repo)).flatMap(({ changes }) => changes).filter(({ after }) => after === null).map(({ path }) => path);
  }

  it('deletes nothing when rights are lost while it runs, and goes on when they come back', async () => {
    for (const object of [role, binding]) await plane.api.create(object);
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await following(plane.kubeconfig('mirror'), repo, {}, async (mirror) => {
        await mayNotRead('configmaps', 'secrets');
        // A watch that is open goes on; the end of its connection is what shows the loss.
        await plane.killApiServer();
        await plane.startApiServer();
        await eventually(() => mirror.mirror.coverage.unsynced().some(({ type }) => type === 'configmaps'), { timeoutMs: 60_000, describe: 'the mirror knows that it may not read ConfigMaps' });
        await plane.api.create(configMap('red', 'unseen'));
        await plane.api.delete(configMap('red', 'kept-0'));
        await plane.api.create(service('red', 'seen'));
        await arrives(repo, 'namespaces/red/services/seen.yaml');
        expect(await deletions(repo)).to.deep.equal([]);

        await mayReadAll();
        await arrives(repo, 'namespaces/red/configmaps/unseen.yaml');
        await becomesFreshExport(plane.kubeconfig(), repo, folder);
        expect(await deletions(repo)).to.deep.equal(['namespaces/red/configmaps/kept-0.yaml']);
        await eventually(() => mirror.mirror.coverage.unsynced().length === 0, { timeoutMs: 60_000, describe: 'everything is seen again' });
      });
      await fsck(repo);
    });
  });

  it('deletes nothing when it is started without rights that it had, commits what it may see, and says what it may not', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await exportCluster(plane.kubeconfig('mirror'), repo);
      await mayNotRead('configmaps', 'secrets');
      const result = await exportCluster(plane.kubeconfig('mirror'), repo);
      expect([...new Set(result.uncovered.map(({ type }) => type))].sort()).to.deep.equal(['configmaps', 'secrets']);
      await following(plane.kubeconfig('mirror'), repo, {}, async () => {
        await plane.api.create(service('red', 'restarted'));
        await arrives(repo, 'namespaces/red/services/restarted.yaml');
      });
      expect(await deletions(repo)).to.deep.equal([]);
      const [head] = await log(repo, 'main');
      expect(head?.trailers.get('Kubetape-Coverage')?.[0]).to.match(/^partial \(2 of \d+ types: (configmaps, secrets|secrets, configmaps)\)$/);
      await mayReadAll();
      await exportCluster(plane.kubeconfig('mirror'), repo);
      expect(await deletions(repo)).to.deep.equal([]);
      expect((await log(repo, 'main'))[0]?.trailers.get('Kubetape-Coverage')).to.deep.equal(['complete']);
    });
  });

  it('deletes nothing when it may read nothing at all: an error that says so', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await exportCluster(plane.kubeconfig('mirror'), repo);
      const before = await objectTrees(repo);
      await plane.api.delete(binding);
      await eventually(async () => !(await canList('namespaces')), { describe: 'the rights are gone' });
      const error = await exportCluster(plane.kubeconfig('mirror'), repo).then(() => null, (caught: unknown) => caught as { code: string; message: string; hint: string });
      expect(error?.code).to.equal('FORBIDDEN');
      expect(error?.hint).to.match(/get/i);
      expect(await objectTrees(repo)).to.equal(before);
      expect(await git(repo, ['rev-list', '--count', 'main'])).to.equal('1');
      await plane.api.create(binding);
    });
  });

  it('mirrors a tenant\'s two namespaces without any right on the cluster, and knows the cluster by them', async () => {
    for (const ns of ['red', 'blue']) for (const object of grant('tenant', {}, ns)) await plane.api.create(object);
    const namespaces = ['red', 'blue'];
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      // As the program makes it of -n: a filter for the files, and the namespaces to list in.
      const run = { namespaces };
      await following(plane.kubeconfig('tenant'), repo, { ...run, deps: { clock: systemClock } }, async () => {
        await plane.api.create(configMap('blue', 'new'));
        await arrives(repo, 'namespaces/blue/configmaps/new.yaml');
      });
      const paths = (await tree(repo, 'main')).map(({ path }) => path).filter((path) => !path.startsWith('.'));
      expect(paths).to.include.members(['namespaces/red/configmaps/kept-5.yaml', 'namespaces/blue/secrets/token.yaml']);
      expect(paths.filter((path) => !/^(namespaces\/(red|blue)\/|cluster\/namespaces\/(red|blue)\.yaml)/.test(path))).to.deep.equal([]);
      const [head] = await log(repo, 'main');
      const uids = await Promise.all(namespaces.map(async (ns) => `${ns}=${(await plane.api.get(namespace(ns))).metadata.uid}`));
      expect(head?.trailers.get('Kubetape-Cluster')).to.deep.equal([`namespaces ${uids.sort().join(',')}`]);

      // One of the two goes: the rest goes on, nothing else is deleted.
      const before = await deletions(repo);
      await plane.api.delete(configMap('red', 'kept-7'));
      await exportCluster(plane.kubeconfig('tenant'), repo, run);
      expect((await deletions(repo)).slice(before.length)).to.deep.equal(['namespaces/red/configmaps/kept-7.yaml']);
    });
  });
});
