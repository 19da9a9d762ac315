// Acceptance tests 2, 5 and 6 of restore.md §8, and the accidental delete.
import { expect } from 'chai';
import { MERGE_PATCH, type Reference } from '../support/api-client.js';
import type { ControlPlane } from '../support/control-plane.js';
import { withFolder } from '../support/mirror-run.js';
import { RestoreBed, troubles } from '../support/restore.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'put-back';
const meta = (name: string): Reference['metadata'] => ({ name, namespace: NS });
const MAP: Reference = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { ...meta('settings'), labels: { team: 'a' } }, data: { a: '1' } };
const SECRET: Reference = { apiVersion: 'v1', kind: 'Secret', metadata: meta('password'), data: { p: 'aHVudGVyMg==' } };
const SERVICE: Reference = { apiVersion: 'v1', kind: 'Service', metadata: meta('web'), spec: { type: 'NodePort', selector: { app: 'web' }, ports: [{ port: 80 }] } };
const DEPLOYMENT: Reference = {
  apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('web'),
  spec: {
    replicas: 2, selector: { matchLabels: { app: 'web' } },
    // Two variables of one name, two ports of one number: the API takes them, server-side apply does not.
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1.25', env: [{ name: 'A', value: '1' }, { name: 'A', value: '2' }], ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] }] } },
  },
};

describe('restore on a real control plane', () => {
  let plane: ControlPlane;
  let bed: RestoreBed;
  let end: () => void;
  let ended: Promise<void>;
  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } });
    for (const object of [MAP, SECRET, SERVICE, DEPLOYMENT]) await plane.api.create(object);
    let ready!: () => void;
    const opened = new Promise<void>((resolve) => { ready = resolve; });
    ended = withFolder(async (folder) => {
      bed = await RestoreBed.over(plane, folder);
      await bed.export();
      ready();
      await new Promise<void>((resolve) => { end = resolve; });
      await bed.reader.close();
    });
    await opened;
  });
  after(async () => {
    end?.();
    await ended;
  });

  it('puts an accidental delete back, with its addresses, and proves it', async () => {
    const before = await plane.api.get(SERVICE);
    for (const object of [SERVICE, MAP, SECRET, DEPLOYMENT]) await plane.api.delete(object);
    const { plan, report } = await bed.restore({ namespaces: [NS] });

    expect(plan.steps.filter(({ action }) => action === 'create').map(({ id }) => `${id.resource}/${id.name}`)).to.include.members(['services/web', 'configmaps/settings', 'secrets/password', 'deployments/web']);
    expect(troubles(report)).to.deep.equal([]);
    const after = await plane.api.get(SERVICE);
    expect(after.spec.clusterIP).to.equal(before.spec.clusterIP);
    expect(after.spec.ports[0].nodePort).to.equal(before.spec.ports[0].nodePort);
    expect((await plane.api.get(SECRET)).data).to.deep.equal(SECRET['data']);
  });

  it('acceptance 2: does nothing the second time, and the mirror has nothing to commit', async () => {
    const { plan, report, events } = await bed.restore({ namespaces: [NS] });

    expect(plan.steps.filter(({ action }) => !['skip', 'leave'].includes(action))).to.deep.equal([]);
    expect(report.results.flatMap(({ verbs }) => verbs)).to.deep.equal([]);
    expect(events.some(({ kind }) => kind === 'intent')).to.equal(false);
    const head = await bed.export();
    const { execFileSync } = await import('node:child_process');
    expect(execFileSync('git', ['-C', bed.repo, 'diff', '--stat', 'HEAD~0', head, '--', `namespaces/${NS}`], { encoding: 'utf8' })).to.equal('');
  });

  it('acceptance 5: removes what is live and not in the commit when exact, and leaves it under merge', async () => {
    const change = { metadata: { labels: { extra: 'x' } }, data: { b: '2' } };
    await plane.api.patch(MAP, change, { contentType: MERGE_PATCH });
    const merged = await bed.restore({ objects: ['configmap/settings'], namespaces: [NS], options: { strategy: 'merge' } });
    expect((await plane.api.get(MAP)).data).to.deep.equal({ a: '1', b: '2' });
    expect(merged.report.results.map(({ result }) => result)).to.deep.equal(['diverged']);

    const { report } = await bed.restore({ objects: ['configmap/settings'], namespaces: [NS] });
    expect(troubles(report)).to.deep.equal([]);
    const live = await plane.api.get(MAP);
    expect(live.data).to.deep.equal({ a: '1' });
    expect(live.metadata.labels).to.deep.equal({ team: 'a' });
  });

  it('acceptance 6: restores duplicate variables and ports as they were', async () => {
    await plane.api.patch(DEPLOYMENT, { spec: { replicas: 5 } }, { contentType: MERGE_PATCH });
    const { plan, report } = await bed.restore({ objects: ['deploy/web'], namespaces: [NS] });

    expect(plan.steps.map(({ action, fields }) => [action, fields.map(({ path, before, after }) => [path, before, after])])).to.deep.equal([['update', [['spec.replicas', 5, 2]]]]);
    expect(troubles(report)).to.deep.equal([]);
    const live = await plane.api.get(DEPLOYMENT);
    expect(live.spec.replicas).to.equal(2);
    expect(live.spec.template.spec.containers[0].env).to.deep.equal([{ name: 'A', value: '1' }, { name: 'A', value: '2' }]);
  });

  it('undeletes without touching what exists under --only-missing', async () => {
    await plane.api.patch(MAP, { data: { a: 'changed' } }, { contentType: MERGE_PATCH });
    await plane.api.delete(SECRET);
    const { report } = await bed.restore({ namespaces: [NS], options: { onlyMissing: true } });

    expect(report.results.filter(({ action }) => action === 'create').map(({ id, result }) => [id.name, result])).to.deep.equal([['password', 'done']]);
    expect((await plane.api.get(MAP)).data).to.deep.equal({ a: 'changed' });
    await bed.restore({ namespaces: [NS] });
  });

  it('acceptance 16: brings a whole namespace back, its Pod Security labels too', async () => {
    await plane.api.delete({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } });
    const { eventually } = await import('../support/eventually.js');
    await eventually(async () => (await plane.api.find({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NS } })) === null, { timeoutMs: 30_000, describe: 'the namespace is gone' });
    const { report } = await bed.restore({ objects: ['ns/put-back', 'deploy', 'svc', 'cm', 'secret', 'sa'], namespaces: [NS] });

    expect(troubles(report)).to.deep.equal([]);
    expect((await plane.api.get(DEPLOYMENT)).spec.replicas).to.equal(2);
  });
});
