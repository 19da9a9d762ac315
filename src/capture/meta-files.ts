import { EMITTER_VERSION, emit } from '../canon/emitter.js';
import type { CanonicalPolicy } from '../canon/canonicaliser.js';
import { readYaml } from '../canon/reader.js';
import { isObject, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { FORMAT_PATH, FORMAT_VERSION } from '../model/format.js';
import type { ClusterIdentity } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { TreeReader } from '../model/tape.js';

export const META = {
  attributes: '.gitattributes',
  format: FORMAT_PATH,
  cluster: '.kubetape/cluster',
  policy: '.kubetape/policy',
  rules: '.kubetape/rules',
  types: '.kubetape/types',
  coverage: '.kubetape/coverage',
} as const;

/** A served type as the repository remembers it; `custom`: it was defined by a CRD. */
export interface RecordedType {
  readonly type: ResourceType;
  readonly custom: boolean;
}

/** The cluster that a repository follows, and the server version that it saw last. */
export interface RecordedCluster {
  readonly identity: ClusterIdentity;
  readonly server: string;
}

/** Files whose text depends on the program and its policy alone. */
export function policyFiles(policy: CanonicalPolicy, rulesHash: string, digestKeyId: string | null): Map<string, string> {
  const files = new Map<string, string>([
    [META.attributes, '# Canonical text is compared byte by byte: no line-ending conversion, no white-space warnings.\n* -text -whitespace\n'],
    [META.format, emit({ format: FORMAT_VERSION, emitter: EMITTER_VERSION })],
    [META.policy, emit({
      rules: rulesHash,
      packs: policy.packs.map(({ name }) => name),
      secrets: policy.secrets,
      ...(digestKeyId === null ? {} : { digestKey: digestKeyId }),
      include: policy.filter.include as unknown as Json,
      exclude: policy.filter.exclude as unknown as Json,
    })],
  ]);
  for (const { name, text } of policy.packs) files.set(`${META.rules}/${encodeURIComponent(name).toLowerCase()}`, text);
  return files;
}

export function clusterFile({ identity, server }: RecordedCluster): string {
  return emit({ identity: identity.text, server });
}

export function typesFile(types: ReadonlyMap<string, RecordedType>): string {
  const all: JsonObject = {};
  for (const [name, { type, custom }] of types) {
    setOwn(all, name, {
      group: type.group, version: type.version, resource: type.resource, kind: type.kind, namespaced: type.namespaced,
      ...(type.watchable ? {} : { watchable: false }),
      ...(type.shortNames === undefined || type.shortNames.length === 0 ? {} : { shortNames: [...type.shortNames] }),
      ...(custom ? { custom: true } : {}),
    });
  }
  return emit({ types: all });
}

export function readTypes(tree: TreeReader): Map<string, RecordedType> {
  const types = readMeta(tree, META.types)?.['types'];
  const found = new Map<string, RecordedType>();
  if (!isObject(types)) return found;
  for (const value of Object.values(types)) {
    if (!isObject(value)) continue;
    const { group, version, resource, kind, namespaced, watchable, custom, shortNames } = value;
    if (typeof group !== 'string' || typeof version !== 'string' || typeof resource !== 'string' || typeof kind !== 'string') continue;
    const names = Array.isArray(shortNames) ? { shortNames: shortNames.filter((name): name is string => typeof name === 'string') } : {};
    const type = { group, version, resource, kind, namespaced: namespaced === true, watchable: watchable !== false, ...names };
    found.set(typeName(type), { type, custom: custom === true });
  }
  return found;
}

export function readCluster(tree: TreeReader): RecordedCluster | null {
  const file = readMeta(tree, META.cluster);
  if (file === null || typeof file['identity'] !== 'string') return null;
  return { identity: { text: file['identity'] }, server: typeof file['server'] === 'string' ? file['server'] : '' };
}

/** One file of `.kubetape/` as the tree has it, null when absent. */
export function readMeta(tree: TreeReader, path: string): JsonObject | null {
  const text = readMetaText(tree, path);
  return text === null ? null : readYaml(text);
}

export function readMetaText(tree: TreeReader, path: string): string | null {
  const oid = tree.oidAt(path);
  return oid === null ? null : tree.read(oid).toString('utf8');
}
