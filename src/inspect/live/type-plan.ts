import { findAliases } from '../../capture/aliases.js';
import { readTypes } from '../../capture/meta-files.js';
import { messageOf } from '../../lib/errors.js';
import { SILENT } from '../../lib/log.js';
import type { Discovery } from '../../model/cluster-reader.js';
import type { Snapshot } from '../../model/history.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { CommitCoverage } from './commit-coverage.js';
import type { LiveDeps, Uncovered } from './live-comparison.js';
import type { LivePolicy } from './live-policy.js';
import type { LiveScope } from './live-scope.js';

/** What is done about each type of the cluster and of the commit. */
export interface TypePlan {
  readonly listed: readonly ResourceType[];
  /** A rule skips every object of the type: it is not listed; `rule` is in force now or was at the commit. */
  readonly skipped: readonly { readonly type: ResourceType; readonly rule: string }[];
  /** Types of the commit that are not served, or not known to be, and groups that do not answer. */
  readonly unserved: readonly { readonly type: ResourceType; readonly reason: string }[];
  readonly silentGroups: readonly Uncovered[];
  /** All that discovery named, wanted or not. */
  readonly served: readonly ResourceType[];
}

export interface PlanContext {
  readonly snapshot: Snapshot;
  readonly policy: LivePolicy;
  readonly scope: LiveScope;
  readonly coverage: CommitCoverage;
}

/** Discovery now, matched with the types that the commit records; versions are pinned to the commit's. */
export async function planTypes(deps: LiveDeps, { snapshot, policy, scope, coverage }: PlanContext, signal: AbortSignal): Promise<TypePlan> {
  const recorded = readTypes(snapshot);
  const pinned = new Map([...recorded].map(([name, { type }]) => [name, type.version]));
  const discovery = await deps.reader.discover(pinned, signal);
  const found = new Map(discovery.types.map((type) => [typeName(type), type]));
  const skipped = [...found.values()].flatMap((type) => {
    const rule = policy.then.canonicaliser.typeSkip(type) ?? policy.now?.typeSkip(type) ?? null;
    return rule === null ? [] : [{ type, rule }];
  });
  const out = new Set(skipped.map(({ type }) => type));
  const candidates = [...found.values()].filter((type) => !out.has(type));
  const aliases = await aliasesOf(deps, candidates, coverage, signal);
  const unserved = [...recorded.values()].flatMap(({ type }) => {
    if (found.has(typeName(type)) || !scope.wantsType(type)) return [];
    return [{ type, reason: silence(discovery, type) ?? 'it is no longer served' }];
  });
  return {
    listed: candidates.filter((type) => !aliases.has(typeName(type)) && scope.wantsType(type)),
    skipped: skipped.filter(({ type }) => scope.wantsType(type)),
    unserved,
    silentGroups: scope.everything ? silentGroups(discovery, recorded.values(), policy) : [],
    served: [...found.values()],
  };
}

/** What the commit says first, so that of two types that show the same objects the same one is listed as then. */
async function aliasesOf(deps: LiveDeps, types: readonly ResourceType[], coverage: CommitCoverage, signal: AbortSignal): Promise<ReadonlySet<string>> {
  const served = new Set(types.map(typeName));
  const known = (type: ResourceType): boolean => served.has(coverage.aliasOf(typeName(type)) ?? '');
  const aliases = new Set(types.filter(known).map(typeName));
  const rest = types.filter((type) => !aliases.has(typeName(type)));
  try {
    for (const name of (await findAliases(deps.reader, rest, rest, signal)).keys()) aliases.add(name);
  } catch (error) {
    signal.throwIfAborted();
    (deps.log ?? SILENT).debug('Could not look for types that show the same objects', { reason: messageOf(error) });
  }
  return aliases;
}

/** Why discovery does not know the type's group; null: the group answered, without the type. */
function silence(discovery: Discovery, type: ResourceType): string | null {
  const failed = discovery.failedGroups.find(({ group }) => group === type.group || group === `${type.group}/${type.version}`);
  return failed?.reason ?? null;
}

/** Groups of which not even the commit knows a type. */
function silentGroups(discovery: Discovery, recorded: Iterable<{ readonly type: ResourceType }>, policy: LivePolicy): Uncovered[] {
  const known = new Set([...recorded].map(({ type }) => type.group));
  return discovery.failedGroups.flatMap(({ group, reason }) => {
    const any: ResourceType = { group, version: '', resource: '*', kind: '', namespaced: false, watchable: false };
    if (known.has(group.split('/', 1)[0] ?? '') || policy.then.canonicaliser.typeSkip(any) !== null) return [];
    return [{ type: typeName(any), namespace: undefined, reason, objects: 0 }];
  });
}
