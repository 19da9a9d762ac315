import { expect } from 'chai';
import { StandInCluster } from '../../../src/standin/stand-in-cluster.js';
import { configMapOf, definitionOf, drain, errorOf, listItems, namespaceOf, typeNamed } from './objects.js';

describe('stand-in: reading', () => {
  let cluster: StandInCluster;
  const soon = (): AbortSignal => AbortSignal.timeout(5_000);
  beforeEach(() => {
    cluster = new StandInCluster();
    cluster.create(namespaceOf('shop'));
  });

  it('says that it is not a real cluster', () => {
    expect(cluster.name).to.equal('stand-in cluster (inside this process, not a real one)');
  });

  it('lists items of built-in types without apiVersion and kind, of custom types with them', async () => {
    cluster.create(definitionOf('widgets', 'example.com'));
    cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' } });
    const [map] = await listItems(cluster, 'configmaps', { namespace: 'shop' });
    const [widget] = await listItems(cluster, 'widgets.example.com');
    expect(map).to.not.have.any.keys('apiVersion', 'kind');
    expect(widget).to.include({ apiVersion: 'example.com/v1', kind: 'Widget' });
  });

  it('lists the moment at which it was asked, whatever is written meanwhile', async () => {
    for (let index = 0; index < 1_200; index += 1) cluster.create(configMapOf('shop', `map-${index}`));
    const type = await typeNamed(cluster, 'configmaps');
    const asked = cluster.revision;
    let count = 0;
    for await (const chunk of cluster.list(type, { namespace: 'shop' }, soon())) {
      if (chunk.kind === 'items') count += chunk.count;
      else expect(chunk.resourceVersion).to.equal(String(asked));
      cluster.create(configMapOf('shop', `late-${count}-${chunk.kind}`));
    }
    expect(count).to.equal(1_201);
  });

  it('fails, cuts and expires the lists that it is told to, once', async () => {
    cluster.create(configMapOf('shop', 'a'));
    cluster.faults.failNextList('configmaps', 'THROTTLED');
    cluster.faults.truncateNextList('configmaps');
    cluster.faults.expireNextList('configmaps');
    for (const code of ['THROTTLED', 'MALFORMED', 'EXPIRED']) {
      expect(await errorOf(() => listItems(cluster, 'configmaps'))).to.include({ code });
    }
    expect(await listItems(cluster, 'configmaps', { namespace: 'shop' })).to.have.length(2);
  });

  it('forbids a type until it is allowed again', async () => {
    const type = await typeNamed(cluster, 'secrets');
    cluster.faults.forbid('secrets');
    expect(await errorOf(() => listItems(cluster, 'secrets'))).to.include({ code: 'FORBIDDEN', status: 403 });
    expect(await errorOf(() => cluster.get(type, 'shop', 'x', soon()))).to.include({ code: 'FORBIDDEN' });
    expect(await errorOf(() => drain(cluster.watch(type, { from: '1' }, soon())))).to.include({ code: 'FORBIDDEN' });
    cluster.faults.allow('secrets');
    expect(await listItems(cluster, 'secrets')).to.deep.equal([]);
  });

  it('leaves a group that does not answer out of discovery and says so', async () => {
    cluster.faults.failGroup('apps', 'the API server behind it is down');
    const { types, failedGroups } = await cluster.discover(new Map(), soon());
    expect(failedGroups).to.deep.equal([{ group: 'apps', reason: 'the API server behind it is down' }]);
    expect(types.some((type) => type.group === 'apps')).to.equal(false);
    cluster.faults.healGroup('apps');
    await typeNamed(cluster, 'deployments.apps');
  });

  it('ends watches in good order when they are closed, after telling what had happened', async () => {
    const type = await typeNamed(cluster, 'configmaps');
    const told: string[] = [];
    const watched = (async () => {
      for await (const events of cluster.watch(type, { from: String(cluster.revision) }, soon())) told.push(...events.map((event) => event.kind));
    })();
    cluster.create(configMapOf('shop', 'a'));
    await new Promise(setImmediate);
    cluster.closeWatches();
    await watched;
    expect(told).to.deep.equal(['object']);
  });

  it('sends a quiet watch a bookmark at the store\'s resourceVersion when its time comes', async () => {
    const quick = new StandInCluster({ bookmarkEveryMs: 5 });
    const type = await typeNamed(quick, 'secrets');
    for await (const events of quick.watch(type, { from: String(quick.revision) }, soon())) {
      expect(events).to.deep.equal([{ kind: 'bookmark', resourceVersion: String(quick.revision) }]);
      break;
    }
  });

  it('moves a quiet watch on by the writes of other types', async () => {
    const type = await typeNamed(cluster, 'secrets');
    const from = String(cluster.revision);
    cluster.create(configMapOf('shop', 'a'));
    const watch = cluster.watch(type, { from }, soon())[Symbol.asyncIterator]();
    const next = watch.next();
    await new Promise(setImmediate);
    cluster.bookmark();
    expect((await next).value).to.deep.equal([{ kind: 'bookmark', resourceVersion: String(cluster.revision) }]);
    await watch.return?.();
  });

  it('answers GONE when more was written than it remembers', async () => {
    const forgetful = new StandInCluster({ historyLimit: 10 });
    const type = await typeNamed(forgetful, 'configmaps');
    const from = String(forgetful.revision);
    for (let index = 0; index < 30; index += 1) forgetful.create(configMapOf('default', `map-${index}`));
    expect(await errorOf(() => drain(forgetful.watch(type, { from }, soon())))).to.include({ code: 'GONE', status: 410 });
  });

  it('is silent to a watch from a resourceVersion that it does not have yet', async () => {
    const type = await typeNamed(cluster, 'configmaps');
    const controller = new AbortController();
    const events = drain(cluster.watch(type, { from: String(cluster.revision + 1_000) }, controller.signal));
    cluster.create(configMapOf('shop', 'a'));
    cluster.bookmark();
    await new Promise(setImmediate);
    controller.abort(new Error('nothing came'));
    expect(await events.catch((error: unknown) => error)).to.have.property('message', 'nothing came');
  });

  it('goes back in time to a snapshot: objects and counter as they were, watches cut', async () => {
    const type = await typeNamed(cluster, 'configmaps');
    cluster.create(configMapOf('shop', 'kept'));
    const snapshot = cluster.snapshot();
    cluster.create(configMapOf('shop', 'lost'));
    const watched = drain(cluster.watch(type, { from: String(cluster.revision) }, soon()));
    await new Promise(setImmediate);
    cluster.rollBack(snapshot);
    await watched;
    expect(cluster.revision).to.equal(snapshot.revision);
    expect((await listItems(cluster, 'configmaps', { namespace: 'shop' })).map((map) => map.metadata.name)).to.deep.equal(['kept', 'kube-root-ca.crt']);
  });
});
