// Acceptance tests 7, 10, 11 and 14 of restore.md §8: addresses that are taken, recreation that keeps pods, stored versions, owners.
import { expect } from 'chai';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { crd, customObject, namespace, object, secret, service, withMetadata } from '../support/objects.js';
import { withBed } from '../support/restore-bed.js';
import { troubles } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-owners';

describe('restore on a real control plane', () => {
  let plane: ControlPlane;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
  });

  const gone = (each: Reference): Promise<boolean> => eventually(async () => (await plane.api.find(each)) === null, { timeoutMs: 20_000, describe: `${each.kind} is gone` });

  it('acceptance 7: gives a Service other addresses when its own are taken, and says so', () => withBed(plane, async (bed) => {
    await plane.api.create(service(NS, 'front', { type: 'NodePort' }));
    await bed.export();
    const before = await plane.api.get(service(NS, 'front'));
    await plane.api.delete(service(NS, 'front'));
    await plane.api.create(service(NS, 'thief', { clusterIP: before.spec.clusterIP }));
    const { report } = await bed.restore({ objects: ['svc/front'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    expect(report.results[0]?.message).to.contain('spec.clusterIP');
    expect((await plane.api.get(service(NS, 'front'))).spec.clusterIP).to.not.equal(before.spec.clusterIP);
    await plane.api.delete(service(NS, 'thief'));
  }));

  it('acceptance 7: keeps address and node port of a Service that is changed back', () => withBed(plane, async (bed) => {
    await bed.export();
    const before = await plane.api.get(service(NS, 'front'));
    await plane.api.patch(service(NS, 'front'), { spec: { selector: { app: 'other' }, ports: [{ ...before.spec.ports[0], name: 'renamed' }] } }, { contentType: MERGE_PATCH });
    const { report } = await bed.restore({ objects: ['svc/front'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    const after = await plane.api.get(service(NS, 'front'));
    expect(after.spec).to.deep.equal(before.spec);
  }));

  it('acceptance 10: recreates a Deployment under its pods', () => withBed(plane, async (bed) => {
    const claims = (size: string): AnyJson => [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } } }];
    const spec = { replicas: 2, serviceName: 'db', podManagementPolicy: 'Parallel', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } };
    const set = (size: string): Reference => object('apps/v1', 'StatefulSet', NS, 'db', { spec: { ...spec, volumeClaimTemplates: claims(size) } });
    const pods = async (): Promise<string[]> => (await plane.api.list('v1', 'Pod', NS)).filter((pod) => pod.metadata.labels?.app === 'db').map((pod) => pod.metadata.uid as string).sort();
    await plane.api.create(set('1Gi'));
    await eventually(async () => (await pods()).length === 2, { timeoutMs: 20_000, describe: 'two pods' });
    await bed.export();
    await plane.api.delete(set('1Gi'), { body: { propagationPolicy: 'Orphan' } });
    await gone(set('1Gi'));
    await plane.api.create(set('2Gi'));
    const before = await pods();

    const kept = await bed.restore({ objects: ['sts/db'], namespaces: [NS] });
    expect(kept.report.results.map(({ result, message }) => [result, message?.includes('spec.volumeClaimTemplates')])).to.deep.equal([['diverged', true]]);

    const { plan, report } = await bed.restore({ objects: ['sts/db'], namespaces: [NS], options: { onImmutable: 'recreate' } });
    expect(plan.steps.map(({ action, dangers }) => [action, dangers.map(({ kind }) => kind)])).to.deep.equal([['recreate', ['recreate', 'data']]]);
    expect(troubles(report)).to.deep.equal([]);
    expect(report.results[0]?.verbs).to.include.members(['DELETE', 'POST']);
    expect(await pods()).to.deep.equal(before);
    expect((await plane.api.get(set('1Gi'))).spec.volumeClaimTemplates[0].spec.resources.requests.storage).to.equal('1Gi');
  }));

  it('acceptance 11: keeps a version of a definition in which objects are stored', () => withBed(plane, async (bed) => {
    const definition = crd('Vessel');
    await plane.api.create(definition);
    await eventually(async () => plane.api.pathOf(customObject('Vessel', NS, 'one'), false), { timeoutMs: 20_000, describe: 'Vessel is served' });
    await bed.export();
    const live = await plane.api.get(definition);
    const [version] = live.spec.versions;
    await plane.api.patch(definition, { spec: { versions: [{ ...version, storage: false }, { ...version, name: 'v2', storage: true }] } }, { contentType: MERGE_PATCH });
    await eventually(async () => (await plane.api.get(definition)).status.storedVersions.includes('v2'), { timeoutMs: 20_000, describe: 'v2 is stored' });
    await plane.api.create(customObject('Vessel', NS, 'one'));
    const { report } = await bed.restore({ objects: [`crd/${definition.metadata.name}`] });

    expect(report.results.map(({ result }) => result)).to.deep.equal(['diverged']);
    expect(report.results[0]?.message).to.contain('v2');
    expect((await plane.api.get(definition)).spec.versions.map((each: AnyJson) => [each.name, each.storage])).to.deep.equal([['v1', true], ['v2', false]]);
    expect((await plane.api.get(customObject('Vessel', NS, 'one'))).spec.size).to.equal(1);
  }));

  it('acceptance 14: links a tree of owners to the new ones, and nothing is collected', () => withBed(plane, async (bed) => {
    const own = async (child: Reference, owner: Reference, controller = true): Promise<Reference> => {
      const { uid } = (await plane.api.get(owner)).metadata;
      const { apiVersion, kind } = owner;
      return withMetadata(child, { ownerReferences: [{ apiVersion, kind, name: owner.metadata.name, uid, controller, blockOwnerDeletion: true }] });
    };
    const maps = ['level-1', 'level-2', 'level-3', 'level-4'].map((name) => object('v1', 'ConfigMap', NS, name, { data: { a: name } }));
    const token = secret(NS, 'generated');
    const lost = object('v1', 'ConfigMap', NS, 'lost-owner', { data: {} });
    const left = object('v1', 'ConfigMap', NS, 'left-behind', { data: {} });
    const [first, second, third, fourth] = maps as [Reference, Reference, Reference, Reference];
    await plane.api.create(first);
    for (const [child, owner] of [[second, first], [third, second], [fourth, third], [token, fourth]] as const) await plane.api.create(await own(child, owner));
    await plane.api.create(lost);
    await plane.api.create(await own(left, lost));
    await bed.export();
    await plane.api.delete(first);
    await plane.api.delete(lost);
    for (const each of [...maps, token, left]) await gone(each);

    const { plan, report } = await bed.restore({ objects: ['cm', 'secret'], namespaces: [NS], exclude: [{ names: ['lost-owner'] }] });
    expect(troubles(report).filter((line) => !line.includes('left-behind'))).to.deep.equal([]);
    expect(plan.steps.find(({ id }) => id.name === 'left-behind')?.dangers.map(({ kind }) => kind)).to.deep.equal(['orphan']);
    expect(report.results.find(({ id }) => id.name === 'left-behind')?.message).to.contain('neither live nor in scope');
    const chain = [...maps, token];
    for (const [i, each] of chain.entries()) {
      const { ownerReferences = [] } = (await plane.api.get(each)).metadata;
      const owner = i === 0 ? undefined : (await plane.api.get(chain[i - 1] as Reference)).metadata.uid;
      expect(ownerReferences.map((reference: AnyJson) => [reference.uid, reference.controller, reference.blockOwnerDeletion])).to.deep.equal(i === 0 ? [] : [[owner, true, true]]);
    }
    // The garbage collector works by owner: what hangs on a live owner goes with it, in a second or so.
    await plane.api.delete(first);
    for (const each of chain) await gone(each);
    expect(await plane.api.find(left)).to.not.equal(null);
  }));
});
