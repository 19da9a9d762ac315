// Acceptance test 1 of restore.md §8: what a plan does to a cluster, told by the cluster's own audit log.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MERGE_PATCH, type AnyJson } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { configMap, crd, customObject, deployment, namespace, object, secret, service } from '../support/objects.js';
import { Beds, deleted } from '../support/restore-bed.js';
import { troubles } from '../support/restore.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const NS = 'audited';
const POLICY = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata', omitStages: ['RequestReceived'], users: ['admin'] }, { level: 'None' }] };
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

describe('acceptance 1: a plan under an audit log', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubetape-audit-'));
  const log = join(folder, 'audit.log');
  let plane: ControlPlane;
  let beds: Beds;

  before(async function () {
    await controlPlaneOrSkip(this);
    writeFileSync(join(folder, 'policy.yaml'), JSON.stringify(POLICY));
    plane = await ControlPlane.start({ extraApiServerFlags: ['--audit-policy-file', join(folder, 'policy.yaml'), '--audit-log-path', log, '--audit-log-mode', 'blocking'] });
    beds = new Beds(plane);
  });
  after(async () => {
    await beds?.close();
    await plane?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Requests of kubetape since the last look. */
  let seen = 0;
  const requests = (): AnyJson[] => {
    const lines = readFileSync(log, 'utf8').split('\n').filter((line) => line !== '').map((line): AnyJson => JSON.parse(line));
    const fresh = lines.slice(seen);
    seen = lines.length;
    return fresh.filter((event: AnyJson) => String(event.userAgent).startsWith('kubetape'));
  };
  const isDryRun = ({ requestURI, verb }: AnyJson): boolean => verb !== 'delete' && new URL(requestURI, 'https://x').searchParams.get('dryRun') === 'All';

  it('writes nothing but dry runs, whatever it plans', () => beds.with(async (bed) => {
    const definition = crd('Beacon');
    await plane.api.create(namespace(NS));
    await plane.api.create(definition);
    await eventually(async () => plane.api.pathOf(customObject('Beacon', NS, 'one'), false), { timeoutMs: 20_000, describe: 'Beacon is served' });
    const frozen = { ...configMap(NS, 'frozen', { a: '1' }), immutable: true };
    const gone = [configMap(NS, 'gone'), secret(NS, 'gone'), service(NS, 'gone'), customObject('Beacon', NS, 'gone')];
    const claims = [object('v1', 'PersistentVolumeClaim', NS, 'data', { spec: { storageClassName: '', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } })];
    for (const each of [frozen, deployment(NS, 'web'), customObject('Beacon', NS, 'kept'), ...gone, ...claims]) await plane.api.create(each);
    await bed.export();
    await deleted(plane, frozen, ...gone);
    await plane.api.create({ ...frozen, data: { a: '2' } });
    await plane.api.patch(deployment(NS, 'web'), { spec: { replicas: 4 } }, { contentType: MERGE_PATCH });
    await plane.api.patch(customObject('Beacon', NS, 'kept'), { spec: { size: 7 } }, { contentType: MERGE_PATCH });
    requests();

    const actions = await bed.plan({ namespaces: [NS], options: { onImmutable: 'recreate' } }, ({ plan }) => Object.fromEntries(plan.steps.map(({ id, action, dryRun }) => [`${id.resource}/${id.name}`, `${action} ${dryRun?.result ?? ''}`])));
    expect(actions).to.include({
      'configmaps/frozen': 'recreate passed', 'configmaps/gone': 'create passed', 'secrets/gone': 'create passed', 'services/gone': 'create passed',
      'beacons/gone': 'create passed', 'beacons/kept': 'update passed', 'deployments/web': 'update passed',
    });
    const writes = requests().filter(({ verb }) => WRITES.has(verb));
    expect(writes.length, 'dry runs were made').to.be.greaterThan(6);
    expect(writes.filter((event) => !isDryRun(event)).map(({ verb, requestURI }) => `${verb} ${requestURI}`)).to.deep.equal([]);

    const { report } = await bed.restore({ namespaces: [NS], options: { onImmutable: 'recreate' } });
    expect(troubles(report)).to.deep.equal([]);
    expect(requests().filter((event) => WRITES.has(event.verb) && !isDryRun(event)).map(({ verb, objectRef }) => `${verb} ${objectRef.resource}/${objectRef.name ?? ''}`)).to.include.members(['delete configmaps/frozen', 'update deployments/web']);
  }));

  it('writes nothing for a cluster that has neither namespace nor definition', () => beds.with(async (bed) => {
    const there = [namespace('audited-gone'), configMap('audited-gone', 'gone'), customObject('Beacon', 'audited-gone', 'gone')];
    for (const each of there) await plane.api.create(each);
    await bed.export();
    await deleted(plane, crd('Beacon'), namespace('audited-gone'));
    requests();
    const steps = await bed.plan({ objects: ['ns/audited-gone', 'crd/beacons.test.kubetape.io', 'beacons', 'cm'], namespaces: ['audited-gone'] }, ({ plan }) => plan.steps.filter(({ action }) => action === 'create'));

    expect(steps.map(({ id, dryRun }) => [`${id.resource}/${id.name}`, dryRun?.result])).to.have.deep.members([
      ['namespaces/audited-gone', 'passed'], ['customresourcedefinitions/beacons.test.kubetape.io', 'passed'], ['beacons/gone', 'unverified'], ['configmaps/gone', 'unverified'],
    ]);
    expect(requests().filter((event) => WRITES.has(event.verb) && !isDryRun(event))).to.deep.equal([]);
  }));
});
