// Types that come, change, go and fail: on a real API server, while the mirror runs and while it does not.
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.js';
import { becomesFreshExport, exportCluster, following, type ClusterMirror, type ClusterRun } from '../support/cluster-mirror.js';
import { commitHistory } from '../support/commit-history.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { withFolder } from '../support/mirror-run.js';
import { configMap, crd, customObject, type CrdOptions, type TestObject } from '../support/objects.js';
import { fileAt, git, log, tree } from '../support/repo.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const GROUP = 'types.kubetape.io';

describe('types of a real API server', function () {
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ controllerManager: false });
  });

  after(async () => plane?.stop());

  const definition = (kind: string, options: CrdOptions = {}): TestObject => crd(kind, { group: GROUP, ...options });
  const custom = (kind: string, ns: string | null, name: string, version = 'v1'): TestObject => customObject(kind, ns, name, { spec: { name } }, `${GROUP}/${version}`);
  const folderOf = (kind: string): string => `${kind.toLowerCase()}s.${GROUP}`;
  const arrives = async (repo: string, path: string, there = true): Promise<unknown> =>
    eventually(async () => ((await fileAt(repo, 'main', path)) !== null) === there, { timeoutMs: 30_000, everyMs: 25, describe: `${path} ${there ? 'is there' : 'is gone'}` });

  /** Resolves when the API server lists the type: the client's cache of what is served is dropped. */
  async function served(kind: string, version = 'v1'): Promise<void> {
    await eventually(async () => (await plane.request('GET', `/apis/${GROUP}/${version}/${kind.toLowerCase()}s?limit=1`)).status === 200, { everyMs: 20, describe: `${kind} is served` });
  }

  async function define(kind: string, objects: readonly TestObject[] = [], options: CrdOptions = {}): Promise<void> {
    await plane.api.create(definition(kind, options));
    await served(kind, options.versions?.[0] ?? 'v1');
    for (const object of objects) await created(object);
  }

  /** The path of a custom type is found by its scope, which the client of the tests remembers. */
  async function created(object: TestObject): Promise<void> {
    const { namespace: ns } = object.metadata;
    const path = `/apis/${object.apiVersion}/${ns === undefined ? '' : `namespaces/${ns}/`}${object.kind.toLowerCase()}s`;
    await eventually(async () => (await plane.request('POST', path, object)).status === 201, { describe: `${object.kind} ${object.metadata.name} is created` });
  }

  /** Deletes a CRD and waits until the API server has done it. */
  async function undefine(kind: string): Promise<void> {
    await plane.api.delete(definition(kind));
    await eventually(async () => (await plane.api.find(definition(kind))) === null, { timeoutMs: 30_000, describe: `the CRD of ${kind} is gone` });
  }

  async function withRepo(use: (repo: string, folder: string) => Promise<void>): Promise<void> {
    await withFolder(async (folder) => use(join(folder, 'repo.git'), folder));
  }

  async function mirrored(run: ClusterRun, use: (repo: string, mirror: ClusterMirror, folder: string) => Promise<void>): Promise<void> {
    await withRepo(async (repo, folder) => following(plane.kubeconfig(), repo, run, async (mirror) => use(repo, mirror, folder)));
  }

  it('mirrors the objects of a new CRD within two seconds of the time when they could be listed', async () => {
    await mirrored({ options: { windowMs: 100 }, deps: { clock: systemClock } }, async (repo) => {
      await define('Fresh');
      const listable = Date.now();
      await created(custom('Fresh', 'default', 'one'));
      await arrives(repo, `namespaces/default/${folderOf('Fresh')}/one.yaml`);
      expect(Date.now() - listable).to.be.lessThan(2000 + 500); // half a second for two shared cores
      await arrives(repo, `cluster/customresourcedefinitions.apiextensions.k8s.io/${folderOf('Fresh')}.yaml`);
    });
  });

  it('lets the objects of a deleted CRD go, each once', async () => {
    await define('Doomed', ['one', 'two', 'three'].map((name) => custom('Doomed', 'default', name)));
    await mirrored({}, async (repo, _mirror, folder) => {
      await arrives(repo, `namespaces/default/${folderOf('Doomed')}/one.yaml`);
      await undefine('Doomed');
      await arrives(repo, `namespaces/default/${folderOf('Doomed')}/one.yaml`, false);
      await becomesFreshExport(plane.kubeconfig(), repo, folder);
      const removals = (await commitHistory(repo)).map(({ changes }) => changes.filter(({ path, after }) => after === null && path.includes(`/${folderOf('Doomed')}/`)).length).filter((count) => count > 0);
      // The server deletes the objects itself, one by one, before the type goes: they may have been seen to go.
      expect(removals.reduce((sum, count) => sum + count, 0)).to.equal(3);
    });
  });

  it('finds a CRD that was deleted, and one that came, while it was down', async () => {
    await withRepo(async (repo, folder) => {
      await define('Past', [custom('Past', 'default', 'one'), custom('Past', 'default', 'two')]);
      await following(plane.kubeconfig(), repo, {}, async () => arrives(repo, `namespaces/default/${folderOf('Past')}/one.yaml`));
      await undefine('Past');
      await define('Next', [custom('Next', 'default', 'one')]);
      await following(plane.kubeconfig(), repo, {}, async () => becomesFreshExport(plane.kubeconfig(), repo, folder));
      const paths = (await tree(repo, 'main')).map(({ path }) => path);
      expect(paths.filter((path) => path.includes(folderOf('Past')))).to.deep.equal([]);
      expect(paths).to.include(`namespaces/default/${folderOf('Next')}/one.yaml`);
      // An export decides at once, too: the CRD is absent from a complete list of CRDs.
      await undefine('Next');
      await exportCluster(plane.kubeconfig(), repo);
      expect((await tree(repo, 'main')).filter(({ path }) => path.includes(folderOf('Next')))).to.deep.equal([]);
    });
  });

  it('follows a CRD whose served version changes: identity and path stay', async () => {
    await define('Moving', [custom('Moving', 'default', 'one', 'v1alpha1')], { versions: ['v1alpha1'] });
    await mirrored({}, async (repo, _mirror, folder) => {
      const path = `namespaces/default/${folderOf('Moving')}/one.yaml`;
      expect(await fileAt(repo, 'main', path)).to.contain(`apiVersion: ${GROUP}/v1alpha1`);
      const both = definition('Moving', { versions: ['v1', 'v1alpha1'] });
      const { metadata } = await plane.api.get(both);
      await plane.api.replace({ ...both, metadata });
      await served('Moving', 'v1');
      // As long as it is served, the version of the repository stays: no commit of every object for nothing.
      await created(custom('Moving', 'default', 'two', 'v1'));
      await arrives(repo, `namespaces/default/${folderOf('Moving')}/two.yaml`);
      expect(await fileAt(repo, 'main', path)).to.contain(`apiVersion: ${GROUP}/v1alpha1`);

      await plane.api.patch(both, { spec: { versions: [{ ...both['spec'].versions[0] }, { ...both['spec'].versions[1], served: false }] } });
      await eventually(async () => (await fileAt(repo, 'main', path))?.includes(`apiVersion: ${GROUP}/v1\n`) === true, { timeoutMs: 30_000, describe: 'the file is in the version that is served' });
      await becomesFreshExport(plane.kubeconfig(), repo, folder);
      const removed = (await commitHistory(repo)).flatMap(({ changes }) => changes).filter((change) => change.after === null && change.path.includes(folderOf('Moving')));
      expect(removed).to.deep.equal([]);
    });
  });

  for (const when of ['while it runs', 'while it is down'] as const) {
    it(`follows a CRD that comes back with another scope ${when}: nothing stays under the old root`, async () => {
      const kind = when === 'while it runs' ? 'Scoped' : 'Rescoped';
      await define(kind, [custom(kind, 'default', 'one')]);
      await withRepo(async (repo, folder) => {
        const change = async (): Promise<void> => {
          await undefine(kind);
          await define(kind, [custom(kind, null, 'two')], { scope: 'Cluster' });
        };
        await following(plane.kubeconfig(), repo, {}, async () => {
          await arrives(repo, `namespaces/default/${folderOf(kind)}/one.yaml`);
          if (when === 'while it runs') await change();
          if (when === 'while it runs') await arrives(repo, `cluster/${folderOf(kind)}/two.yaml`);
        });
        if (when === 'while it is down') await change();
        await following(plane.kubeconfig(), repo, {}, async () => becomesFreshExport(plane.kubeconfig(), repo, folder));
        const paths = (await tree(repo, 'main')).map(({ path }) => path).filter((path) => path.includes(`${folderOf(kind)}/`));
        expect(paths).to.deep.equal([`cluster/${folderOf(kind)}/two.yaml`]);
      });
      await undefine(kind);
    });
  }

  it('keeps the files of a type whose conversion webhook is down, says so, and mirrors all others', async () => {
    await define('Converted', ['one', 'two'].map((name) => custom('Converted', 'default', name)), { versions: ['v1', 'v2'] });
    await withRepo(async (repo, folder) => {
      await exportCluster(plane.kubeconfig(), repo);
      const before = await git(repo, ['rev-parse', `main:namespaces/default/${folderOf('Converted')}`]);
      // Objects are stored as v1 and served as v1 through the webhook once v2 is the stored version.
      const webhook = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:1/convert' } } };
      const both = definition('Converted', { versions: ['v2', 'v1'] });
      const { metadata } = await plane.api.get(both);
      await plane.api.replace({ ...both, metadata, spec: { ...both['spec'], conversion: webhook } });
      const collection = (version: string): Promise<{ status: number }> => plane.request('GET', `/apis/${GROUP}/${version}/${folderOf('Converted').split('.')[0] ?? ''}`);
      await eventually(async () => (await collection('v2')).status !== 200, { timeoutMs: 30_000, describe: 'the list of the type fails' });
      await plane.api.patch(both, { spec: { versions: [both['spec'].versions[0], { ...both['spec'].versions[1], served: false }] } });
      await eventually(async () => (await collection('v1')).status === 404, { timeoutMs: 30_000, describe: 'v1 is no longer served' });
      await following(plane.kubeconfig(), repo, {}, async (mirror) => {
        await plane.api.create(configMap('default', 'beside-conversion'));
        await arrives(repo, 'namespaces/default/configmaps/beside-conversion.yaml');
        expect(await git(repo, ['rev-parse', `main:namespaces/default/${folderOf('Converted')}`])).to.equal(before);
        expect(mirror.mirror.coverage.unsynced().map(({ type }) => type)).to.include(folderOf('Converted'));
        await saysPartial(repo, folderOf('Converted'));

        await plane.api.patch(both, { spec: { conversion: { strategy: 'None', webhook: null } } });
        await eventually(() => mirror.mirror.coverage.unsynced().length === 0, { timeoutMs: 60_000, describe: 'the type is seen again' });
        await becomesFreshExport(plane.kubeconfig(), repo, folder);
      });
    });
    await undefine('Converted');
  });

  it('keeps the files of an aggregated API that is down, says so, and mirrors all others', async () => {
    const group = 'down.kubetape.io';
    await withRepo(async (repo) => {
      // First it is a CRD, so that there are files; then its group is given to a server that is not there.
      await plane.api.create(crd('Remote', { group }));
      const object = customObject('Remote', 'default', 'one', { spec: {} }, `${group}/v1`);
      await eventually(async () => (await plane.request('POST', `/apis/${group}/v1/namespaces/default/remotes`, object)).status === 201, { describe: 'the object is created' });
      await exportCluster(plane.kubeconfig(), repo);
      const path = `namespaces/default/remotes.${group}/one.yaml`;
      const before = await fileAt(repo, 'main', path);
      expect(before).to.contain('kind: Remote');
      const spec = { group, version: 'v1', groupPriorityMinimum: 1000, versionPriority: 15, insecureSkipTLSVerify: true, service: { name: 'nobody', namespace: 'default', port: 443 } };
      const apiService = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `v1.${group}` } };
      await plane.api.patch(apiService, { metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': null } }, spec });
      await eventually(async () => (await plane.request('GET', `/apis/${group}/v1`)).status === 503, { timeoutMs: 30_000, describe: 'the group does not answer' });

      for (let start = 0; start < 2; start++) {
        await following(plane.kubeconfig(), repo, {}, async (mirror) => {
          const marker = configMap('default', `beside-aggregated-${start}`);
          await plane.api.create(marker);
          await arrives(repo, `namespaces/default/configmaps/${marker.metadata.name}.yaml`);
          expect(await fileAt(repo, 'main', path)).to.equal(before);
          expect(mirror.mirror.coverage.unsynced().map(({ type }) => type)).to.deep.equal([`remotes.${group}`]);
          await saysPartial(repo, `remotes.${group}`);
        });
      }
    });
  });

  /** Once it has lasted (five minutes of the mirror's time, which runs 25 times as fast), commits say so. */
  async function saysPartial(repo: string, type: string): Promise<void> {
    await eventually(async () => {
      const [head] = await log(repo, 'main');
      expect(head?.trailers.get('Kubetape-Coverage')?.[0]).to.match(new RegExp(`^partial \\(1 of \\d+ types: ${type.replaceAll('.', '\\.')}\\)$`));
      return true;
    }, { timeoutMs: 40_000, describe: `the coverage says that ${type} is not seen` });
  }
});
