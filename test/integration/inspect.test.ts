// A repository that the mirror wrote, read through the real History: what was recorded, and what was done.
import { join } from 'node:path';
import { expect } from 'chai';
import { readTypes } from '../../src/capture/meta-files.js';
import { readManifests } from '../../src/diff/manifests.js';
import { openHistory } from '../../src/git/open-history.js';
import { blame } from '../../src/inspect/blame.js';
import { commitPolicy } from '../../src/inspect/commit-policy.js';
import { compareCommits } from '../../src/inspect/compare-commits.js';
import { compareManifests } from '../../src/inspect/compare-manifests.js';
import { coverageReport } from '../../src/inspect/coverage-report.js';
import { listObjects } from '../../src/inspect/list-objects.js';
import { commitTarget } from '../../src/inspect/manifest-target.js';
import { objectLog } from '../../src/inspect/object-log.js';
import { Selection } from '../../src/inspect/selection.js';
import { showObject } from '../../src/inspect/show-object.js';
import type { JsonObject } from '../../src/lib/json.js';
import { StandInCluster } from '../../src/standin/stand-in-cluster.js';
import { exportOnce, TEST_KEY, withFolder } from '../support/mirror-run.js';
import { all, SIGNAL } from '../unit/inspect/support.js';

const deployment = (replicas: number): JsonObject => ({
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' },
  spec: { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.25' }] } } },
});
const configMap = (name: string): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'shop' }, data: { a: 'b' } });

describe('reading what the mirror wrote', () => {
  it('agrees with what was done, by every command', async function () {
    this.timeout(60_000);
    await withFolder(async (folder) => {
      const repo = join(folder, 'repo.git');
      const cluster = new StandInCluster();
      for (const object of [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }, deployment(2), configMap('old')]) cluster.create(object);
      await exportOnce(cluster, repo);
      const live = cluster.read('deployments.apps', 'shop', 'web') as JsonObject;
      cluster.update({ ...live, spec: { ...(live['spec'] as JsonObject), replicas: 5 } });
      cluster.remove('configmaps', 'shop', 'old');
      cluster.create(configMap('new'));
      await exportOnce(cluster, repo);

      const history = await openHistory({ location: repo, cacheFolder: join(folder, 'cache'), now: Date.now }, SIGNAL);
      try {
        const [now, before] = [history.snapshot(history.head()), history.snapshot((await history.resolve('HEAD~1', SIGNAL)).commit)];
        const select = (...objects: string[]): Selection => Selection.parse({ objects, namespaces: ['shop'] }, readTypes(now));
        const report = coverageReport(now);
        expect(report.complete).to.equal(true);
        expect(report.objects).to.equal([...listObjects(now, Selection.everything(readTypes(now)), { details: false })].length);
        expect(commitPolicy(now, TEST_KEY).agrees).to.equal(true);

        expect([...listObjects(now, select('cm,deploy'), { details: false })].map(({ id }) => id.name)).to.deep.equal(['new', 'web']);
        expect((await showObject(history, before, select('deploy/web'), { reveal: false }, SIGNAL)).body).to.have.nested.property('spec.replicas', 2);
        const log = await all(objectLog(history, { from: history.head(), selection: select('deploy/web') }, SIGNAL));
        expect(log.flatMap(({ note, objects }) => objects.map(({ verb, phrases }) => [verb, ...phrases, note?.words.split(':')[0]]))).to.deep.equal([['update', 'spec.replicas 2 → 5', 'catch-up'], ['create', 'baseline']]);
        const blamed = await blame(history, now, select('deploy/web'), { reveal: false }, SIGNAL);
        expect(blamed.fields.filter(({ commit }) => commit.oid === history.head().oid).map(({ path }) => path)).to.deep.equal(['spec.replicas']);
        const changes = await all(compareCommits(history, before, now, select(), { reveal: false }, SIGNAL));
        expect(changes.filter(({ id }) => ['configmaps', 'deployments'].includes(id.resource)).map(({ change, id }) => `${change} ${id.name}`)).to.deep.equal(['added new', 'removed old', 'changed web']);

        const manifests = readManifests('-', { stdin: [deployment(5), configMap('new')].map((object) => JSON.stringify(object)).join('\n---\n') });
        expect(await all(compareManifests(manifests, commitTarget(now, TEST_KEY), { exact: false, reveal: false }, SIGNAL))).to.deep.equal([]);
        expect((await all(compareManifests(manifests, commitTarget(before, TEST_KEY), { exact: false, reveal: false }, SIGNAL))).map(({ change }) => change)).to.deep.equal(['changed', 'added']);
      } finally {
        history.close();
      }
    });
  });
});
