// Live against a commit on a real API server: nothing is found where nothing changed, and one planted change is the only one.
import { join } from 'node:path';
import { expect } from 'chai';
import type { ClusterReader } from '../../src/model/cluster-reader.js';
import { APPLY_PATCH } from '../support/api-client.js';
import { exportCluster, openReader } from '../support/cluster-mirror.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { createEveryKind } from '../support/every-kind.js';
import { compared, tamper, WITH_KEY, type CompareRequest, type Compared } from '../support/live.js';
import { testPolicy, withFolder } from '../support/mirror-run.js';
import { configMap, crd, customObject, deployment, grant, namespace, secret, service, withMetadata, type TestObject } from '../support/objects.js';
import { fileAt } from '../support/repo.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const GROUP = 'diff.kubetape.io';
const KEYED = { options: WITH_KEY };
const PLAIN = { policy: testPolicy({ secrets: 'plain', digestKey: null }) };

for (const version of [undefined, '1.33']) {
  describe(`live against a commit, ${version === undefined ? 'with controllers at work' : `of a server that emulates ${version}`}`, function () {
    let plane: ControlPlane;
    let reader: ClusterReader;

    before(async function () {
      await controlPlaneOrSkip(this);
      plane = await ControlPlane.start(version === undefined ? {} : { emulatedVersion: version });
      await createEveryKind(plane.api, 'every');
      reader = await openReader(plane.kubeconfig());
    });

    after(async () => {
      await reader?.close();
      await plane?.stop();
    });

    it('finds nothing right after an export, and nothing after the API server was restarted', async () => {
      await withFolder(async (folder) => {
        const repo = join(folder, 'repo.git');
        // Controllers answer to what was just created: the first export that they leave alone counts.
        await eventually(async () => {
          await exportCluster(plane.kubeconfig(), repo, KEYED);
          return (await compared(reader, repo)).lines.length === 0;
        }, { timeoutMs: 60_000, describe: 'controllers come to rest' });

        const first = await compared(reader, repo);
        expect(first.lines).to.deep.equal([]);
        expect(first.comparison.uncovered).to.deep.equal([]);
        expect(first.comparison.tally.counts.equal).to.be.greaterThan(100);

        await plane.stopApiServer();
        await plane.startApiServer();
        const again = await compared(reader, repo);
        expect(again.lines).to.deep.equal([]);
        expect(again.comparison.uncovered).to.deep.equal([]);
        expect(again.comparison.tally.counts.equal).to.be.at.least(first.comparison.tally.counts.equal);
      });
    });
  });
}

