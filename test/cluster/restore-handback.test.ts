// Field ownership is handed back (decisions.md §8): after a restore the managers of before go on as if nobody had been there.
import { expect } from 'chai';
import { APPLY_PATCH, MERGE_PATCH, type AnyJson, type ApiAnswer, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { deployment, namespace, object, service, withMetadata } from '../support/objects.js';
import { fileAt } from '../support/repo.js';
import { Beds, deleted } from '../support/restore-bed.js';
import { troubles } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back-owned';
const HELM = 'helm';

/** `manager operation: place, place` of every entry but those of a status. */
function ownership(live: AnyJson): Record<string, string[]> {
  const entries = (live.metadata.managedFields as AnyJson[]).filter(({ subresource }) => subresource === undefined || subresource === '');
  return Object.fromEntries(entries.map(({ manager, operation, fieldsV1 }) => [`${manager} ${operation}`, places(fieldsV1)]));
}

function places(fields: AnyJson, above = ''): string[] {
  const keys = Object.keys(fields as object).filter((key) => key !== '.');
  return keys.length === 0 && above !== '' ? [above] : keys.flatMap((key) => places(fields[key], `${above}${above === '' ? '' : ' '}${key.replace(/^f:/, '')}`)).sort();
}

describe('field ownership after a restore', () => {
  let plane: ControlPlane;
  let beds: Beds;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    beds = new Beds(plane);
    await plane.api.create(namespace(NS));
  });
  after(async () => beds?.close());

  const apply = async (each: Reference, manager = HELM): Promise<ApiAnswer> => plane.request('PATCH', `${await plane.api.pathOf(each)}?fieldManager=${manager}`, each, { contentType: APPLY_PATCH });
  const applied = async (...objects: readonly Reference[]): Promise<void> => {
    for (const each of objects) expect((await apply(each)).status).to.be.oneOf([200, 201]);
  };
  const web = (port = 80, more: object = {}): Reference => service(NS, 'web', { type: 'NodePort', ports: [{ name: 'http', port, protocol: 'TCP' }, { name: 'metrics', port: 9090, protocol: 'TCP' }], ...more });
  const app = (replicas: number | undefined): Reference => {
    const given = withMetadata(deployment(NS, 'web', replicas), { labels: { app: 'web' }, annotations: { 'meta.helm.sh/release-name': 'web' } });
    const { replicas: _replicas, ...spec } = given['spec'];
    return replicas === undefined ? { ...given, spec } : given;
  };
  const pathOf = (folder: string, name: string): string => `namespaces/${NS}/${folder}/${name}.yaml`;

  it('of deleted objects is the applier\'s: it meets no conflict, may remove a field, and the next mirror is byte-equal', () => beds.with(async (bed) => {
    await applied(web(), app(2));
    const head = await bed.export();
    const before = { service: await plane.api.get(web()), deployment: await plane.api.get(app(2)) };
    expect(await fileAt(bed.repo, head, pathOf('services', 'web'))).to.contain('# kubetape:applier helm');
    await deleted(plane, web(), app(2));
    const { report } = await bed.restore({ objects: ['svc/web', 'deploy/web'], namespaces: [NS] });
    expect(troubles(report)).to.deep.equal([]);

    for (const [kind, each] of [['service', web()], ['deployment', app(2)]] as const) {
      const live = await plane.api.get(each);
      const { [`${HELM} Apply`]: applierNow, ...others } = ownership(live);
      const { [`${HELM} Apply`]: applierBefore } = ownership(before[kind]);
      expect(applierNow, kind).to.include.members(applierBefore ?? []);
      expect(Object.keys(others).filter((entry) => entry.startsWith('kubetape')), kind).to.deep.equal([]);
      expect(JSON.stringify(ownership(live)), kind).to.not.match(/clusterIP|nodePort|ipFamil/);
    }
    const after = await bed.export();
    for (const path of [pathOf('services', 'web'), pathOf('deployments.apps', 'web')]) expect(await fileAt(bed.repo, after, path)).to.equal(await fileAt(bed.repo, head, path));

    // A new release: a changed port, a removed one, no replicas any more.
    const next = web(8080, { ports: [{ name: 'http', port: 8080, protocol: 'TCP' }] });
    for (const each of [next, app(undefined)]) {
      const answer = await apply(each);
      expect(answer.status, answer.text).to.equal(200);
    }
    const live = await plane.api.get(next);
    expect(live.spec.ports.map(({ name, port }: AnyJson) => [name, port])).to.deep.equal([['http', 8080]]);
    expect(live.spec.clusterIP).to.equal(before.service.spec.clusterIP);
    expect((await plane.api.get(app(undefined))).spec.replicas, 'the default').to.equal(1);
    await deleted(plane, web(), app(2));
  }));

  it('of changed objects is as it was: the applier goes on, who edited owns what is his', () => beds.with(async (bed) => {
    await applied(web(), app(2));
    await plane.request('PATCH', `${await plane.api.pathOf(app(2))}?fieldManager=kubectl-edit`, { metadata: { annotations: { note: 'kept' } } }, { contentType: MERGE_PATCH });
    const head = await bed.export();
    const before = { service: await plane.api.get(web()), deployment: await plane.api.get(app(2)) };
    const image = { containers: [{ name: 'app', image: 'registry.example/app:broken' }] };
    await plane.request('PATCH', `${await plane.api.pathOf(app(2))}?fieldManager=somebody`, { spec: { replicas: 9, template: { spec: image } } }, { contentType: 'application/strategic-merge-patch+json' });
    await plane.request('PATCH', `${await plane.api.pathOf(web())}?fieldManager=somebody`, { spec: { selector: { app: 'elsewhere' } }, metadata: { labels: { stray: 'x' } } }, { contentType: MERGE_PATCH });
    const { report } = await bed.restore({ objects: ['svc/web', 'deploy/web'], namespaces: [NS] });
    expect(troubles(report)).to.deep.equal([]);

    for (const [kind, each] of [['service', web()], ['deployment', app(2)]] as const) {
      expect(ownership(await plane.api.get(each)), kind).to.deep.equal(ownership(before[kind]));
    }
    const after = await bed.export();
    for (const path of [pathOf('services', 'web'), pathOf('deployments.apps', 'web')]) expect(await fileAt(bed.repo, after, path)).to.equal(await fileAt(bed.repo, head, path));
    const next = await apply(app(undefined));
    expect(next.status, next.text).to.equal(200);
    expect((await plane.api.get(app(2))).metadata.annotations).to.deep.include({ note: 'kept' });
    const answer = await apply(web(8080));
    expect(answer.status, answer.text).to.equal(200);
    expect((await plane.api.get(web())).spec.clusterIP).to.equal(before.service.spec.clusterIP);
    await deleted(plane, web(), app(2));
  }));

  it('of an object without an applier is as it was just before, but for what is gone', () => beds.with(async (bed) => {
    const settings = object('v1', 'ConfigMap', NS, 'edited', { data: { a: '1', b: '1' } });
    const folder = await plane.api.pathOf(settings, false);
    expect((await plane.request('POST', `${folder}?fieldManager=kubectl-create`, settings)).status).to.equal(201);
    await bed.export();
    await plane.request('PATCH', `${await plane.api.pathOf(settings)}?fieldManager=kubectl-edit`, { data: { a: 'x', c: 'x' } }, { contentType: MERGE_PATCH });
    expect(ownership(await plane.api.get(settings))).to.deep.equal({ 'kubectl-create Update': ['data b'], 'kubectl-edit Update': ['data a', 'data c'] });
    const { report } = await bed.restore({ objects: ['cm/edited'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    const after = await plane.api.get(settings);
    expect(after.data).to.deep.equal({ a: '1', b: '1' });
    expect(ownership(after)).to.deep.equal({ 'kubectl-create Update': ['data b'], 'kubectl-edit Update': ['data a'] });
    expect((await bed.restore({ objects: ['cm/edited'], namespaces: [NS] })).report.results).to.deep.equal([]);
  }));

  it('twice handed back has no entry of ours, and none twice', () => beds.with(async (bed) => {
    const settings = object('v1', 'ConfigMap', NS, 'again', { data: { a: '1', b: '1' } });
    await applied(settings);
    await bed.export();
    const before = ownership(await plane.api.get(settings));
    for (const data of [{ a: 'x' }, { a: 'x', b: 'x' }]) {
      await plane.request('PATCH', `${await plane.api.pathOf(settings)}?fieldManager=somebody`, { data }, { contentType: MERGE_PATCH });
      expect(troubles((await bed.restore({ objects: ['cm/again'], namespaces: [NS] })).report)).to.deep.equal([]);
      expect(ownership(await plane.api.get(settings))).to.deep.equal(before);
    }
  }));
});
