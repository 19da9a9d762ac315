// Long form: real manifests of public projects, where the environment variable KUBETAPE_CORPUS names their folder.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AnyJson } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { eventually } from '../support/eventually.js';
import { Workshop } from '../support/kubetape.js';
import { compareTree, differences, leaves, stripServerFields, treeIdentities, type MirroredFile } from '../support/mirrored-tree.js';
import { configMap } from '../support/objects.js';
import { expectedFiles, identityKey, type Identity } from '../support/oracle.js';
import { fsck } from '../support/repo.js';
import { LONG } from '../support/scale.js';
import { controlPlaneOrSkip } from '../support/shared-control-plane.js';

const CORPUS = process.env['KUBETAPE_CORPUS'];
const LATE = /^(ValidatingWebhookConfiguration|MutatingWebhookConfiguration|APIService)$/;
const MARK = 'test.kubetape.io/mark';

interface Loaded {
  readonly written: AnyJson;
  readonly kept: AnyJson;
  readonly id: Identity;
}

// Not registered in the short form, so that nothing is pending there.
if (CORPUS !== undefined) describe('a mirror of the corpus of real manifests', () => corpusSuite(join(CORPUS, 'real-world')));
else if (LONG) process.stderr.write('\n  !!! NO CORPUS: set KUBETAPE_CORPUS to the folder of real manifests to mirror them.\n\n');

function corpusSuite(folder: string): void {
  const workshop = new Workshop();
  const repository = workshop.repository();
  let plane: ControlPlane;
  let loaded: Loaded[];
  let refused: string[];
  let files: ReadonlyMap<string, MirroredFile>;

  before(async function () {
    this.timeout(20 * 60_000);
    await controlPlaneOrSkip(this);
    plane = await ControlPlane.start();
    ({ loaded, refused } = await load(plane, folder));
    const { code, stderr } = await workshop.run(plane, ['export', '--repo', repository, '--secrets', 'plain']);
    expect(code, stderr).to.equal(0); // the one group without a server is metrics.k8s.io: virtual, skipped by a rule
    files = await treeIdentities(repository, 'main');
  });

  after(async () => {
    await plane?.stop();
    await workshop.remove();
  });

  it('is of all of it: the server refused nothing', () => {
    expect(refused).to.deep.equal([]);
    expect(loaded.length).to.be.greaterThan(1200);
  });

  it('has every leaf that an author wrote and the server kept', async function () {
    this.timeout(10 * 60_000);
    let compared = 0;
    const lost: string[] = [];
    for (const { written, kept, id } of loaded) {
      const file = files.get(identityKey(id))?.object;
      // In the version of the file: a server converts, and not every field has a place in every version.
      const theirs = leaves(stripServerFields({ id, object: await plane.api.get({ ...kept, apiVersion: file?.apiVersion ?? kept.apiVersion }) }, { secrets: 'plain' }));
      const ours = leaves(file ?? {});
      const wanted = [...leaves(written)].filter(([path, value]) => theirs.get(path) === value);
      compared += wanted.length;
      lost.push(...wanted.filter(([path, value]) => ours.get(path) !== value).map(([path]) => `${identityKey(id)} ${path}`));
    }
    process.stdout.write(`      ${loaded.length} objects, ${compared} leaves, ${files.size} files\n`);
    expect(lost).to.deep.equal([]);
  });

  it('has every object that the API lists and no rule skips, and no other', async () => {
    const away = [...files.values()].filter(({ object }) => object.kind === 'APIService');
    for (const { object } of away) {
      expect(differences({ id: { group: 'apiregistration.k8s.io', resource: 'apiservices', namespace: '', name: object.metadata.name }, object: await plane.api.get(object) }, object)).to.deep.equal([]);
      await plane.api.delete(object); // a group that does not answer cannot be listed by the judge either
    }
    const expected = await eventually(() => expectedFiles(plane.api), { timeoutMs: 60_000 });
    const others = new Map([...files].filter(([, { object }]) => object.kind !== 'APIService'));
    expect(compareTree(expected, others, { secrets: 'plain' })).to.deep.equal({ missing: [], surplus: [], different: [] });
  });

  it('is sound for git', () => fsck(repository));
}

