// What a repository holds, read with the real git and js-yaml; and the comparison with what the API lists.
import { load } from 'js-yaml';
import type { AnyJson } from './api-client.js';
import { identityKey, type Identity, type Listed } from './oracle.js';
import { contents, tree } from './repo.js';

export interface MirroredFile {
  readonly path: string;
  readonly text: string;
  readonly id: Identity;
  readonly object: AnyJson;
  /** Leading comment lines without `# kubetape:`. */
  readonly comments: readonly string[];
}

/**
 * Every object of a revision by identityKey. Throws when a file is no single YAML document, when it lies elsewhere than
 * its content says, or when two files hold one identity. Files of `.kubetape/` are left out.
 */
export async function treeIdentities(repository: string, revision: string): Promise<Map<string, MirroredFile>> {
  const files = (await tree(repository, revision)).filter(({ path }) => !path.startsWith('.kubetape/') && path.endsWith('.yaml'));
  const texts = await contents(repository, files.map(({ oid }) => oid));
  const found = new Map<string, MirroredFile>();
  for (const { path, oid } of files) {
    const file = readFileOfTree(path, texts.get(oid)?.toString('utf8') ?? '');
    const key = identityKey(file.id);
    const twin = found.get(key);
    if (twin !== undefined) throw new Error(`Two files hold ${key}: ${twin.path} and ${path}`);
    found.set(key, file);
  }
  return found;
}

