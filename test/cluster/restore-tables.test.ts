// Acceptance test 15 of restore.md §8: kinds of which a server or a controller writes a part (the tables of §6.3).
import { expect } from 'chai';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { deployment, namespace, object, serviceAccount, withMetadata } from '../support/objects.js';
import { Beds, deleted, resultFor, stepOf } from '../support/restore-bed.js';
import { troubles } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-tables';
const CLAIM = object('v1', 'PersistentVolumeClaim', NS, 'data', { spec: { storageClassName: 'by-hand', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
const VOLUME = object('v1', 'PersistentVolume', null, 'put-back-tables-data', {
  spec: { storageClassName: 'by-hand', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: '/srv/data' } },
});
const job = (name: string): Reference => object('batch/v1', 'Job', NS, name, { spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } } });

describe('acceptance 15: what controllers write themselves', () => {
  let plane: ControlPlane;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    beds = new Beds(plane);
    await plane.api.create(namespace(NS));
  });
  after(async () => beds?.close());

  const phase = async (each: Reference): Promise<string> => (await plane.api.get(each)).status?.phase;
  const isBound = (): Promise<boolean> => eventually(async () => (await phase(CLAIM)) === 'Bound' && (await phase(VOLUME)) === 'Bound', { timeoutMs: 30_000, describe: 'claim and volume are bound' });
  const withoutProtection = (each: Reference): Promise<AnyJson> => plane.api.patch(each, { metadata: { finalizers: null } }, { contentType: MERGE_PATCH });

  it('a volume that was left behind, with the uid of a claim that is gone, is bound to the claim again', () => beds.with(async (bed) => {
    await plane.api.create(VOLUME);
    await plane.api.create(CLAIM);
    await isBound();
    await bed.export();
    await deleted(plane, CLAIM);
    await eventually(async () => (await phase(VOLUME)) === 'Released', { timeoutMs: 20_000, describe: 'the volume is released' });

    const { plan, report } = await bed.restore({ objects: ['pvc/data'], namespaces: [NS] });
    expect(stepOf(plan, 'persistentvolumeclaims/data').claim?.data).to.equal('keep live data');
    expect(troubles(report)).to.deep.equal([]);
    await isBound();
    const { uid } = (await plane.api.get(CLAIM)).metadata;
    expect((await plane.api.get(VOLUME)).spec.claimRef.uid).to.equal(uid);
  }));

  it('a volume and its claim that are both gone are bound to each other, the uid of before in neither', () => beds.with(async (bed) => {
    await bed.export();
    await plane.api.delete(CLAIM);
    await plane.api.delete(VOLUME);
    await withoutProtection(VOLUME).catch(() => undefined);
    await eventually(async () => (await plane.api.find(CLAIM)) === null && (await plane.api.find(VOLUME)) === null, { timeoutMs: 20_000, describe: 'both are gone' });

    const { plan, report } = await bed.restore({ objects: ['pvc/data', `pv/${VOLUME.metadata.name}`], namespaces: [NS] });
    expect(stepOf(plan, `persistentvolumes/${VOLUME.metadata.name}`).dangers.map(({ kind }) => kind)).to.deep.equal(['data']);
    expect(stepOf(plan, 'persistentvolumeclaims/data').dangers).to.deep.equal([]);
    expect(troubles(report)).to.deep.equal([]);
    await isBound();
  }));

  it('a claim whose volume is gone for good will be empty, and the plan says so', () => beds.with(async (bed) => {
    await bed.export();
    await plane.api.delete(CLAIM);
    await plane.api.delete(VOLUME);
    await withoutProtection(VOLUME).catch(() => undefined);
    await eventually(async () => (await plane.api.find(CLAIM)) === null && (await plane.api.find(VOLUME)) === null, { timeoutMs: 20_000, describe: 'both are gone' });

    const { plan, report } = await bed.restore({ objects: ['pvc/data'], namespaces: [NS] });
    const { claim, dangers } = stepOf(plan, 'persistentvolumeclaims/data');
    expect(claim).to.deep.equal({ data: 'empty', reason: 'its volume is not there, or may not be looked at' });
    expect(dangers.map(({ kind, evidence }) => `${kind}: ${evidence}`)).to.deep.equal(['data: its volume is not there, or may not be looked at', 'missing: spec.storageClassName: by-hand']);
    expect(troubles(report)).to.deep.equal([]);
    expect((await plane.api.get(CLAIM)).spec.volumeName).to.equal(undefined);
    await deleted(plane, CLAIM);
  }));

  it('a token Secret that a person made is filled again, for the account as it is now', () => beds.with(async (bed) => {
    const account = serviceAccount(NS, 'robot');
    const token = withMetadata(object('v1', 'Secret', NS, 'robot-by-hand', { type: 'kubernetes.io/service-account-token' }), { annotations: { 'kubernetes.io/service-account.name': 'robot' } });
    const filled = (): Promise<AnyJson> => eventually(async () => {
      const live = await plane.api.find(token);
      return live?.data?.token === undefined ? null : live;
    }, { timeoutMs: 20_000, describe: 'the token is there' });
    await plane.api.create(account);
    await plane.api.create(token);
    const before = await filled();
    await bed.export();
    await deleted(plane, account);
    await eventually(async () => (await plane.api.find(token)) === null, { timeoutMs: 20_000, describe: 'the token went with its account' });

    const { report } = await bed.restore({ objects: ['sa/robot', 'secret/robot-by-hand'], namespaces: [NS] });
    expect(troubles(report)).to.deep.equal([]);
    const after = await filled();
    expect(after.metadata.annotations['kubernetes.io/service-account.uid']).to.equal((await plane.api.get(account)).metadata.uid);
    expect(after.data.token).to.not.equal(before.data.token);
  }));

  it('a token Secret that differs is changed without losing its token', () => beds.with(async (bed) => {
    await bed.export();
    const token = object('v1', 'Secret', NS, 'robot-by-hand');
    const before = await plane.api.get(token);
    await plane.api.patch(token, { metadata: { labels: { stray: 'x' } } }, { contentType: MERGE_PATCH });
    const { report } = await bed.restore({ objects: ['secret/robot-by-hand'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    const after = await plane.api.get(token);
    expect(after.metadata.labels?.stray).to.equal(undefined);
    expect(after.data).to.deep.equal(before.data);
    expect(after.metadata.annotations).to.deep.equal(before.metadata.annotations);
  }));

  it('a Job that was at work starts again with a selector of its own, one that is done stays done', () => beds.with(async (bed) => {
    await plane.api.create(job('at-work'));
    await plane.api.create(job('done'));
    await eventually(async () => (await plane.api.get(job('done'))).status.startTime !== undefined, { timeoutMs: 20_000, describe: 'the Job was begun' });
    const time = new Date(Date.now() - 1000).toISOString().replace(/\.\d+Z/, 'Z');
    const condition = (type: string): object => ({ type, status: 'True', lastTransitionTime: time, lastProbeTime: time });
    const { startTime } = (await plane.api.get(job('done'))).status;
    await eventually(async () => plane.api.patch(job('done'), { status: { active: 0, ready: 0, succeeded: 1, terminating: 0, uncountedTerminatedPods: null, completionTime: startTime, conditions: [condition('SuccessCriteriaMet'), condition('Complete')] } }, { contentType: MERGE_PATCH, subresource: 'status' }), { timeoutMs: 10_000, describe: 'the Job is complete' });
    const before = await plane.api.get(job('at-work'));
    await bed.export();
    await deleted(plane, job('at-work'), job('done'));

    const { plan, report } = await bed.restore({ objects: ['jobs'], namespaces: [NS] });
    expect(stepOf(plan, 'jobs/done')).to.deep.include({ action: 'skip', class: 'finished', reason: 'its work is over (Complete)' });
    expect(troubles(report)).to.deep.equal([]);
    expect(await plane.api.find(job('done'))).to.equal(null);
    const after = await plane.api.get(job('at-work'));
    expect(after.spec.selector.matchLabels['batch.kubernetes.io/controller-uid']).to.equal(after.metadata.uid).and.to.not.equal(before.metadata.uid);
    expect(after.spec.template.metadata.labels['job-name']).to.equal('at-work');

    await plane.api.patch(job('at-work'), { spec: { parallelism: 3 } }, { contentType: MERGE_PATCH });
    const changed = await bed.restore({ objects: ['jobs/at-work'], namespaces: [NS] });
    expect(troubles(changed.report)).to.deep.equal([]);
    expect((await plane.api.get(job('at-work'))).spec.selector).to.deep.equal(after.spec.selector);
  }));

  it('an aggregated ClusterRole is equal: its rules are gathered anew', () => beds.with(async (bed) => {
    const api = 'rbac.authorization.k8s.io/v1';
    const labels = { 'tables.kubetape.io/aggregate': 'true' };
    const part = withMetadata(object(api, 'ClusterRole', null, 'tables-part', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }), { labels });
    const sum = object(api, 'ClusterRole', null, 'tables-sum', { aggregationRule: { clusterRoleSelectors: [{ matchLabels: labels }] }, rules: [] });
    const gathered = (): Promise<AnyJson> => eventually(async () => (await plane.api.get(sum)).rules?.length === 1, { timeoutMs: 20_000, describe: 'the rules are gathered' });
    for (const each of [part, sum]) await plane.api.create(each);
    await gathered();
    await bed.export();
    // In this order: the aggregation of a changed part would make its sum again.
    for (const each of [sum, part]) await deleted(plane, each);
    const { report } = await bed.restore({ objects: ['clusterrole/tables-part', 'clusterrole/tables-sum'] });
    expect(troubles(report)).to.deep.equal([]);
    await gathered();

    await plane.api.patch(sum, { metadata: { labels: { stray: 'x' } } }, { contentType: MERGE_PATCH });
    const changed = await bed.restore({ objects: ['clusterrole/tables-sum'] });
    expect(troubles(changed.report)).to.deep.equal([]);
    expect((await plane.api.get(sum)).rules).to.have.length(1);
    for (const each of [sum, part]) await deleted(plane, each);
  }));

  it('an autoscaled Deployment keeps the replicas that it has, and is created without any', () => beds.with(async (bed) => {
    const web = deployment(NS, 'scaled', 3);
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', NS, 'scaled', { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' }, minReplicas: 1, maxReplicas: 9 } });
    for (const each of [web, scaler]) await plane.api.create(each);
    await bed.export();
    const image = { containers: [{ name: 'app', image: 'registry.example/app:2' }] };
    await plane.api.patch(web, { spec: { replicas: 7, template: { spec: image } } }, { contentType: MERGE_PATCH });
    const { plan, report } = await bed.restore({ objects: ['deploy/scaled'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    expect(stepOf(plan, 'deployments/scaled').fields.map(({ path }) => path)).to.deep.equal(['spec.template.spec.containers[app].image']);
    expect(stepOf(plan, 'deployments/scaled').dangers.map(({ kind }) => kind)).to.deep.equal(['restart']);
    const live = await plane.api.get(web);
    expect([live.spec.replicas, live.spec.template.spec.containers[0].image]).to.deep.equal([7, 'registry.example/app:1']);

    // Also where its autoscaler is gone and comes back with it.
    await deleted(plane, scaler, web);
    const created = await bed.restore({ objects: ['deploy/scaled', 'hpa/scaled'], namespaces: [NS] });
    expect(troubles(created.report)).to.deep.equal([]);
    expect(resultFor(created.report, 'deployments/scaled').verbs[0]).to.equal('POST');
    expect((await plane.api.get(web)).spec.replicas).to.equal(1);
    await deleted(plane, scaler, web);
  }));
});
