import { META, readMeta, readPolicy, readTypes, type RecordedType } from '../capture/meta-files.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { SecretsMode } from '../model/settings.js';
import type { TreeReader } from '../model/tape.js';
import { foldersBelow, namespaceFolders } from './folders.js';
import { textOf } from './read-file.js';

/** `unknown`: the commit says nothing of it. */
export type CoverageWord = 'complete' | 'polled' | 'partial' | 'skipped' | 'alias' | 'by namespace' | 'unknown';

export interface ScopeCoverage {
  readonly state: CoverageWord;
  /** Of partial the server's words (escaped), of skipped the rule, of alias the type that it stands for; else null. */
  readonly reason: string | null;
  /** Objects in the tree. */
  readonly objects: number;
}

export interface NamespaceCoverage extends ScopeCoverage {
  readonly namespace: string;
}

export interface TypeCoverage extends ScopeCoverage {
  /** `deployments.apps` */
  readonly type: string;
  /** '' where the commit does not record the type. */
  readonly kind: string;
  readonly namespaced: boolean;
  /** Rules that may leave out single objects. */
  readonly skips: readonly string[];
  /** Every namespace that holds objects or has a state of its own, sorted. */
  readonly namespaces: readonly NamespaceCoverage[];
}

export interface CoverageReport {
  /** By name. */
  readonly types: readonly TypeCoverage[];
  /** Objects in the tree. */
  readonly objects: number;
  /** Nothing is partial or unknown: what is not in the tree was not in the cluster, or a rule left it out. */
  readonly complete: boolean;
  /** null: the commit does not say. */
  readonly secrets: SecretsMode | null;
}

/** What a commit says of its own completeness, with counts from its tree; no object is read. */
export function coverageReport(tree: TreeReader): CoverageReport {
  const recorded = readTypes(tree);
  const states = readMeta(tree, META.coverage)?.['types'];
  const coverage = isObject(states) ? states : {};
  const counts = countObjects(tree, recorded);
  const names = new Set([...Object.keys(coverage), ...recorded.keys(), ...counts.keys()]);
  const types = [...names].sort().map((name) => typeCoverage(name, own(coverage, name), recorded.get(name)?.type, counts.get(name)));
  return {
    types,
    objects: types.reduce((sum, { objects }) => sum + objects, 0),
    complete: types.every(isComplete),
    secrets: readPolicy(tree)?.secrets ?? null,
  };
}

function isComplete(type: TypeCoverage): boolean {
  return [type, ...type.namespaces].every(({ state }) => state !== 'partial' && state !== 'unknown');
}

interface Counted {
  readonly type: ResourceType;
  /** '' for cluster-scoped objects. */
  readonly byNamespace: Map<string, number>;
}

function countObjects(tree: TreeReader, recorded: ReadonlyMap<string, RecordedType>): Map<string, Counted> {
  const counts = new Map<string, Counted>();
  for (const { folder, type, namespace } of foldersBelow(tree, recorded, true, namespaceFolders(tree, null))) {
    const counted = counts.get(typeName(type)) ?? { type, byNamespace: new Map<string, number>() };
    counts.set(typeName(type), counted);
    let count = 0;
    for (const _ of tree.files(folder)) count++;
    counted.byNamespace.set(namespace, (counted.byNamespace.get(namespace) ?? 0) + count);
  }
  return counts;
}

function typeCoverage(name: string, entry: Json | undefined, recorded: ResourceType | undefined, counted: Counted | undefined): TypeCoverage {
  const state = isObject(entry) ? entry : {};
  const wide = scopeState(state);
  const type = recorded ?? counted?.type;
  const byNamespace = counted?.byNamespace ?? new Map<string, number>();
  const scopes = isObject(state['namespaces']) ? state['namespaces'] : {};
  const namespaces = new Set([...Object.keys(scopes), ...[...byNamespace.keys()].filter((namespace) => namespace !== '')]);
  const { skips } = state;
  return {
    type: name,
    kind: type?.kind ?? '',
    namespaced: type?.namespaced ?? namespaces.size > 0,
    ...wide,
    objects: [...byNamespace.values()].reduce((sum, count) => sum + count, 0),
    skips: Array.isArray(skips) ? skips.filter((rule) => typeof rule === 'string') : [],
    namespaces: [...namespaces].sort().map((namespace) => namespaceCoverage(namespace, scopes, wide, byNamespace.get(namespace) ?? 0)),
  };
}

function namespaceCoverage(namespace: string, scopes: JsonObject, wide: Omit<ScopeCoverage, 'objects'>, objects: number): NamespaceCoverage {
  const scope = own(scopes, namespace);
  if (isObject(scope)) return { namespace, ...scopeState(scope), objects };
  return { namespace, ...(wide.state === 'by namespace' ? { state: 'unknown' as const, reason: null } : wide), objects };
}

const WORDS: ReadonlySet<string> = new Set<CoverageWord>(['complete', 'polled', 'partial', 'skipped', 'alias', 'by namespace']);

/** As capture/coverage writes it. */
function scopeState(scope: JsonObject): Omit<ScopeCoverage, 'objects'> {
  const word = textOf(scope, 'state') ?? '';
  const state = WORDS.has(word) ? (word as CoverageWord) : 'unknown';
  const { rules } = scope;
  const rule = Array.isArray(rules) && typeof rules[0] === 'string' ? rules[0] : null;
  return { state, reason: textOf(scope, 'reason') ?? textOf(scope, 'of') ?? rule };
}