function readFileOfTree(path: string, text: string): MirroredFile {
  const object = load(text) as AnyJson;
  if (typeof object?.apiVersion !== 'string' || typeof object.metadata?.name !== 'string') throw new Error(`${path} is no object of Kubernetes`);
  const id = { group: groupOf(object.apiVersion), resource: '', namespace: object.metadata.namespace ?? '', name: object.metadata.name };
  const parts = path.split('/');
  const typeFolder = id.namespace === '' ? parts[1] : parts[2];
  const root = id.namespace === '' ? 'cluster' : 'namespaces';
  const depth = id.namespace === '' ? 3 : 4;
  if (parts[0] !== root || parts.length !== depth || typeFolder === undefined) throw new Error(`${path} is not where ${identityKey(id)} belongs`);
  const type = unescapePath(typeFolder);
  const dot = type.indexOf('.');
  const [resource, group] = dot < 0 ? [type, ''] : [type.slice(0, dot), type.slice(dot + 1)];
  if (group !== id.group) throw new Error(`${path} holds an object of group "${id.group}"`);
  const comments = text.split('\n').filter((line) => line.startsWith('# kubetape:')).map((line) => line.slice('# kubetape:'.length));
  return { path, text, id: { ...id, resource }, object, comments };
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

function unescapePath(component: string): string {
  const bytes = component.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

export interface Comparison {
  /** Listed, not skipped, and not in the tree. */
  readonly missing: readonly string[];
  /** In the tree, and not listed or skipped. */
  readonly surplus: readonly string[];
  /** Same identity, other content: `identity: path of the leaf: API's value, file's value`. */
  readonly different: readonly string[];
}

export interface CompareOptions {
  /** How the mirror keeps Secrets; default: digest, so their values are not in the files. */
  readonly secrets?: 'digest' | 'plain';
}

/** Compares the tree with what it should hold. All three lists are empty when the mirror is right. */
export function compareTree(expected: ReadonlyMap<string, Listed>, files: ReadonlyMap<string, MirroredFile>, options: CompareOptions = {}): Comparison {
  const scaled = scaleTargets(expected.values());
  const missing = [...expected.keys()].filter((key) => !files.has(key));
  const surplus = [...files.keys()].filter((key) => !expected.has(key));
  const different = [...expected].flatMap(([key, listed]) => {
    const file = files.get(key);
    return file === undefined ? [] : differences(listed, file.object, { ...options, scaled: scaled.has(targetKey(listed)) }).map((line) => `${key}: ${line}`);
  });
  return { missing, surplus, different };
}

/** Leaves that the file lacks, has changed, or has made up, beside those that the server or a controller owns. */
export function differences(listed: Pick<Listed, 'id' | 'object'>, file: AnyJson, options: CompareOptions & { readonly scaled?: boolean } = {}): string[] {
  const theirs = leaves(listed.object);
  const wanted = leaves(stripServerFields(listed, options));
  const ours = leaves(file);
  const show = (value: string | undefined): string => (value === undefined ? 'absent' : value.slice(0, 80));
  const lost = [...wanted].filter(([path, value]) => ours.get(path) !== value && !isOptional(listed, path, options.scaled === true)).map(([path, value]) => `${path}: ${show(value)}, ${show(ours.get(path))}`);
  const invented = [...ours].filter(([path, value]) => theirs.get(path) !== value).map(([path, value]) => `${path}: ${show(theirs.get(path))}, ${show(value)}`);
  return [...new Set([...lost, ...invented])];
}

/** JSON of every leaf by its place; an empty map or list is a leaf; items of a list are a bag, because the form may sort them. */
export function leaves(value: AnyJson): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (at: string, each: AnyJson): void => {
    if (typeof each === 'object' && each !== null && Object.keys(each).length > 0) {
      const sorted = /\/(finalizers|secrets|imagePullSecrets)$/.test(at) && Array.isArray(each) ? [...each].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)) : each;
      for (const key of Object.keys(sorted)) visit(`${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, sorted[key]);
    } else {
      found.set(at, typeof each === 'number' ? numberText(each) : JSON.stringify(each));
    }
  };
  visit('', value);
  return found;
}

/** -0 is not 0, and infinity (1e400 in a double) is not null. */
function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

const SERVER_METADATA = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields', 'ownerReferences', 'generateName'];
const SERVER_ANNOTATIONS = /^(kubectl\.kubernetes\.io\/last-applied-configuration|deployment\.kubernetes\.io\/(revision|revision-history|desired-replicas|max-replicas)|deprecated\.daemonset\.template\.generation|endpoints\.kubernetes\.io\/.*|pv\.kubernetes\.io\/.*|volume\..*kubernetes\.io\/.*|kubernetes\.io\/(service-account\.uid|limit-ranger|psp)|node\.alpha\.kubernetes\.io\/ttl|batch\.kubernetes\.io\/job-tracking)$/;
const SERVER_FINALIZERS = /^(foregroundDeletion|orphan|kubernetes|kubernetes\.io\/(pv|pvc)-protection|service\.kubernetes\.io\/load-balancer-cleanup|batch\.kubernetes\.io\/job-tracking|customresourcecleanup\.apiextensions\.k8s\.io)$/;

/** A copy without what the server or a controller writes (decisions.md §3, §4): what is left must be in the file. */
export function stripServerFields({ id, object }: Pick<Listed, 'id' | 'object'>, options: CompareOptions = {}): AnyJson {
  const copy = structuredClone(object);
  delete copy.status;
  const { metadata } = copy;
  for (const field of SERVER_METADATA) delete metadata[field];
  keepEntries(metadata, 'annotations', (key) => !SERVER_ANNOTATIONS.test(key));
  if (Array.isArray(metadata.finalizers)) {
    metadata.finalizers = metadata.finalizers.filter((each: string) => !SERVER_FINALIZERS.test(each));
    if (metadata.finalizers.length === 0) delete metadata.finalizers;
  }
  for (const template of [copy.template, copy.spec?.template, copy.spec?.jobTemplate, copy.spec?.jobTemplate?.spec?.template, ...claimTemplates(copy)]) delete template?.metadata?.creationTimestamp;
  if (id.group === '' && id.resource === 'secrets' && (options.secrets !== 'plain' || copy.type === 'kubernetes.io/service-account-token')) delete copy.data;
  stripByType(`${id.group}/${id.resource}`, copy);
  return copy;
}

function stripByType(type: string, copy: AnyJson): void {
  if (type === '/namespaces') {
    keepEntries(copy.metadata, 'labels', (key) => key !== 'kubernetes.io/metadata.name');
    delete copy.spec;
  } else if (type === 'rbac.authorization.k8s.io/clusterroles' && copy.aggregationRule !== undefined) {
    delete copy.rules;
  } else if (type === '/pods') {
    for (const field of ['nodeName', 'priority', 'serviceAccount', 'ephemeralContainers', 'tolerations', 'volumes']) delete copy.spec[field];
    for (const each of [...copy.spec.containers, ...(copy.spec.initContainers ?? [])]) delete each.volumeMounts;
  } else if (type === '/nodes') {
    for (const field of ['podCIDR', 'podCIDRs', 'providerID']) delete copy.spec[field];
    // Taints that say how the node is; unschedulable stands in spec.unschedulable.
    const chosen = (copy.spec.taints ?? []).filter((taint: AnyJson) => !/^node\.(cloudprovider\.)?kubernetes\.io\//.test(taint.key));
    if (chosen.length > 0) copy.spec.taints = chosen;
    else delete copy.spec.taints;
  } else if (type === 'batch/jobs' && copy.spec.manualSelector !== true) {
    delete copy.spec.selector;
    for (const metadata of [copy.metadata, copy.spec.template?.metadata ?? {}]) keepEntries(metadata, 'labels', (key) => !/^(batch\.kubernetes\.io\/)?(controller-uid|job-name)$/.test(key));
  }
}

/** What autoscalers scale: its number of replicas is theirs. */
function scaleTargets(all: Iterable<Listed>): Set<string> {
  const targets = new Set<string>();
  for (const { id, object } of all) {
    const target = object.spec?.scaleTargetRef;
    if (target !== undefined) targets.add(JSON.stringify([groupOf(target.apiVersion ?? 'apps/v1'), target.kind ?? 'Deployment', id.namespace, target.name]));
  }
  return targets;
}

function targetKey({ id, type }: Listed): string {
  return JSON.stringify([id.group, type.kind, id.namespace, id.name]);
}

function claimTemplates(object: AnyJson): AnyJson[] {
  const templates = object.spec?.volumeClaimTemplates;
  if (!Array.isArray(templates)) return [];
  for (const each of templates) delete each.status;
  return templates;
}

function keepEntries(owner: AnyJson, field: string, keep: (key: string) => boolean): void {
  if (owner?.[field] === undefined) return;
  owner[field] = Object.fromEntries(Object.entries(owner[field]).filter(([key]) => keep(key)));
  if (Object.keys(owner[field]).length === 0) delete owner[field];
}

/** Values that stand in a comment when nobody asked for them, and in the body when somebody did. */
function isOptional({ id }: Pick<Listed, 'id'>, path: string, scaled: boolean): boolean {
  const type = `${id.group}/${id.resource}`;
  if (type === '/services') return /^\/spec\/(clusterIPs?|ipFamil|healthCheckNodePort|ports\/\d+\/nodePort)/.test(path);
  if (type === '/persistentvolumeclaims') return path === '/spec/volumeName';
  if (type === '/persistentvolumes') return /^\/spec\/claimRef\/(uid|resourceVersion)$/.test(path);
  if (path === '/spec/replicas') return scaled;
  return /caBundle$/.test(path);
}
