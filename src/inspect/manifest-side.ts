import { isSecretType } from '../canon/secrets.js';
import type { RecordedType } from '../capture/meta-files.js';
import type { Manifest } from '../diff/manifests.js';
import { escapeText } from '../lib/escape.js';
import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { nearest } from '../lib/nearest.js';
import { metadataOf } from '../model/canonical.js';
import type { Side } from '../model/comparison.js';
import type { ObjectId } from '../model/object-id.js';
import type { ResourceType } from '../model/resource-type.js';
import { InspectError } from './inspect-error.js';
import type { ManifestTarget } from './manifest-target.js';
import { parseFile, textOf } from './read-file.js';

/** A manifest in canonical form, or the rule that leaves its object out of the mirror. */
export type MadeSide =
  | { readonly kind: 'side'; readonly id: ObjectId; readonly side: Side }
  | { readonly kind: 'skip'; readonly id: ObjectId; readonly rule: string; readonly body: JsonObject };

/**
 * Puts a manifest under the target's rules, so that what they remove from a live object (status, what kubectl and others
 * write into annotations) is not missed in the mirror; the manifest stays as it is.
 */
export function manifestSide(manifest: Manifest, type: ResourceType, target: ManifestTarget, defaultNamespace: string): MadeSide {
  const body = copyOf(manifest.body) as JsonObject;
  const metadata = metadataOf(body);
  if (type.namespaced) setOwn(metadata, 'namespace', manifest.namespace ?? defaultNamespace);
  else delete metadata['namespace'];
  if (isSecretType(type)) mergeStringData(body);
  const canonical = target.canonicaliser.canonicalise(body, type, target.facts);
  if (canonical.kind === 'skip') return { kind: 'skip', id: canonical.id, rule: canonical.rule, body };
  return { kind: 'side', id: canonical.id, side: parseFile(canonical.text, manifest.place) };
}

/** The types of manifests: those that a commit records, and those that CRDs among the manifests define. */
export class ManifestTypes {
  readonly #byKind: ReadonlyMap<string, ResourceType>;

  constructor(recorded: ReadonlyMap<string, RecordedType>, manifests: readonly Manifest[]) {
    const types = [...manifests.flatMap(({ kind, body }) => (kind === 'CustomResourceDefinition' ? definedType(body) : [])), ...[...recorded.values()].map(({ type }) => type)];
    this.#byKind = new Map(types.map((type) => [key(type.group, type.kind), type]));
  }

  /** InspectError UNKNOWN_TYPE. */
  typeOf({ apiVersion, kind, place }: Manifest): ResourceType {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const type = this.#byKind.get(key(group, kind));
    if (type !== undefined) return type;
    const near = nearest(kind, [...new Set([...this.#byKind.values()].map((each) => each.kind))]);
    const others = [...this.#byKind.values()].filter((each) => each.kind === kind).map((each) => each.group);
    const hint = others.length > 0
      ? `The cluster serves ${kind} in ${others.map((other) => (other === '' ? 'the core group' : other)).join(', ')}`
      : near === undefined ? 'Its CustomResourceDefinition was not there when the commit was made' : `Did you mean ${escapeText(near)}?`;
    throw new InspectError('UNKNOWN_TYPE', `${place}: the commit knows no kind ${escapeText(kind)} of ${escapeText(apiVersion)}`, { hint });
  }
}

function key(group: string, kind: string): string {
  return JSON.stringify([group, kind]);
}

function definedType(crd: JsonObject): ResourceType[] {
  const spec = own(crd, 'spec');
  const names = isObject(spec) ? own(spec, 'names') : undefined;
  if (!isObject(spec) || !isObject(names)) return [];
  const [group, scope, resource, kind] = [textOf(spec, 'group'), textOf(spec, 'scope'), textOf(names, 'plural'), textOf(names, 'kind')];
  if (group === undefined || resource === undefined || kind === undefined) return [];
  const versions = own(spec, 'versions');
  const [first] = Array.isArray(versions) ? versions : [];
  const version = isObject(first) ? (textOf(first, 'name') ?? '') : '';
  return [{ group, version, resource, kind, namespaced: scope !== 'Cluster', watchable: true }];
}

/** As the API server does: what stringData says wins, and only data is stored; base64 in its one canonical form. */
function mergeStringData(secret: JsonObject): void {
  const [data, stringData] = [own(secret, 'data'), own(secret, 'stringData')];
  const merged: JsonObject = {};
  for (const [name, value] of Object.entries(isObject(data) ? data : {})) {
    setOwn(merged, name, typeof value === 'string' ? Buffer.from(value, 'base64').toString('base64') : value);
  }
  for (const [name, value] of Object.entries(isObject(stringData) ? stringData : {})) {
    setOwn(merged, name, typeof value === 'string' ? Buffer.from(value).toString('base64') : value);
  }
  delete secret['stringData'];
  if (isObject(data) || isObject(stringData)) setOwn(secret, 'data', merged);
}

function copyOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const member of Object.keys(value)) setOwn(copy, member, copyOf(value[member] as Json));
  return copy;
}
