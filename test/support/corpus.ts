// Real manifests of public projects, loaded into a control plane as kubectl reads them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyJson } from './api-client.js';
import type { ControlPlane } from './control-plane.js';
import { eventually } from './eventually.js';
import { configMap } from './objects.js';
import type { Identity } from './oracle.js';

const LATE = /^(ValidatingWebhookConfiguration|MutatingWebhookConfiguration|APIService)$/;
const MARK = 'test.kubetape.io/mark';

export interface LoadedObject {
  readonly written: AnyJson;
  readonly kept: AnyJson;
  readonly id: Identity;
}

/** Everything in order.txt, CRDs first, webhooks and APIServices last. */
export async function loadCorpus(plane: ControlPlane, folder: string): Promise<{ loaded: LoadedObject[]; refused: string[] }> {
  const names = readFileSync(join(folder, 'order.txt'), 'utf8').split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const objects: AnyJson[] = [];
  for (const home of new Set(names.map(homeOf))) objects.push(...(await objectsOf(plane, home, names.filter((name) => homeOf(name) === home).map((name) => join(folder, name)))));
  const rank = ({ kind }: AnyJson): number => (kind === 'Namespace' ? 0 : kind === 'CustomResourceDefinition' ? 1 : LATE.test(kind as string) ? 3 : 2);
  const ordered = objects.map((object, index) => ({ object, index })).sort((a, b) => rank(a.object) - rank(b.object) || a.index - b.index).map(({ object }) => object);
  const refused: string[] = [];
  const loaded: LoadedObject[] = [];
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
async function settled(plane: ControlPlane, loaded: readonly LoadedObject[]): Promise<void> {
  await plane.api.create(configMap('default', 'loaded'));
  const deployments = loaded.filter(({ kept }) => kept.kind === 'Deployment').map(({ kept }) => kept);
  for (const each of deployments) {
    await eventually(async () => {
      const { status, metadata } = await plane.api.get(each);
      return status?.observedGeneration === metadata.generation;
    }, { timeoutMs: 60_000, describe: `${each.metadata.name} is seen by its controller` });
  }
}
