// The harness proves itself: what the other suites on a real API server rely on.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { AnyJson } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { AWKWARD_TEXTS, awkwardConfigMap, awkwardKeysConfigMap, configMap, crd, deployment, grant, HOSTILE_NAMES, hostileCustomText, hostileRole, namespace } from '../support/objects.js';
import { expectedFiles, identityKey, listEverything, servedTypes } from '../support/oracle.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';
import { startWorkload } from '../support/workload.js';

describe('control plane for tests', function () {
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace('harness'));
  });

  it('answers a watch with what is created, changed and deleted after it began', async () => {
    const end = new AbortController();
    const { metadata } = (await plane.request('GET', '/api/v1/namespaces/harness/configmaps')).json;
    const seen: string[] = [];
    const watching = (async (): Promise<void> => {
      for await (const event of plane.api.watch(`/api/v1/namespaces/harness/configmaps?watch=true&resourceVersion=${metadata.resourceVersion}`, { signal: end.signal })) {
        if (event.object.metadata.name === 'watched') seen.push(`${event.type} ${event.object.data.key}`);
        if (event.type === 'DELETED') return;
      }
    })();
    const object = configMap('harness', 'watched', { key: 'one' });
    await plane.api.create(object);
    await plane.api.patch(object, { data: { key: 'two' } });
    await plane.api.delete(object);
    await watching;
    end.abort();
    expect(seen).to.deep.equal(['ADDED one', 'MODIFIED two', 'DELETED two']);
  });

  it('has controllers at work: a Deployment gets its Pods', async () => {
    await plane.api.create(deployment('harness', 'web', 2));
    const pods = await eventually(async () => {
      const found = await plane.api.list('v1', 'Pod', 'harness');
      return found.length === 2 ? found : null;
    });
    expect(pods.map((pod) => pod.metadata.ownerReferences[0].kind)).to.deep.equal(['ReplicaSet', 'ReplicaSet']);
  });

  it('runs kubectl as each user, with the rights that the user was granted', async () => {
    expect((await plane.kubectl(['get', 'namespace', 'harness', '-o', 'name'])).stdout).to.equal('namespace/harness\n');
    const refused = await plane.kubectl(['get', 'configmaps', '-n', 'harness'], { user: 'tenant', mayFail: true });
    expect(refused.code).to.equal(1);
    expect(refused.stderr).to.contain('User "tenant" cannot list resource "configmaps"');
    for (const object of grant('tenant', { groups: [''], resources: ['configmaps'] }, 'harness')) await plane.api.create(object);
    expect((await plane.kubectl(['get', 'configmaps', '-n', 'harness', '-o', 'name'], { user: 'tenant' })).stdout).to.contain('kube-root-ca.crt');
    expect((await plane.request('GET', '/api/v1/secrets', undefined, { user: 'nobody' })).status).to.equal(403);
  });

  it('says what the server says when a request fails', async () => {
    const failure = await plane.api.create(configMap('not-there', 'x')).then(() => null, (error: Error) => error.message);
    expect(failure).to.equal('POST /api/v1/namespaces/not-there/configmaps: 404 namespaces "not-there" not found');
  });

  it('keeps awkward texts, keys and numbers as they were sent', async () => {
    const { data } = await plane.api.create(awkwardConfigMap('harness', 'awkward'));
    expect(Object.values(data as Record<string, string>).sort()).to.deep.equal([...AWKWARD_TEXTS].sort());
    expect(Object.keys((await plane.api.create(awkwardKeysConfigMap('harness', 'keys'))).data)).to.include.members(['__proto__', '10', 'yes']);
    await plane.api.create(crd('Gadget'));
    const path = '/apis/test.kubetape.io/v1/namespaces/harness/gadgets';
    const answer = await eventually(async () => {
      const created = await plane.request('POST', path, hostileCustomText('Gadget', 'harness', 'hostile'));
      return created.status === 404 ? null : created;
    });
    expect(answer.status, answer.text).to.equal(201);
    const { text } = await plane.request('GET', `${path}/hostile`);
    for (const token of ['"int64":9223372036854775807', '"min":-9223372036854775808', '"safe":9007199254740993', '"emptyMap":{}', '"emptyList":[]', '"nothing":null', '"__proto__":{"polluted":true}', '"payload":{"beside":"spec"}']) {
      expect(text).to.contain(token);
    }
  });

  it('accepts Roles with hostile names', async () => {
    for (const name of HOSTILE_NAMES) await plane.api.create(hostileRole('harness', name));
    const names = (await plane.api.list('rbac.authorization.k8s.io/v1', 'Role', 'harness')).map((each) => each.metadata.name);
    expect(names).to.include.members([...HOSTILE_NAMES]);
  });

  it('knows every object that kubectl lists, and expects those that do not churn by themselves', async () => {
    const all = await listEverything(plane.api);
    const expected = await expectedFiles(plane.api);
    const key = (group: string, resource: string, ns: string, name: string): string => identityKey({ group, resource, namespace: ns, name });
    const listed = (await plane.kubectl(['get', 'configmaps,roles,deployments', '-A', '-o', 'jsonpath={range .items[*]}{.kind} {end}'])).stdout.trim().split(' ');
    expect(listed.length).to.equal([...all.values()].filter(({ type }) => ['configmaps', 'roles', 'deployments'].includes(type.resource)).length);
    expect([...expected.keys()]).to.include.members([key('apps', 'deployments', 'harness', 'web'), key('', 'namespaces', '', 'harness'), key('', 'serviceaccounts', 'harness', 'default')]);
    expect([...all.keys()]).to.include(key('', 'configmaps', 'harness', 'kube-root-ca.crt'));
    const resources = new Set([...expected.values()].map(({ type }) => type.resource));
    for (const absent of ['pods', 'replicasets', 'events', 'leases', 'apiservices', 'flowschemas', 'endpointslices']) expect([...resources]).not.to.include(absent);
    expect([...expected.keys()]).not.to.include(key('', 'configmaps', 'harness', 'kube-root-ca.crt'));
  });

  it('records what a random workload was answered, in order, and the final states are what the server holds', async () => {
    const workload = await startWorkload(plane.api, { seed: 7, operations: 300, perSecond: 1000, prefix: 'harness-work' });
    const records = await workload.done;
    expect(workload.accepted).to.equal(300);
    const all = await listEverything(plane.api);
    for (const [key, record] of records) {
      const held = all.get(key)?.object ?? null;
      if (record.final === null) expect(held, key).to.equal(null);
      else expect(held?.spec ?? held?.data ?? held?.rules ?? held?.secrets, key).to.deep.equal(record.final.spec ?? record.final.data ?? record.final.rules ?? record.final.secrets);
      const versions = record.states.flatMap(({ resourceVersion }) => (resourceVersion === null ? [] : [Number(resourceVersion)]));
      expect(versions, key).to.deep.equal([...versions].sort((a, b) => a - b));
    }
    expect([...records.values()].some(({ states }) => states.some((state, index) => state.object === null && index < states.length - 1)), 'something was deleted and made again').to.equal(true);
  });

  it('does the same workload again from the same seed', async () => {
    const shapes = async (prefix: string): Promise<string[]> => {
      const workload = await startWorkload(plane.api, { seed: 11, operations: 60, perSecond: 1000, prefix, namespaces: 2, kinds: ['ConfigMap', 'Role'] });
      return [...(await workload.done).values()].map(({ id, states }) => JSON.stringify([id.resource, id.name, states.map(({ object }) => object?.data ?? object?.rules ?? null)]));
    };
    expect(await shapes('first')).to.deep.equal(await shapes('second'));
  });
});