describe('one planted change on a real API server', function () {
  let plane: ControlPlane;
  let folder: string;
  let release: () => void;
  let repo: string;
  let plainRepo: string;
  let done: Promise<void>;

  const stuck = withMetadata(configMap('shop', 'stuck'), { finalizers: ['example.org/hold'] });
  const custom = (name: string): TestObject => customObject('Broken', 'shop', name, { spec: { name } }, `${GROUP}/v1`);
  const definition = crd('Broken', { group: GROUP, versions: ['v1', 'v2'] });

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start({ controllerManager: false });
    for (const ns of ['shop', 'other']) await plane.api.create(namespace(ns));
    for (const object of [configMap('shop', 'app'), configMap('shop', 'doomed'), secret('shop', 'password', { password: 'canary-4711' }), deployment('shop', 'web', 2), service('shop', 'web'), stuck, configMap('other', 'app')]) {
      await plane.api.create(object);
    }
    await plane.api.create(definition);
    await eventually(async () => (await plane.request('POST', `/apis/${GROUP}/v1/namespaces/shop/brokens`, custom('one'))).status === 201, { describe: 'the custom type is served' });
    done = withFolder(async (made) => {
      folder = made;
      [repo, plainRepo] = [join(folder, 'digest.git'), join(folder, 'plain.git')];
      await new Promise<void>((resolve) => { release = resolve; });
    });
    await eventually(() => Promise.resolve(folder !== undefined));
    await exportAll();
  });

  after(async () => {
    release?.();
    await done;
    await plane?.stop();
  });

  async function exportAll(): Promise<void> {
    await exportCluster(plane.kubeconfig(), repo, KEYED);
    await exportCluster(plane.kubeconfig(), plainRepo, PLAIN);
  }

  async function compare(where = repo, request: CompareRequest = {}, user: 'admin' | 'viewer' = 'admin'): Promise<Compared> {
    const reader = await openReader(plane.kubeconfig(user), request.selection?.namespaces === undefined ? {} : { namespaces: request.selection.namespaces });
    try {
      return await compared(reader, where, request);
    } finally {
      await reader.close();
    }
  }

  /** What is found after `plant`, and nothing any more after `take`. */
  async function planted(plant: () => Promise<unknown>, take: () => Promise<unknown>, use: (found: Compared) => void, where = (): string => repo): Promise<void> {
    expect((await compare(where())).lines).to.deep.equal([]);
    await plant();
    use(await compare(where()));
    await take();
    expect((await compare(where())).lines).to.deep.equal([]);
  }

  it('is an edit, with its field and its manager', async () => {
    await planted(
      () => plane.api.patch(deployment('shop', 'web'), { spec: { replicas: 5 } }),
      () => plane.api.patch(deployment('shop', 'web'), { spec: { replicas: 2 } }),
      ({ lines, findings }) => {
        expect(lines).to.deep.equal(['differs shop deployments.apps/web']);
        expect(findings[0]?.difference?.fields.map(({ path, before, after, class: kind }) => [path, before, after, kind])).to.deep.equal([['spec.replicas', 2, 5, 'intent']]);
        expect(findings[0]?.difference?.fields[0]?.managers).to.have.length(1);
      },
    );
  });

  it('is a deletion and a creation', async () => {
    await planted(() => plane.api.delete(configMap('shop', 'doomed')), () => plane.api.create(configMap('shop', 'doomed')), ({ lines }) => expect(lines).to.deep.equal(['missing shop configmaps/doomed']));
    await planted(() => plane.api.create(configMap('other', 'new')), () => plane.api.delete(configMap('other', 'new')), ({ lines }) => expect(lines).to.deep.equal(['extra other configmaps/new']));
  });

  it('is a label', async () => {
    await planted(
      () => plane.api.patch(namespace('shop'), { metadata: { labels: { tier: 'gold' } } }),
      () => plane.api.patch(namespace('shop'), { metadata: { labels: { tier: null } } }),
      ({ lines, findings }) => {
        expect(lines).to.deep.equal(['differs namespaces/shop']);
        expect(findings[0]?.difference?.fields.map(({ path }) => path)).to.deep.equal(['metadata.labels']);
      },
    );
  });

  for (const mode of ['digest', 'plain']) {
    it(`is the value of a Secret, in mode ${mode}, which is not shown`, async () => {
      await planted(
        () => plane.api.patch(secret('shop', 'password'), secret('shop', 'password', { password: 'canary-4712' })),
        () => plane.api.patch(secret('shop', 'password'), secret('shop', 'password', { password: 'canary-4711' })),
        ({ lines, findings }) => {
          expect(lines).to.deep.equal(['differs shop secrets/password']);
          expect(findings[0]?.difference?.fields).to.have.length(1);
          for (const canary of ['canary', Buffer.from('canary-4711').toString('base64')]) expect(JSON.stringify(findings)).to.not.contain(canary);
        },
        () => (mode === 'plain' ? plainRepo : repo),
      );
    });
  }

  it('is a default that nobody set, and is classed so', async () => {
    const applied = deployment('shop', 'applied');
    await plane.request('PATCH', `${await plane.api.pathOf(applied)}?fieldManager=alice`, applied, { contentType: APPLY_PATCH });
    await exportAll();
    const path = 'namespaces/shop/deployments.apps/applied.yaml';
    const text = await fileAt(repo, 'main', path) ?? '';
    // As an older server wrote it, which did not know the field.
    tamper(repo, { [path]: text.replace(/^ {2}progressDeadlineSeconds: .*\n/m, '') });

    const { lines, findings } = await compare();

    expect(lines).to.deep.equal(['differs shop deployments.apps/applied']);
    expect(findings[0]?.difference?.fields.map((field) => [field.path, field.class, field.because])).to.deep.equal([['spec.progressDeadlineSeconds', 'default', 'no field manager owns it']]);
    await plane.api.delete(applied);
    await exportAll();
  });

  it('is no difference while the object is being deleted', async () => {
    await plane.api.delete(stuck);
    const { lines, findings } = await compare();
    expect(lines).to.deep.equal(['terminating shop configmaps/stuck']);
    expect(findings[0]?.reason).to.contain('example.org/hold');
    await plane.api.patch(stuck, { metadata: { finalizers: null } });
    expect((await compare()).lines).to.deep.equal(['missing shop configmaps/stuck']);
    await plane.api.create(stuck);
    expect((await compare()).lines).to.deep.equal([]);
  });

  it('is found by a tenant in their own namespace, who may see no other', async () => {
    const rights = grant('viewer', {}, 'shop');
    for (const object of rights) await plane.api.create(object);
    const selection = { namespaces: ['shop'] };
    await eventually(async () => (await compare(repo, { selection }, 'viewer')).comparison.uncovered.length === 0, { timeoutMs: 30_000, describe: 'the rights are in force' });
    await plane.api.patch(configMap('shop', 'app'), { data: { key: 'changed' } });

    const { lines, comparison } = await compare(repo, { selection }, 'viewer');

    expect(lines).to.deep.equal(['differs shop configmaps/app', ...rights.map(({ kind, metadata }) => `extra shop ${kind === 'Role' ? 'roles' : 'rolebindings'}.rbac.authorization.k8s.io/${metadata.name}`).sort()]);
    expect(comparison.uncovered).to.deep.equal([]);
    await plane.api.patch(configMap('shop', 'app'), { data: { key: 'value' } });

    const everything = await compare(repo, {}, 'viewer');
    expect(everything.lines.filter((line) => line.startsWith('missing'))).to.deep.equal([]);
    expect(everything.comparison.uncovered.map(({ type }) => type)).to.include('configmaps').and.to.include('nodes');
    for (const object of rights) await plane.api.delete(object);
  });

  it('is not covered where the conversion of a CRD is broken', async () => {
    const webhook = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig: { url: 'https://127.0.0.1:1/convert' } } };
    const broken = crd('Broken', { group: GROUP, versions: ['v2', 'v1'] });
    const { metadata } = await plane.api.get(broken);
    await plane.api.replace({ ...broken, metadata, spec: { ...broken['spec'], conversion: webhook } });
    await eventually(async () => (await plane.request('GET', `/apis/${GROUP}/v2/brokens`)).status !== 200, { timeoutMs: 30_000, describe: 'the list of v2 fails' });
    await plane.api.patch(broken, { spec: { versions: [broken['spec'].versions[0], { ...broken['spec'].versions[1], served: false }] } });
    await eventually(async () => (await plane.request('GET', `/apis/${GROUP}/v1/brokens`)).status === 404, { timeoutMs: 30_000, describe: 'v1 is no longer served' });

    const { lines, comparison } = await compare();

    expect(lines).to.deep.equal([`differs customresourcedefinitions.apiextensions.k8s.io/brokens.${GROUP}`]);
    expect(comparison.uncovered.map(({ type, objects }) => [type, objects])).to.deep.include([`brokens.${GROUP}`, 1]);
    expect(comparison.uncovered.find(({ type }) => type === `brokens.${GROUP}`)?.reason).to.match(/conversion|webhook|connect/i);
  });
});
