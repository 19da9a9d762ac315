// What a plan warns of, on real objects (issue 5: each danger has its evidence), and the options that say what may be touched.
import { expect } from 'chai';
import { EXIT } from '../../src/lib/exit-codes.js';
import { reportExitCode } from '../../src/restore/run/results.js';
import { MERGE_PATCH, type AnyJson, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { testPolicy } from '../support/mirror-run.js';
import { configMap, crd, customObject, deployment, namespace, object, secret, withMetadata } from '../support/objects.js';
import { Beds, deleted, resultFor, resultsOf, stepOf } from '../support/restore-bed.js';
import { recommit } from '../support/restore-commit.js';
import { troubles, type RestoreBed, type RestoreRequest } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-dangers';

describe('the dangers of a plan', () => {
  let plane: ControlPlane;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    beds = new Beds(plane);
    await plane.api.create(namespace(NS));
  });
  after(async () => beds?.close());

  const dangers = (bed: RestoreBed, request: RestoreRequest): Promise<Record<string, string[]>> =>
    bed.plan(request, ({ plan }) => Object.fromEntries(plan.steps.map(({ id, dangers: each }) => [`${id.resource}/${id.name}`, each.map(({ kind, evidence }) => `${kind}: ${evidence}`)])));
  const served = (each: Reference, path: string): Promise<unknown> => eventually(async () => (await plane.request('GET', path)).status === 200, { timeoutMs: 20_000, describe: `${each.metadata.name} is served` });

  it('name a class that neither the cluster nor the scope has, and none that one of them has', () => beds.with(async (bed) => {
    const pod = { containers: [{ name: 'c', image: 'i' }] };
    const classes = [
      object('storage.k8s.io/v1', 'StorageClass', null, 'dangers-fast', { provisioner: 'example.org/fast' }),
      object('networking.k8s.io/v1', 'IngressClass', null, 'dangers-edge', { spec: { controller: 'example.org/edge' } }),
      object('scheduling.k8s.io/v1', 'PriorityClass', null, 'dangers-vital', { value: 100 }),
      object('node.k8s.io/v1', 'RuntimeClass', null, 'dangers-sandbox', { handler: 'sandbox' }),
    ];
    const users = [
      object('v1', 'PersistentVolumeClaim', NS, 'data', { spec: { storageClassName: 'dangers-fast', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } }),
      object('networking.k8s.io/v1', 'Ingress', NS, 'web', { spec: { ingressClassName: 'dangers-edge', defaultBackend: { service: { name: 'web', port: { number: 80 } } } } }),
      object('v1', 'Pod', NS, 'alone', { spec: { ...pod, priorityClassName: 'dangers-vital', runtimeClassName: 'dangers-sandbox' } }),
      object('apps/v1', 'Deployment', NS, 'web', { spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { ...pod, priorityClassName: 'dangers-vital' } } } }),
    ];
    for (const each of [...classes, ...users]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, ...users);
    const request = { objects: ['pvc', 'ingress', 'pod', 'deploy'], namespaces: [NS] };
    const missing = (found: Record<string, string[]>): Record<string, string[]> => Object.fromEntries(Object.entries(found).map(([name, each]) => [name, each.filter((words) => words.startsWith('missing'))]));
    const none = { 'persistentvolumeclaims/data': [], 'ingresses/web': [], 'pods/alone': [], 'deployments/web': [] };
    expect(missing(await dangers(bed, request)), 'all are live').to.deep.equal(none);

    await deleted(plane, ...classes);
    expect(missing(await dangers(bed, request))).to.deep.equal({
      'persistentvolumeclaims/data': ['missing: spec.storageClassName: dangers-fast'],
      'ingresses/web': ['missing: spec.ingressClassName: dangers-edge'],
      'pods/alone': ['missing: spec.priorityClassName: dangers-vital', 'missing: spec.runtimeClassName: dangers-sandbox'],
      'deployments/web': ['missing: spec.template.spec.priorityClassName: dangers-vital'],
    });
    const words = await bed.plan({ objects: ['ingress'], namespaces: [NS] }, ({ plan }) => plan.steps[0]?.dangers[0]?.words);
    expect(words).to.equal(`ingresses/web in ${NS} needs IngressClass dangers-edge, which neither the cluster nor the scope has`);

    const withClasses = { objects: [...request.objects, ...classes.map(({ kind, metadata }) => `${kind}/${metadata.name}`)], namespaces: [NS] };
    const all = missing(await dangers(bed, withClasses));
    expect(Object.values(all).flat(), 'all are in scope').to.deep.equal([]);
    const { report } = await bed.restore(withClasses);
    expect(troubles(report)).to.deep.equal([]);
    await deleted(plane, ...users, ...classes);
  }));

  it('say that a version is served no longer; the object is written through the one that is', () => beds.with(async (bed) => {
    const definition = crd('Relic', { versions: ['v1beta1'] });
    const relic = (version: string, name: string): Reference => customObject('Relic', NS, name, { spec: { size: 1 } }, `test.kubetape.io/${version}`);
    await plane.api.create(definition);
    await served(definition, `/apis/test.kubetape.io/v1beta1/namespaces/${NS}/relics`);
    for (const name of ['gone', 'changed', 'same']) await plane.api.create(relic('v1beta1', name));
    await bed.export();
    const [version] = (await plane.api.get(definition)).spec.versions;
    await plane.api.patch(definition, { spec: { versions: [{ ...version, served: false, storage: false }, { ...version, name: 'v1', storage: true }] } }, { contentType: MERGE_PATCH });
    await served(definition, `/apis/test.kubetape.io/v1/namespaces/${NS}/relics`);
    await eventually(async () => (await plane.request('GET', `/apis/test.kubetape.io/v1beta1/namespaces/${NS}/relics`)).status === 404, { timeoutMs: 20_000, describe: 'v1beta1 is served no longer' });
    await deleted(plane, relic('v1', 'gone'));
    await plane.api.patch(relic('v1', 'changed'), { spec: { size: 9 } }, { contentType: MERGE_PATCH });

    const { plan, report } = await bed.restore({ objects: ['relics'], namespaces: [NS] });
    expect(plan.steps.map(({ id, action, apiVersion, fields }) => [id.name, action, apiVersion, fields.map(({ path }) => path)])).to.deep.equal([
      ['changed', 'update', 'test.kubetape.io/v1', ['spec.size']], ['gone', 'create', 'test.kubetape.io/v1', []],
    ]);
    for (const name of ['changed', 'gone']) expect(stepOf(plan, `relics/${name}`).dangers.map(({ kind, evidence }) => `${kind}: ${evidence}`)).to.deep.equal(['not served: test.kubetape.io/v1beta1']);
    expect(troubles(report)).to.deep.equal([]);
    for (const name of ['changed', 'gone']) expect((await plane.api.get(relic('v1', name))).spec.size).to.equal(1);
    expect((await bed.restore({ objects: ['relics'], namespaces: [NS] })).report.results).to.deep.equal([]);
  }));

  it('say it of a built-in type, too, and that a type is served in no version: incompatible, and the end is 4', () => beds.with(async (bed) => {
    const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', NS, 'old', { spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, minReplicas: 1, maxReplicas: 9 } });
    const [definition, thing] = [crd('Oddity'), customObject('Oddity', NS, 'one')];
    for (const each of [scaler, definition]) await plane.api.create(each);
    await served(definition, `/apis/test.kubetape.io/v1/namespaces/${NS}/odditys`);
    await plane.api.create(thing);
    await bed.export();
    recommit(bed.repo, `namespaces/${NS}/horizontalpodautoscalers.autoscaling/old.yaml`, (text) => text.replace('apiVersion: autoscaling/v2\n', 'apiVersion: autoscaling/v2beta2\n'));
    await deleted(plane, scaler, definition);
    await eventually(async () => (await plane.request('GET', `/apis/test.kubetape.io/v1/namespaces/${NS}/odditys`)).status === 404, { timeoutMs: 20_000, describe: 'Oddity is served no longer' });

    const { plan, report } = await bed.restore({ objects: ['hpa', 'odditys'], namespaces: [NS] });
    expect(stepOf(plan, 'horizontalpodautoscalers/old').dangers.map(({ kind, words }) => `${kind}: ${words}`)).to.deep.equal([
      `not served: horizontalpodautoscalers/old in ${NS} is written as autoscaling/v2: the version of the commit is no longer served`,
    ]);
    expect(resultFor(report, 'horizontalpodautoscalers/old').result).to.equal('done');
    expect((await plane.api.get(scaler)).spec.maxReplicas).to.equal(9);
    expect(stepOf(plan, 'odditys/one')).to.deep.include({ action: 'incompatible' });
    expect(stepOf(plan, 'odditys/one').dangers.map(({ kind }) => kind)).to.have.members(['not served', 'missing']);
    expect(resultFor(report, 'odditys/one')).to.deep.include({ result: 'incompatible', verbs: [] });
    expect(reportExitCode(report)).to.equal(EXIT.failed);
    await deleted(plane, scaler);
  }));

  it('say that a Secret is there as digests only; it is not written', () => beds.with(async (bed) => {
    await plane.api.create(secret(NS, 'digested'));
    await bed.export({ policy: testPolicy() });
    await deleted(plane, secret(NS, 'digested'));
    const { plan, report } = await bed.restore({ objects: ['secret/digested'], namespaces: [NS] });

    expect(stepOf(plan, 'secrets/digested')).to.deep.include({ action: 'skip' });
    expect(stepOf(plan, 'secrets/digested').dangers.map(({ kind, evidence }) => `${kind}: ${evidence}`)).to.deep.equal(['secret: secrets: digest']);
    expect(resultFor(report, 'secrets/digested')).to.deep.include({ result: 'skipped', verbs: [] });
    expect(await plane.api.find(secret(NS, 'digested'))).to.equal(null);
  }));

  it('say what becomes of data: a volume, an emptied claim, the claims of a recreated StatefulSet', () => beds.with(async (bed) => {
    const claims = (size: string): AnyJson => [{ metadata: { name: 'data' }, spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } } }];
    const set = (size: string): Reference => object('apps/v1', 'StatefulSet', NS, 'db', { spec: { replicas: 0, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template: { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'c', image: 'i' }] } }, volumeClaimTemplates: claims(size) } });
    const volume = object('v1', 'PersistentVolume', null, 'dangers-volume', { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: 'by-hand', hostPath: { path: '/a' } } });
    const claim = object('v1', 'PersistentVolumeClaim', NS, 'empty', { spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } });
    for (const each of [set('1Gi'), volume, claim]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, set('1Gi'), volume, claim);
    await plane.api.create(set('2Gi'));
    const found = await dangers(bed, { objects: ['sts/db', 'pv/dangers-volume', 'pvc/empty'], namespaces: [NS], options: { onImmutable: 'recreate' } });
    expect(found).to.deep.equal({
      'persistentvolumes/dangers-volume': ['data: created: spec'],
      'persistentvolumeclaims/empty': ['data: no volume of it is known, and there are no snapshots'],
      'statefulsets/db': ['recreate: immutable: spec.volumeClaimTemplates', 'data: spec.volumeClaimTemplates'],
    });
    await deleted(plane, set('2Gi'));
  }));

  it('--on-existing skip and fail, --on-immutable skip, labels and --exclude say what may be touched', () => beds.with(async (bed) => {
    const frozen = { ...configMap(NS, 'frozen', { a: '1' }), immutable: true };
    const red = withMetadata(configMap(NS, 'red'), { labels: { team: 'red' } });
    const blue = withMetadata(configMap(NS, 'blue'), { labels: { team: 'blue' } });
    const [gone, web] = [configMap(NS, 'gone'), deployment(NS, 'options', 1)];
    for (const each of [frozen, red, blue, gone, web]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, gone, frozen);
    await plane.api.create({ ...frozen, data: { a: '2' } });
    for (const each of [red, blue]) await plane.api.patch(each, { data: { key: 'changed' } }, { contentType: MERGE_PATCH });
    await plane.api.patch(web, { spec: { replicas: 3 } }, { contentType: MERGE_PATCH });
    const data = async (each: Reference): Promise<AnyJson> => (await plane.api.get(each)).data;
    const request: RestoreRequest = { objects: ['cm', 'deploy'], namespaces: [NS] };

    const failing = await bed.restore({ ...request, options: { onExisting: 'fail' } });
    expect(resultsOf(failing.report)).to.include.members(['configmaps/blue: pending', 'configmaps/gone: done', 'configmaps/red: pending', 'deployments/options: pending']);
    expect(resultFor(failing.report, 'configmaps/red').message).to.contain('--on-existing fail');
    expect(failing.report.results.filter(({ result }) => result !== 'done').flatMap(({ verbs }) => verbs)).to.deep.equal([]);
    await deleted(plane, gone);

    const skipping = await bed.restore({ ...request, options: { onExisting: 'skip' } });
    expect(resultsOf(skipping.report)).to.include.members(['configmaps/blue: left', 'configmaps/gone: done', 'configmaps/red: left', 'deployments/options: left']);
    expect(reportExitCode(skipping.report)).to.equal(EXIT.done);

    const labelled = await bed.restore({ ...request, selector: 'team=red' });
    expect(resultsOf(labelled.report)).to.deep.equal(['configmaps/red: done']);
    expect([await data(red), await data(blue)]).to.deep.equal([{ key: 'value' }, { key: 'changed' }]);

    const excluding = await bed.restore({ ...request, exclude: [{ types: ['deployments.apps'] }, { names: ['blue'] }], options: { onImmutable: 'skip' } });
    expect(resultsOf(excluding.report).filter((line) => !line.endsWith('skipped'))).to.deep.equal(['configmaps/frozen: left']);
    expect(resultFor(excluding.report, 'configmaps/frozen').message).to.contain('immutable: data');
    expect([await data(frozen), await data(blue)]).to.deep.equal([{ a: '2' }, { key: 'changed' }]);
    expect((await plane.api.get(web)).spec.replicas).to.equal(3);
    await deleted(plane, web);
  }));
});