describe('control plane that is broken on purpose', function () {
  let plane: ControlPlane;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ controllerManager: false });
  });

  after(async () => plane?.stop());

  it('comes back on its port with its objects after the API server was stopped, and after it was killed', async () => {
    const object = configMap('default', 'survivor');
    const { metadata } = await plane.api.create(object);
    for (const end of [() => plane.stopApiServer(), () => plane.killApiServer()]) {
      await end();
      const refused = await plane.request('GET', '/readyz').then(() => null, (error: NodeJS.ErrnoException) => error.code);
      expect(refused).to.equal('ECONNREFUSED');
      await plane.startApiServer();
      expect((await plane.api.get(object)).metadata.uid).to.equal(metadata.uid);
    }
  });

  it('goes back in time: newer objects are gone and resourceVersions are lower', async () => {
    const listVersion = async (): Promise<number> => Number((await plane.request('GET', '/api/v1/configmaps')).json.metadata.resourceVersion);
    await plane.api.create(configMap('default', 'before'));
    const copy = await plane.copyEtcd();
    for (let index = 0; index < 30; index += 1) await plane.api.create(configMap('default', `after-${index}`));
    const high = await listVersion();
    await plane.restoreEtcd(copy);
    expect(await listVersion()).to.be.lessThan(high);
    const names = (await plane.api.list('v1', 'ConfigMap', 'default')).map((each) => each.metadata.name as string);
    expect(names).to.include('before').and.not.include('after-0');
    await plane.api.create(configMap('default', 'after-0'));
  });

  it('answers 410 to a watch from before a compaction once the API server has restarted', async () => {
    const { metadata } = await plane.api.create(configMap('default', 'old'));
    for (let index = 0; index < 5; index += 1) await plane.api.patch(configMap('default', 'old'), { data: { key: String(index) } });
    await plane.compactEtcd();
    await plane.killApiServer();
    await plane.startApiServer();
    const events: AnyJson[] = [];
    for await (const event of plane.api.watch(`/api/v1/configmaps?watch=true&timeoutSeconds=3&resourceVersion=${metadata.resourceVersion}`)) events.push(event);
    expect(events.map(({ type, object }) => `${type} ${object.code}`)).to.deep.equal(['ERROR 410']);
  });

  it('serves fewer types when it emulates an older minor version', async () => {
    const types = await servedTypes(plane.api);
    const older = await ControlPlane.start({ controllerManager: false, emulatedVersion: '1.33' });
    try {
      expect((await older.request('GET', '/version')).json.emulationMinor).to.equal('33');
      expect((await servedTypes(older.api)).length).to.be.lessThan(types.length);
    } finally {
      await older.stop();
    }
  });
});