/** Everything in order.txt, CRDs first, webhooks and APIServices last. */
async function load(plane: ControlPlane, folder: string): Promise<{ loaded: Loaded[]; refused: string[] }> {
  const names = readFileSync(join(folder, 'order.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const objects: AnyJson[] = [];
  for (const home of new Set(names.map(homeOf))) objects.push(...(await objectsOf(plane, home, names.filter((name) => homeOf(name) === home).map((name) => join(folder, name)))));
  const rank = ({ kind }: AnyJson): number => (kind === 'Namespace' ? 0 : kind === 'CustomResourceDefinition' ? 1 : LATE.test(kind as string) ? 3 : 2);
  const ordered = objects.map((object, index) => ({ object, index })).sort((a, b) => rank(a.object) - rank(b.object) || a.index - b.index).map(({ object }) => object);
  const refused: string[] = [];
  const loaded: Loaded[] = [];
  for (const object of ordered) {
    try {
      const kept = await create(plane, object);
      loaded.push({ written: object, kept, id: await identityOf(plane, kept) });
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  await settled(plane, loaded);
  return { loaded, refused };
}

const homeOf = (name: string): string => `rw-${name.split('/')[0] ?? ''}`;

/** As kubectl reads them: a mark is set, because only commands that change something work on files alone. */
async function objectsOf(plane: ControlPlane, home: string, files: readonly string[]): Promise<AnyJson[]> {
  const { stdout } = await plane.kubectl(['annotate', '--local', '--overwrite', '-o', 'json', ...files.flatMap((file) => ['-f', file]), `${MARK}=`]);
  const documents = JSON.parse(`[${stdout.trimEnd().replaceAll(/\n}\n{\n/g, '\n},\n{\n')}]`) as AnyJson[];
  const objects = documents.flatMap<AnyJson>((each) => (each.kind === 'List' ? each.items : [each]));
  for (const { metadata } of objects) {
    delete metadata.annotations[MARK];
    if (Object.keys(metadata.annotations as object).length === 0) delete metadata.annotations;
  }
  return objects.map((object) => ({ ...object, home }));
}

async function create(plane: ControlPlane, object: AnyJson): Promise<AnyJson> {
  const { home, ...body } = object;
  const placed = { ...body, metadata: { ...body.metadata } };
  return eventually(async () => {
    const clusterWide = await plane.api.pathOf({ ...placed, metadata: { name: '', namespace: 'probe' } }, false);
    if (clusterWide.includes('/namespaces/probe/')) placed.metadata.namespace ??= home;
    else delete placed.metadata.namespace;
    const answer = await plane.request('POST', await plane.api.pathOf(placed, false), placed);
    if (answer.status === 201) return answer.json;
    if (answer.status === 409 && answer.json?.reason === 'AlreadyExists') return plane.api.get(placed);
    throw new Error(`${placed.kind} ${placed.metadata.namespace ?? ''}/${placed.metadata.name}: ${answer.status} ${answer.json?.message ?? answer.text}`);
  }, { timeoutMs: 10_000 });
}

async function identityOf(plane: ControlPlane, { apiVersion, kind, metadata }: AnyJson): Promise<Identity> {
  const path = await plane.api.pathOf({ apiVersion, kind, metadata: { name: '' } }, false);
  const group = (apiVersion as string).includes('/') ? (apiVersion as string).split('/')[0] ?? '' : '';
  return { group, resource: path.split('/').at(-1) ?? '', namespace: metadata.namespace ?? '', name: metadata.name };
}

/** Controllers have done their part when a ConfigMap of a new namespace and all Deployments were seen by them. */
async function settled(plane: ControlPlane, loaded: readonly Loaded[]): Promise<void> {
  await plane.api.create(configMap('default', 'loaded'));
  const deployments = loaded.filter(({ kept }) => kept.kind === 'Deployment').map(({ kept }) => kept);
  for (const each of deployments) {
    await eventually(async () => {
      const { status, metadata } = await plane.api.get(each);
      return status?.observedGeneration === metadata.generation;
    }, { timeoutMs: 60_000, describe: `${each.metadata.name} is seen by its controller` });
  }
}
