import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { dump } from 'js-yaml';
import type { ControlPlane } from '../support/control-plane.js';
import type { Exit } from '../support/daemon.js';
import { eventually } from '../support/eventually.js';
import { Workshop } from '../support/kubetape.js';
import { configMap, crd, deployment, grant, hostileRole, namespace, service } from '../support/objects.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const NS = 'diff-manifests';
const CANARY = 'canary-5d20b7ee-value';
const MANIFESTS = [
  { ...deployment('', 'shop', 2), metadata: { name: 'shop', labels: { app: 'shop' } } },
  { ...service('', 'shop'), metadata: { name: 'shop' } },
  { apiVersion: 'v1', kind: 'List', items: [{ ...configMap('', 'shop', { 'app.conf': 'a\nb\n', number: '0644' }), metadata: { name: 'shop' } }] },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'shop' }, type: 'Opaque', stringData: { token: CANARY } },
  { ...hostileRole('', 'kube:shop'), metadata: { name: 'kube:shop' } },
];
const yaml = (manifests: readonly object[]): string => manifests.map((each) => `---\n${dump(each)}`).join('');
describe('kubetape diff -f', function () {
  const workshop = new Workshop();
  let plane: ControlPlane;
  let repository: string;
  let folder: string;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace(NS));
    folder = workshop.path('manifests');
    mkdirSync(folder);
    writeFileSync(`${folder}/shop.yaml`, yaml(MANIFESTS));
    await plane.kubectl(['apply', '-n', NS, '-f', folder]);
    repository = workshop.repository();
    expect((await workshop.run(plane, ['export', '--repo', repository])).code).to.equal(0);
  });

  after(() => workshop.remove());

  const kubetape = (args: readonly string[]): Promise<Exit> => workshop.run(plane, [...args, '--repo', repository]);

  it('finds nothing in manifests that were just applied, and adds nothing of its own', async () => {
    const { code, stdout, stderr } = await kubetape(['diff', '-n', NS, '-f', folder]);
    expect([code, stdout, stderr]).to.deep.equal([0, '', '']);
  });

  it('finds the one planted change in each kind, and it alone', async () => {
    const planted: [string, string, RegExp][] = [
      ['replicas: 2', 'replicas: 3', /^changed {2}diff-manifests {2}deployments\.apps\/shop {2}spec\.replicas 2 → 3( .*)?\n$/],
      ['image: registry.example/app:1', 'image: registry.example/app:9', /^changed {2}diff-manifests {2}deployments\.apps\/shop {2}\S+containers\[app\]\.image registry\.example\/app:1 → registry\.example\/app:9( .*)?\n$/],
      ['port: 80\n', 'port: 81\n', /^changed {2}diff-manifests {2}services\/shop {2}spec\.ports\[.*\n$/],
      [`token: ${CANARY}`, `token: ${CANARY}x`, /^changed {2}diff-manifests {2}secrets\/shop {2}data\.token changed\n$/],
      ["number: '0644'", "number: '0645'", /^changed {2}diff-manifests {2}configmaps\/shop {2}data\.number 0644 → 0645( .*)?\n$/],
    ];
    const whole = yaml(MANIFESTS);
    for (const [from, to, line] of planted) {
      expect(whole).to.contain(from);
      const file = workshop.path('planted.yaml');
      writeFileSync(file, whole.replace(from, to));
      const { code, stdout, stderr } = await kubetape(['diff', '-n', NS, '-o', 'fields', '-f', file]);
      expect(code, `${to}: ${stderr}`).to.equal(1);
      expect(stdout, to).to.match(line);
      expect(stdout + stderr).to.not.contain(CANARY);
    }
  });

  it('takes the same value in other words for the same, unless --exact asks for every field', async () => {
    const words = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'shop', namespace: NS }, spec: { ports: [{ name: 'http', port: 80, targetPort: '8080' }] } };
    const file = workshop.path('words.json');
    writeFileSync(file, JSON.stringify(words));
    expect((await kubetape(['diff', '-f', file])).stdout).to.equal('');
    expect((await kubetape(['diff', '--exact', '--all', '-o', 'fields', '-f', file])).stdout).to.match(/spec\.selector removed/);
  });

  it('says what applying would create, reads standard input, and ends with 2 for what is no manifest', async () => {
    const child = spawnSync(process.execPath, ['dist/main.js', 'diff', '-o', 'name', '-n', NS, '-f', '-', '--repo', repository, '--kubeconfig', plane.kubeconfig()], { input: yaml([...MANIFESTS, { ...configMap('', 'more'), metadata: { name: 'more' } }]), encoding: 'utf8' });
    expect([child.status, child.stdout], child.stderr).to.deep.equal([1, `${NS}/configmaps/more\n`]);
    const broken = workshop.path('broken.yaml');
    writeFileSync(broken, 'kind: {{ .Values.kind }}\n');
    const { code, stderr } = await kubetape(['diff', '-f', broken]);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^error: .*template/m).and.match(/^hint: .*helm template/m);
  });

  it('compares with a commit without a cluster', async () => {
    const offline = await workshop.program(['diff', 'HEAD', '-n', NS, '-f', folder, '--repo', repository]).waitForExit();
    expect([offline.code, offline.stdout], offline.stderr).to.deep.equal([0, '']);
    const changed = workshop.path('offline.yaml');
    writeFileSync(changed, yaml(MANIFESTS).replace('replicas: 2', 'replicas: 4'));
    const { code, stdout } = await workshop.program(['diff', 'HEAD', '-n', NS, '-o', 'fields', '-f', changed, '--repo', repository]).waitForExit();
    expect(code).to.equal(1);
    expect(stdout).to.match(/^changed {2}\S+ {2}deployments\.apps\/shop {2}spec\.replicas 2 → 4\n$/);
  });

  it('does not say that an object is not there when it may not be read', async () => {
    const rights = grant('mirror', { resources: ['namespaces', 'services', 'deployments', 'configmaps', 'roles'] }, null, 'diff-manifests-part');
    for (const each of rights) await plane.api.create(each);
    try {
      const exit = await eventually(async () => {
        const last = await workshop.run(plane, ['diff', '-n', NS, '-f', folder, '--repo', repository], 'mirror');
        return last.code === 10 || /configmaps/.test(last.stderr) ? null : last;
      });
      expect([exit.code, exit.stdout], exit.stderr).to.deep.equal([3, '']);
      expect(exit.stderr).to.match(/^Not compared: secrets\/shop in diff-manifests: .*forbidden/m);
    } finally {
      for (const each of rights) await plane.api.delete(each);
    }
  });

  it('matches the lists of a custom resource by the keys that the server declares', async () => {
    const Kind = 'Listed';
    const definition = crd(Kind);
    const items = { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'], items: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, v: { type: 'integer' } } } };
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { list: items } } } } };
    const { spec } = definition as unknown as { spec: { versions: object[] } };
    spec.versions = spec.versions.map((version) => ({ ...version, schema }));
    const custom = (list: readonly object[]): object => ({ apiVersion: 'test.kubetape.io/v1', kind: Kind, metadata: { name: 'one', namespace: NS }, spec: { list } });
    await plane.api.create(definition);
    try {
      await eventually(async () => plane.api.create(custom([{ id: 'a', v: 1 }, { id: 'b', v: 2 }]) as Parameters<typeof plane.api.create>[0]).catch(() => null));
      const file = workshop.path('custom.yaml');
      writeFileSync(file, dump(custom([{ id: 'b', v: 3 }])));
      const { stdout, stderr } = await kubetape(['diff', '-o', 'fields', '-f', file]);
      expect(stdout, stderr).to.match(/^changed {2}diff-manifests {2}listeds\.test\.kubetape\.io\/one {2}spec\.list\[b\]\.v 2 → 3( .*)?\n$/);
    } finally {
      await plane.api.delete(definition);
    }
  });
});
