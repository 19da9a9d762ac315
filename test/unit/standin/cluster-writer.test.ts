import { expect } from 'chai';
import type { JsonObject } from '../../../src/lib/json.js';
import type { WriteAnswer } from '../../../src/model/cluster-writer.js';
import type { ResourceType } from '../../../src/model/resource-type.js';
import { StandInCluster } from '../../../src/standin/stand-in-cluster.js';

const { signal } = new AbortController();
const REAL = { dryRun: false, fieldManager: 'test' };
const type = (resource: string, kind: string, more: Partial<ResourceType> = {}): ResourceType => ({ group: '', version: 'v1', resource, kind, namespaced: true, watchable: true, ...more });
const MAPS = type('configmaps', 'ConfigMap');
const SERVICES = type('services', 'Service');
const DEPLOYMENTS = type('deployments', 'Deployment', { group: 'apps' });
const map = (name: string, metadata: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data: { a: '1' } });

function shop(): StandInCluster {
  const cluster = new StandInCluster();
  cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  return cluster;
}

function objectOf(answer: WriteAnswer): JsonObject {
  if (answer.kind !== 'done' || answer.object === null) throw new Error(JSON.stringify(answer));
  return answer.object;
}

describe('standin/cluster-writer', () => {
  it('puts a Service back with the addresses that it had, and hands new ones out where none is asked for', async () => {
    const cluster = shop();
    const body: JsonObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } };
    const { spec } = objectOf(await cluster.writer.create(SERVICES, 'shop', body, REAL, signal)) as { spec: JsonObject };
    cluster.remove('services', 'shop', 'web');
    const again = objectOf(await cluster.writer.create(SERVICES, 'shop', { ...body, spec }, REAL, signal));
    expect(again['spec']).to.deep.equal(spec);
  });

  it('tries a creation out with defaults and without its controllers: no Pod, no revision', async () => {
    const cluster = shop();
    const before = cluster.revision;
    const body: JsonObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } } };
    const tried = objectOf(await cluster.writer.create(DEPLOYMENTS, 'shop', body, { ...REAL, dryRun: true }, signal));
    expect((tried['spec'] as JsonObject)['replicas']).to.equal(1);
    expect(cluster.revision).to.equal(before);
    expect(cluster.readAll('pods', 'shop')).to.deep.equal([]);
    await cluster.writer.create(DEPLOYMENTS, 'shop', body, REAL, signal);
    expect(cluster.readAll('pods', 'shop')).to.have.length(1);
  });

  it('refuses as the server does: no namespace, one that goes, no such type, another uid, an object that is being deleted', async () => {
    const cluster = shop();
    cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going' } });
    cluster.create(map('held', { namespace: 'going', finalizers: ['test/held'] }));
    cluster.remove('namespaces', '', 'going');
    cluster.create(map('here', { namespace: 'shop' }));

    expect(await cluster.writer.create(MAPS, 'nowhere', map('x'), REAL, signal)).to.include({ kind: 'refused', status: 404, reason: 'NotFound' });
    const terminating = await cluster.writer.create(MAPS, 'going', map('x'), REAL, signal);
    expect(terminating).to.include({ kind: 'refused', status: 403, reason: 'Forbidden' });
    expect(terminating.kind === 'refused' && terminating.causes.map(({ reason }) => reason)).to.deep.equal(['NamespaceTerminating']);
    expect(await cluster.writer.create(type('widgets', 'Widget', { group: 'x.test' }), 'shop', map('x'), REAL, signal)).to.include({ kind: 'refused', status: 404 });
    expect(await cluster.writer.replace(MAPS, 'shop', 'here', map('here', { uid: 'another' }), REAL, signal)).to.include({ kind: 'refused', status: 409, reason: 'Conflict' });
    expect(await cluster.writer.replace(MAPS, 'shop', 'absent', map('absent'), REAL, signal)).to.include({ kind: 'refused', status: 404, reason: 'NotFound' });
    const deleting = await cluster.writer.create(MAPS, 'going', map('held'), REAL, signal);
    expect(deleting).to.include({ kind: 'refused', status: 409, reason: 'AlreadyExists' });
    expect(deleting.kind === 'refused' && deleting.message).to.contain('object is being deleted');
  });

  it('says that it cannot apply, nor orphan what a deletion would leave', async () => {
    const cluster = shop();
    const owner = cluster.create(map('owner', { namespace: 'shop' }));
    const { uid, resourceVersion } = owner['metadata'] as { uid: string; resourceVersion: string };
    cluster.create(map('owned', { namespace: 'shop', ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }] }));

    expect(await cluster.writer.apply(MAPS, 'shop', 'x', map('x'), { ...REAL, force: true }, signal)).to.include({ kind: 'refused', status: 415 });
    expect(await cluster.writer.remove(MAPS, 'shop', 'owner', { uid, resourceVersion }, { dryRun: false, propagation: 'Orphan' }, signal)).to.include({ kind: 'refused', status: 405 });
    expect(cluster.read('configmaps', 'shop', 'owner')).not.to.equal(null);
    expect((await cluster.writer.remove(MAPS, 'shop', 'owner', { uid, resourceVersion }, { dryRun: false, propagation: 'Background' }, signal)).kind).to.equal('done');
    expect(cluster.read('configmaps', 'shop', 'owned')).to.equal(null);
  });

  it('says that everybody may do everything', async () => {
    const reviews = type('selfsubjectaccessreviews', 'SelfSubjectAccessReview', { group: 'authorization.k8s.io', namespaced: false });
    expect(objectOf(await shop().writer.create(reviews, '', {}, REAL, signal))['status']).to.deep.equal({ allowed: true });
  });
});
