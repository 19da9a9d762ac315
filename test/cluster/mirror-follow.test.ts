// Changes arrive as decisions.md §7 says: in the server's order, in time, and nothing else arrives.
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock } from '../../src/lib/clock.js';
import { noMetrics, type CommitMeasure } from '../../src/model/metrics.js';
import { becomesFreshExport, exportCluster, expectFollowed, following, type ClusterRun } from '../support/cluster-mirror.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { testPolicy, withFolder } from '../support/mirror-run.js';
import { configMap, deployment, namespace } from '../support/objects.js';
import { fileAt, fsck, git, log, tree } from '../support/repo.js';
import { propertySeed, scaled } from '../support/scale.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { startWorkload } from '../support/workload.js';

describe('a mirror that follows a real control plane', function () {
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
  });

  const commits = async (repo: string): Promise<number> => Number(await git(repo, ['rev-list', '--count', 'main']));
  const arrives = async (repo: string, path: string): Promise<unknown> => eventually(async () => (await fileAt(repo, 'main', path)) !== null, { describe: path });

  it('commits states that the server had, per object in its order, and ends with the last', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const run: ClusterRun = { policy: testPolicy({ secrets: 'plain' }) };
      await following(plane.kubeconfig(), repo, run, async () => {
        const workload = await startWorkload(plane.api, { seed: propertySeed(), operations: scaled(800, 20_000), perSecond: 300, prefix: 'follow' });
        const records = await workload.done;
        await becomesFreshExport(plane.kubeconfig(), repo, folder, run);
        await expectFollowed(repo, records);
        expect(await commits(repo)).to.be.greaterThan(5);
      });
      await fsck(repo);
    });
  });

  it('commits a change at most one window after it was seen, while more changes keep coming', async () => {
    const windowMs = 400;
    const slackMs = 1500; // two cores are shared with the API server and with whatever else runs
    const measures: CommitMeasure[] = [];
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const metrics = { ...noMetrics, committed: (measure: CommitMeasure) => void measures.push(measure) };
      const run: ClusterRun = { options: { windowMs }, deps: { clock: systemClock, metrics } };
      await following(plane.kubeconfig(), repo, run, async () => {
        measures.length = 0;
        const started = Date.now();
        const workload = await startWorkload(plane.api, { seed: 3, operations: 150, perSecond: 50, prefix: 'window', kinds: ['ConfigMap'] });
        await workload.done;
        const elapsed = Date.now() - started;
        await plane.api.create(configMap('window-0', 'end'));
        await arrives(repo, 'namespaces/window-0/configmaps/end.yaml');
        const lags = measures.flatMap(({ lagsMs }) => lagsMs);
        expect(Math.max(...lags)).to.be.lessThan(windowMs + slackMs);
        expect(measures.length, 'commits that a window which is never prolonged makes').to.be.greaterThan(elapsed / (windowMs + slackMs));
        expect(measures.length, 'commits that a window can make at most').to.be.at.most(elapsed / windowMs + 3);
      });
    });
  });

  it('commits nothing while leases, heartbeats, Events, status and Pods of controllers change', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'idle-node' } };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'idle', namespace: 'idle' }, spec: { holderIdentity: 'a' } };
      const lock = { ...configMap('idle', 'lock'), metadata: { name: 'lock', namespace: 'idle', annotations: { 'control-plane.alpha.kubernetes.io/leader': 'a' } }, data: undefined };
      await plane.api.create(namespace('idle'));
      await plane.api.create(deployment('idle', 'web', 1));
      for (const each of [node, lease, lock]) await plane.api.create(each);
      await following(plane.kubeconfig(), repo, {}, async () => {
        await becomesFreshExport(plane.kubeconfig(), repo, folder);
        const before = await git(repo, ['rev-parse', 'main']);
        for (let beat = 0; beat < 20; beat++) {
          const time = new Date(Date.now() + beat * 1000).toISOString().replace(/\.\d+Z$/, 'Z');
          await plane.api.patch(lease, { spec: { renewTime: time.replace('Z', '.000000Z'), holderIdentity: `holder-${beat}` } });
          await plane.api.patch(lock, { metadata: { annotations: { 'control-plane.alpha.kubernetes.io/leader': String(beat) } } });
          const condition = { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'ok', lastHeartbeatTime: time, lastTransitionTime: time };
          await plane.api.patch(node, { status: { conditions: [condition] } }, { subresource: 'status' });
          await plane.api.patch(deployment('idle', 'web'), { status: { readyReplicas: beat % 2, replicas: 1 } }, { subresource: 'status' });
          const involvedObject = { kind: 'Node', name: 'idle-node', namespace: 'idle' };
          await plane.api.create({ apiVersion: 'v1', kind: 'Event', metadata: { name: `beat-${beat}`, namespace: 'idle' }, ...{ involvedObject, reason: 'Beat', type: 'Normal', message: String(beat) } });
        }
        // One real change of each type whose watch showed the others: it comes after them.
        await plane.api.create(configMap('idle', 'marker'));
        await plane.api.create(deployment('idle', 'marker', 0));
        await plane.api.create({ ...node, metadata: { name: 'idle-marker' } });
        for (const path of ['namespaces/idle/configmaps/marker', 'namespaces/idle/deployments.apps/marker', 'cluster/nodes/idle-marker']) await arrives(repo, `${path}.yaml`);
        const changed = (await git(repo, ['log', '--format=', '--name-only', `${before}..main`])).split('\n').filter((path) => path !== '');
        expect(new Set(changed)).to.deep.equal(new Set(['namespaces/idle/configmaps/marker.yaml', 'namespaces/idle/deployments.apps/marker.yaml', 'cluster/nodes/idle-marker.yaml']));
      });
      for (const name of ['idle-node', 'idle-marker']) await plane.api.delete({ ...node, metadata: { name } });
    });
  });

  it('writes nothing when it is started again and nothing changed, and one catch-up commit of what changed meanwhile', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      await plane.api.create(namespace('restart'));
      for (const name of ['stays', 'goes', 'changes']) await plane.api.create(configMap('restart', name));
      await following(plane.kubeconfig(), repo, {}, async () => becomesFreshExport(plane.kubeconfig(), repo, folder));
      const before = await git(repo, ['rev-parse', 'main']);
      await following(plane.kubeconfig(), repo, {}, async () => undefined);
      expect(await git(repo, ['rev-parse', 'main'])).to.equal(before);

      await plane.api.delete(configMap('restart', 'goes'));
      await plane.api.patch(configMap('restart', 'changes'), { data: { key: 'changed' } });
      await plane.api.create(configMap('restart', 'comes'));
      await exportCluster(plane.kubeconfig(), repo);
      const [entry, ...more] = await log(repo, `${before}..main`);
      expect(more).to.deep.equal([]);
      expect(entry?.trailers.get('Kubetape-Event')).to.deep.equal(['catch-up']);
      expect((await git(repo, ['diff-tree', '-r', '--name-status', `${before}`, 'main', '--', 'namespaces/restart'])).split('\n').sort()).to.deep.equal([
        'A\tnamespaces/restart/configmaps/comes.yaml', 'D\tnamespaces/restart/configmaps/goes.yaml', 'M\tnamespaces/restart/configmaps/changes.yaml',
      ]);
    });
  });

  it('freezes what is being deleted, marks commits during a namespace\'s end, and lets all of it go', async () => {
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const guarded = { ...configMap('ending', 'guarded', { key: 'before' }), metadata: { name: 'guarded', namespace: 'ending', finalizers: ['test.kubetape.io/hold'] } };
      for (const object of [namespace('ending'), guarded, configMap('ending', 'plain'), namespace('beside')]) await plane.api.create(object);
      await following(plane.kubeconfig(), repo, {}, async () => {
        const path = 'namespaces/ending/configmaps/guarded.yaml';
        const frozen = await fileAt(repo, 'main', path);
        expect(frozen).to.contain('key: before');
        await plane.api.delete(namespace('ending'));
        await eventually(async () => (await fileAt(repo, 'main', 'namespaces/ending/configmaps/plain.yaml')) === null, { describe: 'the controller has emptied the namespace' });
        await plane.api.patch(guarded, { data: { key: 'after' } });
        await plane.api.create(configMap('beside', 'marker'));
        await arrives(repo, 'namespaces/beside/configmaps/marker.yaml');
        expect(await fileAt(repo, 'main', path)).to.equal(frozen);
        const [marked] = await log(repo, 'main', ['namespaces/beside/configmaps/marker.yaml']);
        expect(marked?.trailers.get('Kubetape-Terminating')).to.deep.equal(['ending']);

        await plane.api.patch(guarded, { metadata: { finalizers: null } });
        await eventually(async () => (await tree(repo, 'main')).every((file) => !file.path.startsWith('namespaces/ending/') && file.path !== 'cluster/namespaces/ending.yaml'), { timeoutMs: 30_000, describe: 'the namespace is gone' });
        await plane.api.create(configMap('beside', 'later'));
        await arrives(repo, 'namespaces/beside/configmaps/later.yaml');
        const [later] = await log(repo, 'main', ['namespaces/beside/configmaps/later.yaml']);
        expect(later?.trailers.has('Kubetape-Terminating')).to.equal(false);
      });
    });
  });
});
