import { expect } from 'chai';
import { readManifests } from '../../../src/diff/manifests.js';
import { compareManifests, type ManifestNotes, type ManifestOptions } from '../../../src/inspect/compare-manifests.js';
import { commitTarget } from '../../../src/inspect/manifest-target.js';
import type { CanonicalPolicy } from '../../../src/canon/canonicaliser.js';
import type { RecordedType } from '../../../src/capture/meta-files.js';
import { META, typesFile } from '../../../src/capture/meta-files.js';
import type { ObjectDifference } from '../../../src/model/comparison.js';
import { TEST_TYPES, yaml, type TestRepository } from '../../support/history.js';
import { TEST_KEY, testPolicy } from '../../support/mirror-run.js';
import { all, cleanUp, deployment, historyOf, inspectError, newRepository, secret, select, SIGNAL } from './support.js';

describe('inspect/compare-manifests: against a commit', () => {
  let repository: TestRepository;
  afterEach(cleanUp);

  async function fixture(objects: readonly (readonly [type: string, object: object])[], policy?: CanonicalPolicy, files: Record<string, string> = {}): Promise<void> {
    repository = await newRepository(policy);
    repository.commit({ ...Object.fromEntries(objects.map(([type, object]) => repository.file(type, object))), ...files });
  }

  async function compare(manifests: string, options: Partial<ManifestOptions> & { key?: Uint8Array | null } = {}): Promise<{ found: ObjectDifference[]; notes: ManifestNotes }> {
    const history = historyOf(repository);
    const target = commitTarget(history.snapshot(history.head()), options.key ?? null);
    const comparison = compareManifests(readManifests('-', { stdin: manifests }), target, { exact: false, reveal: false, ...options }, SIGNAL);
    return { found: await all(comparison), notes: comparison.notes };
  }

  const told = ({ found }: { found: readonly ObjectDifference[] }): string[] => found.map(({ id, change, fields }) => `${change} ${id.namespace}/${id.name}${fields.map(({ path }) => ` ${path}`).join('')}`);

  const manifest = (replicas: number, namespace = '  namespace: shop\n'): string =>
    `apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n${namespace}  creationTimestamp: null\nspec:\n  replicas: ${replicas}\n  template:\n    spec:\n      containers:\n      - image: nginx:1.25\n        name: web\nstatus: {}\n`;

  it('finds none in what was applied, one planted change, and what is not there', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2, 'nginx:1.25', { imagePullPolicy: 'Always' })]]);
    expect(told(await compare(manifest(2)))).to.deep.equal([]);
    const changed = await compare(manifest(3));
    expect(told(changed)).to.deep.equal(['changed shop/web spec.replicas']);
    expect(changed.found[0]?.fields[0]).to.deep.include({ before: 2, after: 3 });
    expect(told(await compare(manifest(2).replace('name: web', 'name: other')))).to.deep.equal(['added shop/other']);
    expect(told(await compare(`${manifest(2)}---\n${manifest(3, '  namespace: dev\n')}`))).to.deep.equal(['added dev/web']);
  });

  it('puts a manifest without namespace where -n says, else into default; a cluster-scoped one nowhere', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2)], ['clusterroles.rbac.authorization.k8s.io', { metadata: { name: 'admin' }, rules: [] }]]);
    expect(told(await compare(manifest(2, ''), { namespace: 'shop' }))).to.deep.equal([]);
    expect(told(await compare(manifest(2, '')))).to.deep.equal(['added default/web']);
    const role = 'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: admin, namespace: shop}\nrules: []\n';
    expect(told(await compare(role, { namespace: 'dev' }))).to.deep.equal([]);
  });

  it('shows the whole object with what the manifest names laid over it: nothing else looks removed', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2, 'nginx:1.25', { imagePullPolicy: 'Always' })]]);
    const { found: [change] } = await compare(manifest(3).replace('nginx:1.25', 'nginx:1.26'));
    const lines = (side: string | undefined): string[] => (side ?? '').split('\n');
    const before = lines(change?.before?.text);
    const after = lines(change?.after?.text);
    expect(before.filter((line) => !after.includes(line)).map((line) => line.trim())).to.have.members(['replicas: 2', 'image: nginx:1.25']);
    expect(after.filter((line) => !before.includes(line)).map((line) => line.trim())).to.have.members(['replicas: 3', 'image: nginx:1.26']);
  });

  it('compares everything when it is to be exact', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2, 'nginx:1.25', { imagePullPolicy: 'Always' })]]);
    expect(told(await compare(manifest(2), { exact: true }))).to.deep.equal(['changed shop/web metadata.labels spec.template.spec.containers[web].imagePullPolicy']);
  });

  it('takes another served version, quantities and what the server chose for the same', async () => {
    const text = (clusterIP: string): string => `apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  clusterIP: ${clusterIP}\n  ports:\n  - {name: http, port: 80, nodePort: 30001, targetPort: "8080"}\n`;
    repository = await newRepository();
    const [path, service] = repository.file('services', { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 8080 }] } });
    repository.commit({ [path]: `# kubetape:allocated spec.clusterIP: 10.0.0.7\n# kubetape:allocated spec.ports[0].nodePort: 30001\n${service}`, ...Object.fromEntries([repository.file('widgets.test.kubetape.io', { metadata: { name: 'w', namespace: 'shop' }, spec: { size: 1 } })]) });
    expect(told(await compare(text('10.0.0.7')))).to.deep.equal([]);
    const moved = await compare(text('10.0.0.8'));
    expect(told(moved)).to.deep.equal(['changed shop/web spec.clusterIP']);
    expect(moved.found[0]?.fields[0]?.class).to.equal('allocated');
    expect(told(await compare('apiVersion: test.kubetape.io/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: {size: 1}\n'))).to.deep.equal([]);
  });

  it('does not miss the replicas of what is autoscaled', async () => {
    const hpa: RecordedType = { custom: false, type: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers', kind: 'HorizontalPodAutoscaler', namespaced: true, watchable: true } };
    const [path, text] = ['namespaces/shop/deployments.apps/web.yaml', yaml({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: { template: { spec: { containers: [{ image: 'nginx:1.25', name: 'web' }] } } } })];
    await fixture([], undefined, {
      [path]: text,
      'namespaces/shop/horizontalpodautoscalers.autoscaling/web.yaml': yaml({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', namespace: 'shop' }, spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } } }),
      [META.types]: typesFile(new Map([...TEST_TYPES, ['horizontalpodautoscalers.autoscaling', hpa]])),
    });
    expect(told(await compare(manifest(7)))).to.deep.equal([]);
  });

  it('says of a kind that nobody knows where it stands and what is near; knows what a CRD among the manifests defines', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2)]]);
    const error = await inspectError(() => compare(`${manifest(2)}---\napiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: x}\n`));
    expect([error.code, error.exitCode, error.message, error.hint]).to.deep.equal(['UNKNOWN_TYPE', 2, 'standard input document 2: the commit knows no kind Deploymnt of apps/v1', 'Did you mean Deployment?']);
    expect((await inspectError(() => compare('apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: x}\n'))).hint).to.equal('The cluster serves Deployment in apps');
    const crd = 'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: gadgets.example.io}\nspec: {group: example.io, scope: Cluster, names: {plural: gadgets, kind: Gadget}, versions: [{name: v1}]}\n';
    const crds: RecordedType = { custom: false, type: { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions', kind: 'CustomResourceDefinition', namespaced: false, watchable: true } };
    repository.commit({ [META.types]: typesFile(new Map([...TEST_TYPES, ['customresourcedefinitions.apiextensions.k8s.io', crds]])) });
    expect(told(await compare(`${crd}---\napiVersion: example.io/v1\nkind: Gadget\nmetadata: {name: g}\n`))).to.deep.equal(['added /gadgets.example.io', 'added /g']);
  });

  it('names what the mirror leaves out, and keeps to what is wanted', async () => {
    await fixture([['deployments.apps', deployment('shop', 'web', 2)]], testPolicy({ filter: { include: [], exclude: [{ names: ['hidden'] }] } }));
    const hidden = await compare(manifest(2).replace('name: web', 'name: hidden'));
    expect([told(hidden), hidden.notes.leftOut]).to.deep.equal([[], [{ id: { group: 'apps', resource: 'deployments', namespace: 'shop', name: 'hidden' }, place: 'standard input document 1', rule: 'filter/exclude' }]]);
    const selection = select({ namespaces: ['dev'] });
    const other = await compare(manifest(3), { selection });
    expect([told(other), other.notes.compared]).to.deep.equal([[], 0]);
  });

  const secretText = (password: string, more = ''): string => `apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\nstringData:\n  password: ${password}\n${more}`;

  it('compares a Secret in plain mode by value, and shows none', async () => {
    await fixture([['secrets', secret('shop', 'db', { password: 'canary1', user: 'me' })]], testPolicy({ secrets: 'plain', digestKey: null }));
    expect(told(await compare(secretText('canary1')))).to.deep.equal([]);
    const changed = await compare(secretText('canary2'));
    expect(told(changed)).to.deep.equal(['changed shop/db data.password']);
    expect(JSON.stringify(changed.found)).to.not.match(/canary|Y2FuYXJ5/);
    expect(JSON.stringify((await compare(secretText('canary2'), { reveal: true })).found)).to.contain(Buffer.from('canary2').toString('base64'));
    expect(told(await compare(secretText('canary1', 'data:\n  password: bm9uc2Vuc2U=\n  user: |\n    bWU=\n')))).to.deep.equal([]);
  });

  it('compares a Secret with digests under their key, else by key and size, and says so', async () => {
    await fixture([['secrets', secret('shop', 'db', { password: 'canary1', user: 'me' })]]);
    expect(await compare(secretText('canary1'), { key: TEST_KEY }).then((same) => [told(same), same.notes.incomparable])).to.deep.equal([[], []]);
    expect(told(await compare(secretText('canary2'), { key: TEST_KEY }))).to.deep.equal(['changed shop/db kubetape:digest data.password']);
    const blind = await compare(secretText('canary2'));
    expect([told(blind), blind.notes.incomparable.map(({ name }) => name)]).to.deep.equal([[], ['db']]);
    const longer = await compare(secretText('canary22'));
    expect(told(longer)).to.deep.equal(['changed shop/db kubetape:digest data.password']);
    expect(JSON.stringify(longer.found)).to.not.match(/canary|Y2FuYXJ5|hmac/);
    expect(told(await compare(secretText('canary1', '  token: x\n')))).to.deep.equal(['changed shop/db kubetape:digest data.token']);
    expect(told(await compare(secretText('canary1'), { key: TEST_KEY, exact: true }))).to.deep.equal(['changed shop/db type kubetape:digest data.user']);
    expect(JSON.stringify((await compare(secretText('canary1').replace('name: db', 'name: new'))).found)).to.not.match(/canary|Y2FuYXJ5|hmac/);
  });
});
