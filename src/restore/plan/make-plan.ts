import { escapeText } from '../../lib/escape.js';
import { mapLimited } from '../../lib/map-limited.js';
import { WAVES, type RestorePlan, type Step } from '../../model/restore-plan.js';
import { PatientReader } from '../patient-reader.js';
import { compareScope } from './compare-scope.js';
import { draftAll } from './draft.js';
import type { PlanContext, PlanDeps, PlanRequest } from './plan-deps.js';
import { planStep } from './plan-step.js';
import { Surroundings } from './surroundings.js';

const CONCURRENCY = 32;

/** A plan and what it was made from. */
export interface Planned {
  readonly plan: RestorePlan;
  readonly context: PlanContext;
}

/**
 * The whole plan, before anything is written: every file in scope compared with live, every difference tried out by a dry run.
 * RestoreError OTHER_CLUSTER; ClusterError, RepositoryError, the signal's reason.
 */
export async function makePlan(given: PlanDeps, request: PlanRequest, signal: AbortSignal): Promise<Planned> {
  const deps: PlanDeps = { ...given, reader: PatientReader.over(given) };
  const { context, candidates, extra, unchanged, cluster, doubt } = await compareScope(deps, request, signal);
  const drafts = draftAll(candidates, context);
  const around = await Surroundings.look(context, deps, signal);
  let done = 0;
  const steps = await mapLimited(drafts, request.concurrency ?? CONCURRENCY, signal, async (draft, stop) => {
    const step = await planStep(draft, context, around, deps, stop);
    request.onProgress?.({ phase: 'trying', done: ++done, total: drafts.length });
    return step;
  });
  const { commit } = request.snapshot;
  const equal = steps.filter(({ action }) => action === 'unchanged').length;
  const plan: RestorePlan = {
    schema: 'kubetape.io/plan/v1',
    createdAt: new Date(deps.clock.now()).toISOString(),
    kubetape: deps.version,
    repository: deps.history.location,
    commit: { oid: commit.oid, tree: commit.tree, subject: escapeText(commit.message.split('\n', 1)[0] ?? ''), committedAt: new Date(commit.committedAt * 1000).toISOString() },
    cluster,
    scope: request.scope,
    options: request.options,
    steps: steps.filter(({ action }) => action !== 'unchanged').sort(inOrder),
    unchanged: unchanged + equal,
    extra,
    uncovered: context.uncovered.map(({ type, namespace, reason }) => ({ type, namespace: namespace ?? null, reason: escapeText(reason) })),
    warnings: warningsOf(request, doubt, around.dead.length),
  };
  return { plan, context };
}

/** By waves, then paths. */
export function inOrder(a: Step, b: Step): number {
  return WAVES.indexOf(a.wave) - WAVES.indexOf(b.wave) || (a.path < b.path ? -1 : 1);
}

function warningsOf({ snapshot }: PlanRequest, doubt: string | null, dead: number): string[] {
  const terminating = /^Kubetape-Terminating: (.*)$/m.exec(snapshot.commit.message)?.[1];
  return [
    ...(doubt === null ? [] : [escapeText(doubt)]),
    ...(terminating === undefined ? [] : [`the commit was made while namespaces were being deleted (${escapeText(terminating)}): objects of them may be missing in it`]),
    ...(dead === 0 ? [] : [`${dead} ${dead === 1 ? 'webhook fails' : 'webhooks fail'} closed and ${dead === 1 ? 'has' : 'have'} no ready endpoint`]),
  ];
}
