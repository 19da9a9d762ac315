import { EMITTER_VERSION, emit } from '../canon/emitter.js';
import type { CanonicalPolicy } from '../canon/canonicaliser.js';
import { readYaml } from '../canon/reader.js';
import { isObject, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { FORMAT_PATH, FORMAT_VERSION } from '../model/format.js';
import type { ClusterIdentity } from '../model/cluster-reader.js';
import type { Filter, FilterEntry } from '../model/filter.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { SecretsMode } from '../model/settings.js';
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

/** What a repository says of the rules that its tree was written under. */
export interface RecordedPolicy {
  /** Hash of everything that decides the canonical form. */
  readonly rulesHash: string;
  /** Version of the emitter. */
  readonly emitter: number;
  /** In force, in order, whole. */
  readonly packs: readonly { readonly name: string; readonly text: string }[];
  readonly filter: Filter;
  readonly secrets: SecretsMode;
  /** Names the key of the Secret digests; null when there is none. */
  readonly digestKeyId: string | null;
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
  for (const { name, text } of policy.packs) files.set(packPath(name), text);
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
    const names = Array.isArray(shortNames) ? { shortNames: shortNames.filter(isString) } : {};
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

/** Null where the tree has no policy file, or one without hash and mode. */
export function readPolicy(tree: TreeReader): RecordedPolicy | null {
  const file = readMeta(tree, META.policy);
  const { rules, secrets, digestKey, packs } = file ?? {};
  if (file === null || typeof rules !== 'string' || !isSecretsMode(secrets)) return null;
  const emitter = readMeta(tree, META.format)?.['emitter'];
  return {
    rulesHash: rules,
    emitter: typeof emitter === 'number' ? emitter : 0,
    packs: readPacks(tree, Array.isArray(packs) ? packs.filter(isString) : null),
    filter: { include: entriesOf(file['include']), exclude: entriesOf(file['exclude']) },
    secrets,
    digestKeyId: typeof digestKey === 'string' ? digestKey : null,
  };
}

/** In the recorded order; older repositories record none: core is always the first, and names are the best guess for the rest. */
function readPacks(tree: TreeReader, order: readonly string[] | null): { name: string; text: string }[] {
  const text = new Map([...tree.files(META.rules)].map(({ path, oid }) => [path, () => tree.read(oid).toString('utf8')]));
  const guessed = (): string[] => [...text.keys()].map((path) => decodeURIComponent(path.slice(META.rules.length + 1)));
  const names = order ?? guessed().sort((a, b) => Number(b === 'core') - Number(a === 'core') || (a < b ? -1 : 1));
  return names.flatMap((name) => {
    const read = text.get(packPath(name));
    return read === undefined ? [] : [{ name, text: read() }];
  });
}

function packPath(name: string): string {
  return `${META.rules}/${encodeURIComponent(name).toLowerCase()}`;
}

function isSecretsMode(value: Json | undefined): value is SecretsMode {
  return value === 'digest' || value === 'plain' || value === 'skip';
}

/** Members in the order of the settings' schema, on which the hash over them depends. */
function entriesOf(value: Json | undefined): FilterEntry[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map(({ types, namespaces, names, labelSelector }) => ({
    ...(Array.isArray(types) ? { types: types.filter(isString) } : {}),
    ...(Array.isArray(namespaces) ? { namespaces: namespaces.filter(isString) } : {}),
    ...(Array.isArray(names) ? { names: names.filter(isString) } : {}),
    ...(typeof labelSelector === 'string' ? { labelSelector } : {}),
  }));
}

function isString(value: Json): value is string {
  return typeof value === 'string';
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
