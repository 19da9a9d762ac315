import { expect } from 'chai';
import { NumberToken } from '../../../src/lib/json.js';
import { StandInCluster } from '../../../src/standin/stand-in-cluster.js';
import { configMapOf, definitionOf, deploymentOf, errorOf, listItems, listText, namespaceOf, typeNamed, type Loose } from './objects.js';

describe('stand-in: writing', () => {
  let cluster: StandInCluster;
  beforeEach(() => {
    cluster = new StandInCluster({ clock: () => Date.UTC(2026, 10, 21, 12) });
    cluster.create(namespaceOf('shop'));
  });

  it('counts every write of any type on one counter', () => {
    const first: Loose = cluster.create(configMapOf('shop', 'a'));
    const second: Loose = cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b', namespace: 'shop' } });
    expect(Number(second.metadata.resourceVersion)).to.equal(Number(first.metadata.resourceVersion) + 1);
  });

  it('gives what is created a uid, a creation time and a generation, whatever the request says of them', () => {
    const web = deploymentOf('shop', 'web', 1);
    const created: Loose = cluster.create({ ...web, metadata: { name: 'web', namespace: 'shop', uid: 'mine', generation: 7, resourceVersion: '3' } });
    expect(created.metadata.uid).to.match(/^[0-9a-f-]{36}$/);
    expect(created.metadata.creationTimestamp).to.equal('2026-11-21T12:00:00Z');
    expect(created.metadata.generation).to.equal(1);
  });

  it('raises the generation when the spec changes, not when labels or status do', () => {
    cluster.create(deploymentOf('shop', 'web', 1));
    const generation = (): number => (cluster.read('deployments.apps', 'shop', 'web') as Loose).metadata.generation;
    cluster.patchMerge('deployments.apps', 'shop', 'web', { metadata: { labels: { tier: 'front' } } });
    cluster.patchMerge('deployments.apps', 'shop', 'web', { status: { replicas: 9 } }, { subresource: 'status' });
    expect(generation()).to.equal(1);
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { replicas: 2 } });
    expect(generation()).to.equal(2);
  });

  it('writes nothing when nothing would change', () => {
    const created = cluster.create(configMapOf('shop', 'a'));
    const { revision } = cluster;
    expect(cluster.update(created)).to.deep.equal(created);
    cluster.patchMerge('configmaps', 'shop', 'a', { data: { key: 'value' } }, { manager: 'somebody-else' });
    expect(cluster.revision).to.equal(revision);
  });

  it('leaves status alone in an ordinary write and everything else in a status write', () => {
    cluster.create(deploymentOf('shop', 'web', 2));
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { paused: true }, status: { replicas: 99 } });
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { replicas: 99 }, status: { collisionCount: 1 } }, { subresource: 'status' });
    const web: Loose = cluster.read('deployments.apps', 'shop', 'web');
    expect(web.status).to.include({ replicas: 2, collisionCount: 1 });
    expect(web.spec).to.include({ replicas: 2, paused: true });
  });

  it('refuses what the real server refuses', async () => {
    const created: Loose = cluster.create(configMapOf('shop', 'a'));
    cluster.patchMerge('configmaps', 'shop', 'a', { data: { key: 'newer' } });
    expect(await errorOf(() => cluster.update(created))).to.include({ status: 409 });
    expect(await errorOf(() => cluster.create(configMapOf('shop', 'a')))).to.include({ status: 409 });
    expect(await errorOf(() => cluster.create(configMapOf('nowhere', 'a')))).to.include({ code: 'NOT_FOUND', status: 404 });
    expect(await errorOf(() => cluster.create({ apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } }))).to.include({ code: 'NOT_FOUND' });
    expect(await errorOf(() => cluster.remove('configmaps', 'shop', 'absent'))).to.include({ code: 'NOT_FOUND' });
    expect(await errorOf(() => cluster.create({ ...namespaceOf('b'), metadata: { name: 'b', namespace: 'shop' } }))).to.include({ status: 422 });
  });

  it('is not changed by who changes what it returned or was given', () => {
    const given: Loose = configMapOf('shop', 'a');
    const returned: Loose = cluster.create(given);
    given.data.key = 'mine';
    returned.data.key = 'mine too';
    (cluster.read('configmaps', 'shop', 'a') as Loose).data.key = 'and mine';
    expect((cluster.read('configmaps', 'shop', 'a') as Loose).data).to.deep.equal({ key: 'value' });
  });

  it('keeps numbers that no double holds, and keys of any name', async () => {
    cluster.create(definitionOf('widgets', 'example.com'));
    const spec = JSON.parse('{"__proto__": {"10": 1}}');
    spec.big = new NumberToken('9007199254740993');
    cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec });
    const text = await listText(cluster, 'widgets.example.com');
    expect(text).to.contain('"big":9007199254740993');
    expect(text).to.contain('"__proto__":{"10":1}');
  });

  it('keeps an object with finalizers as terminating until the last one goes', async () => {
    cluster.create({ ...configMapOf('shop', 'held'), metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/wait'] } });
    cluster.remove('configmaps', 'shop', 'held');
    expect((cluster.read('configmaps', 'shop', 'held') as Loose).metadata.deletionTimestamp).to.equal('2026-11-21T12:00:00Z');
    cluster.patchMerge('configmaps', 'shop', 'held', { metadata: { finalizers: null } });
    expect(cluster.read('configmaps', 'shop', 'held')).to.equal(null);
  });

  it('empties a deleted namespace before it goes, and refuses new objects meanwhile', async () => {
    cluster.create(deploymentOf('shop', 'web', 2));
    cluster.create({ ...configMapOf('shop', 'held'), metadata: { name: 'held', namespace: 'shop', finalizers: ['example.com/wait'] } });
    cluster.remove('namespaces', '', 'shop');
    expect((cluster.read('namespaces', '', 'shop') as Loose).status.phase).to.equal('Terminating');
    expect(cluster.readAll('pods', 'shop')).to.deep.equal([]);
    expect(await errorOf(() => cluster.create(configMapOf('shop', 'late')))).to.include({ code: 'FORBIDDEN' });
    cluster.patchMerge('configmaps', 'shop', 'held', { metadata: { finalizers: null } });
    expect(cluster.read('namespaces', '', 'shop')).to.equal(null);
  });

  it('serves the type of a CRD from its creation until its deletion, which takes the objects along', async () => {
    cluster.create(definitionOf('widgets', 'example.com'));
    cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec: {} });
    const type = await typeNamed(cluster, 'widgets.example.com');
    expect(await listItems(cluster, 'widgets.example.com')).to.have.length(1);
    const told: string[] = [];
    const watched = (async () => {
      for await (const events of cluster.watch(type, { from: String(cluster.revision) }, AbortSignal.timeout(5_000))) {
        for (const event of events) told.push(event.kind === 'object' ? event.change : event.kind);
      }
    })();
    cluster.remove('customresourcedefinitions.apiextensions.k8s.io', '', 'widgets.example.com');
    await watched;
    expect(told).to.deep.equal(['DELETED']);
    expect((await cluster.discover(new Map(), AbortSignal.timeout(5_000))).types.map((entry) => entry.resource)).to.not.include('widgets');
    expect(await errorOf(() => cluster.get(type, 'shop', 'w', AbortSignal.timeout(5_000)))).to.include({ code: 'NOT_FOUND' });
  });

  it('bears 20,000 objects', async () => {
    for (let index = 0; index < 20_000; index += 1) cluster.create(configMapOf('shop', `map-${index}`));
    expect(await listItems(cluster, 'configmaps', { namespace: 'shop' })).to.have.length(20_001);
  });
});