describe('end of a control plane', function () {
  before(async function () {
    await controlPlaneOrSkip(this);
  });

  it('leaves no process and no folder after stop()', async () => {
    const plane = await ControlPlane.start();
    const { pids, folder } = plane;
    expect(pids).to.have.length(plane.programs.programs['kube-controller-manager'] === undefined ? 2 : 3);
    expect(pids.map(commandOf).join()).to.contain('etcd').and.contain('kube-apiserver');
    await plane.stop();
    expect(pids.map(commandOf)).to.deep.equal(pids.map(() => ''));
    expect(existsSync(folder)).to.equal(false);
  });

  for (const [how, signal] of [['ends by itself', null], ['is killed with SIGKILL', 'SIGKILL']] as const) {
    it(`leaves no process and no folder when the process that started it ${how}`, async () => {
      const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('../support/start-and-leave.ts', import.meta.url)), signal === null ? 'exit' : 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] });
      let output = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
      const { pids, folder } = await eventually(() => (output.endsWith('\n') ? (JSON.parse(output) as { pids: number[]; folder: string }) : null), { timeoutMs: 60_000 });
      expect(pids.length).to.be.greaterThan(1);
      if (signal !== null) child.kill(signal);
      await eventually(() => pids.every((pid) => commandOf(pid) === '') && !existsSync(folder), { describe: 'processes and folder gone' });
    });
  }
});

/** The command line of a process; '' when there is none. */
function commandOf(pid: number): string {
  try {
    return execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch {
    return ''; // ps ends with 1 when there is no such process
  }
}
