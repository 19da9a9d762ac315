import { ClusterFacts } from '../../capture/facts.js';
import { readTypes } from '../../capture/meta-files.js';
import { readYaml, splitComments } from '../../canon/reader.js';
import { startScan } from '../../inspect/live/compare-live.js';
import type { LiveFinding } from '../../inspect/live/live-comparison.js';
import { isLiteral } from '../../canon/rules/glob-set.js';
import type { ResourceType } from '../../model/resource-type.js';
import { typeName } from '../../model/resource-type.js';
import { identityOfPath } from '../../model/tree-path.js';
import { assertCluster } from './assert-cluster.js';
import type { Candidate, PlanContext, PlanDeps, PlanRequest } from './plan-deps.js';
import { scopeNamespaces } from './namespaces.js';
import { World } from './world.js';

/** What is in scope, compared with live. */
export interface ComparedScope {
  readonly context: PlanContext;
  readonly candidates: readonly Candidate[];
  readonly extra: readonly string[];
  readonly unchanged: number;
  readonly cluster: { readonly name: string; readonly identity: string; readonly server: string; readonly recorded: string };
  /** Why it is not certain that this is the cluster of the commit; null: it is, or another one was asked for. */
  readonly doubt: string | null;
}

/**
 * Compares every file in scope with live, by complete lists. RestoreError OTHER_CLUSTER when the commit is of another cluster and
 * that was not allowed; else what compareLive throws.
 */
export async function compareScope(deps: PlanDeps, request: PlanRequest, signal: AbortSignal): Promise<ComparedScope> {
  const { snapshot, selection, scope } = request;
  const { recorded, identity, same, doubt } = await assertCluster(deps, request, signal);
  const onProgress = ({ objects }: { readonly objects: number }): void => request.onProgress?.({ phase: 'comparing', done: objects, total: null });
  const { scan, comparison } = startScan(deps, snapshot, selection, { reveal: false, allowOtherCluster: true, onProgress }, signal);
  const findings = new Map<string, Pick<LiveFinding, 'verdict' | 'reason'> & { readonly fields: Candidate['fields'] }>();
  const extra: string[] = [];
  for await (const { path, verdict, reason, difference } of comparison) {
    if (verdict === 'extra') extra.push(path);
    // The fields of what is missing are its whole body, and there may be tens of thousands.
    else findings.set(path, { verdict, reason, fields: verdict === 'differs' ? (difference?.fields ?? []) : [] });
  }
  const types = readTypes(snapshot);
  const facts = withScalersOf(request, scan.facts);
  const world = new World({
    sameCluster: same,
    everything: scope.everything,
    namedNamespaces: new Set(scope.namespaces.filter(isLiteral)),
    served: scan.served,
    recorded: types,
    facts: facts.current,
  });
  const { canonicaliser } = scan.policy.then;
  const uncovered = comparison.uncovered;
  const namespaces = await scopeNamespaces(request, deps.reader, scan.served, (path) => findings.get(path)?.verdict, signal);
  const candidates: Candidate[] = [...namespaces.needed];
  let unchanged = 0;
  for (const { path, oid, type, namespace } of filesInScope(request)) {
    if (namespaces.doomed.has(namespace)) {
      candidates.push({ path, oid, type, verdict: 'missing', reason: null, fields: [] });
      continue;
    }
    const finding = findings.get(path);
    if (finding === undefined) {
      const absent = reasonWithoutFinding(type, namespace, scan.served, uncovered);
      if (absent === null) unchanged++;
      else candidates.push({ path, oid, type, fields: [], ...absent });
      continue;
    }
    if (finding.verdict === 'equal') unchanged++;
    else candidates.push({ path, oid, type, verdict: finding.verdict as Candidate['verdict'], reason: finding.reason, fields: finding.fields });
  }
  const cluster = { name: deps.reader.name, identity: identity.text, server: comparison.cluster?.serverVersion ?? '', recorded: recorded?.identity.text ?? '' };
  return { context: { request, world, canonicaliser, uncovered }, candidates, extra: extra.sort(), unchanged, cluster, doubt };
}

/** Files of the commit that the request names. */
export function* filesInScope({ snapshot, selection }: Pick<PlanRequest, 'snapshot' | 'selection'>): Iterable<{ readonly path: string; readonly oid: string; readonly type: ResourceType; readonly namespace: string }> {
  for (const { folder, type, namespace } of selection.folders(snapshot)) {
    for (const { path, oid } of snapshot.files(folder)) {
      const id = identityOfPath(path);
      if (id !== null && !selection.matchesName(id)) continue;
      if ((id === null || selection.needsBody) && !selection.matches(type, readYaml(splitComments(snapshot.read(oid).toString('utf8')).body))) continue;
      yield { path, oid, type, namespace };
    }
  }
}

function reasonWithoutFinding(type: ResourceType, namespace: string, served: ReadonlyMap<string, ResourceType>, uncovered: PlanContext['uncovered']): Pick<Candidate, 'verdict' | 'reason'> | null {
  const name = typeName(type);
  const gap = uncovered.find((each) => (each.type === name || each.type === `*.${type.group}`) && (each.namespace === undefined || each.namespace === namespace));
  if (served.has(name)) return gap === undefined ? null : { verdict: 'not covered', reason: gap.reason };
  return { verdict: 'not served', reason: gap?.reason ?? 'the cluster does not serve its type' };
}

/** Autoscalers of the commit write replicas after the restore: who they target is known before they are live. */
function withScalersOf({ snapshot }: PlanRequest, facts: ClusterFacts): ClusterFacts {
  for (const { type } of readTypes(snapshot).values()) {
    if (!ClusterFacts.scales(type)) continue;
    for (const namespace of snapshot.folders('namespaces')) {
      for (const { oid } of snapshot.files(`namespaces/${namespace}/${typeName(type)}`)) {
        facts.observe(type, readYaml(splitComments(snapshot.read(oid).toString('utf8')).body), false);
      }
    }
  }
  return facts;
}
