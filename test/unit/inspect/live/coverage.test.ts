// What cannot be compared is said, and never taken for a difference; a selection asks only for its own.
import { join } from 'node:path';
import { expect } from 'chai';
import type { JsonObject } from '../../../../src/lib/json.js';
import { StandInCluster } from '../../../../src/standin/stand-in-cluster.js';
import { compared, WITH_KEY } from '../../../support/live.js';
import { exportOnce, testPolicy, withFolder, type RunOptions } from '../../../support/mirror-run.js';

const configMap = (name: string, namespace = 'shop', labels: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace, labels }, data: { key: 'value' } });

function crd(kind: string, group = 'test.kubetape.io'): JsonObject {
  const plural = `${kind.toLowerCase()}s`;
  const names = { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `${plural}.${group}` }, spec: { group, scope: 'Namespaced', names, versions } };
}

function shop(): StandInCluster {
  const cluster = new StandInCluster();
  for (const name of ['shop', 'other']) cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [name, tier] of [['a', 'web'], ['b', 'data']] as const) cluster.create(configMap(name, 'shop', { tier }));
  cluster.create(configMap('elsewhere', 'other', { tier: 'web' }));
  cluster.create(crd('Widget'));
  cluster.create({ apiVersion: 'test.kubetape.io/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec: { size: 1 } });
  return cluster;
}

async function exported(use: (cluster: StandInCluster, repo: string) => Promise<void>, run: RunOptions = {}): Promise<void> {
  await withFolder(async (folder) => {
    const cluster = shop();
    const repo = join(folder, 'repo.git');
    await exportOnce(cluster, repo, { options: WITH_KEY, ...run });
    await use(cluster, repo);
  });
}

describe('what a comparison of live with a commit cannot see', () => {
  it('is a type that may not be listed: its files are not missing', async () => {
    await exported(async (cluster, repo) => {
      cluster.faults.forbid('configmaps');

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal([]);
      expect(comparison.uncovered).to.deep.equal([{ type: 'configmaps', namespace: undefined, reason: 'configmaps is forbidden: cannot list resource', objects: 3 }]);
      expect(comparison.tally.counts).to.deep.include({ 'not covered': 3, missing: 0 });
    });
  });

  it('is a group that does not answer', async () => {
    await exported(async (cluster, repo) => {
      cluster.faults.failGroup('test.kubetape.io', 'no endpoints available');

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal([]);
      expect(comparison.uncovered.map(({ type, reason, objects }) => [type, reason, objects])).to.deep.equal([['widgets.test.kubetape.io', 'no endpoints available', 1]]);
    });
  });

  it('is a type that is no longer served; its CRD is missing', async () => {
    await exported(async (cluster, repo) => {
      cluster.remove('customresourcedefinitions.apiextensions.k8s.io', '', 'widgets.test.kubetape.io');

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['missing customresourcedefinitions.apiextensions.k8s.io/widgets.test.kubetape.io']);
      expect(comparison.uncovered.map(({ type, reason, objects }) => [type, reason, objects])).to.deep.equal([['widgets.test.kubetape.io', 'it is no longer served', 1]]);
    });
  });

  it('is what the commit did not hold all of', async () => {
    await withFolder(async (folder) => {
      const cluster = shop();
      const repo = join(folder, 'repo.git');
      cluster.faults.forbid('configmaps');
      await exportOnce(cluster, repo, { options: WITH_KEY });
      cluster.faults.allow('configmaps');

      const { lines, findings } = await compared(cluster, repo, { selection: { objects: ['configmaps'], namespaces: ['shop'] } });

      expect(lines).to.deep.equal(['not covered shop configmaps/a', 'not covered shop configmaps/b']);
      expect(findings[0]?.reason).to.contain('the commit does not hold all of its type').and.to.contain('forbidden');
    });
  });

  it('is nothing when a list only had to be begun again', async () => {
    await exported(async (cluster, repo) => {
      cluster.remove('configmaps', 'shop', 'b');
      cluster.faults.expireNextList('configmaps');
      cluster.faults.truncateNextList('secrets');
      cluster.faults.failNextList('services');

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['missing shop configmaps/b']);
      expect(comparison.uncovered).to.deep.equal([]);
    });
  });

  it('is a type that came since the commit: its objects are extra', async () => {
    await exported(async (cluster, repo) => {
      cluster.create(crd('Gadget'));
      cluster.create({ apiVersion: 'test.kubetape.io/v1', kind: 'Gadget', metadata: { name: 'g', namespace: 'shop' } });

      expect((await compared(cluster, repo)).lines).to.deep.equal(['extra customresourcedefinitions.apiextensions.k8s.io/gadgets.test.kubetape.io', 'extra shop gadgets.test.kubetape.io/g']);
      expect((await compared(cluster, repo, { selection: { objects: ['configmaps'] } })).lines).to.deep.equal([]);
    });
  });

  it('is what the filter of the commit leaves out', async () => {
    await exported(async (cluster, repo) => {
      cluster.create(configMap('new'));
      cluster.create(configMap('new', 'other'));

      const { lines, comparison } = await compared(cluster, repo);

      expect(lines).to.deep.equal(['extra other configmaps/new']);
      expect(comparison.uncovered).to.deep.equal([]);
    }, { policy: testPolicy({ filter: { include: [{ namespaces: ['other'] }], exclude: [] } }), options: { ...WITH_KEY, namespaces: ['other'] } });
  });
});

describe('a selection of live objects', () => {
  const changed = async (selection: Parameters<typeof compared>[2]): Promise<readonly string[]> => {
    let lines: readonly string[] = [];
    await exported(async (cluster, repo) => {
      for (const [namespace, name] of [['shop', 'a'], ['shop', 'b'], ['other', 'elsewhere']] as const) cluster.patchMerge('configmaps', namespace, name, { data: { key: 'changed' } });
      ({ lines } = await compared(cluster, repo, selection));
    });
    return lines;
  };
  it('by name, namespace, glob, label and exclusion', async () => {
    expect(await changed({ selection: { objects: ['configmaps/a'] } })).to.deep.equal(['differs shop configmaps/a']);
    expect(await changed({ selection: { namespaces: ['other'] } })).to.deep.equal(['differs other configmaps/elsewhere']);
    expect(await changed({ selection: { namespaces: ['sh*'], objects: ['cm'] } })).to.deep.equal(['differs shop configmaps/a', 'differs shop configmaps/b']);
    expect(await changed({ selection: { selector: 'tier=web' } })).to.deep.equal(['differs other configmaps/elsewhere', 'differs shop configmaps/a']);
    expect(await changed({ selection: { exclude: [{ names: ['a'] }] } })).to.not.include('differs shop configmaps/a');
  });

  it('holds an object whose label was taken away, and one that was given it', async () => {
    await exported(async (cluster, repo) => {
      cluster.patchMerge('configmaps', 'shop', 'a', { metadata: { labels: { tier: 'gone' } } });
      cluster.patchMerge('configmaps', 'shop', 'b', { metadata: { labels: { tier: 'web' } } });

      expect((await compared(cluster, repo, { selection: { selector: 'tier=web' } })).lines).to.deep.equal(['differs shop configmaps/a', 'differs shop configmaps/b']);
    });
  });

  it('within a namespace needs no right beyond it', async () => {
    await exported(async (cluster, repo) => {
      cluster.faults.forbid('nodes');
      const { comparison } = await compared(cluster, repo, { selection: { namespaces: ['shop'] } });
      expect(comparison.uncovered).to.deep.equal([]);
      expect(comparison.tally.scopes().map(({ namespace }) => namespace)).to.not.include('');
    });
  });
});
