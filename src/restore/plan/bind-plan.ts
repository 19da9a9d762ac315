import { jsonEqual } from '../../canon/rules/json-equal.js';
import { escapeLine } from '../../lib/escape.js';
import type { Json } from '../../lib/json.js';
import { sameCluster } from '../../model/cluster-identity.js';
import { ACTION_DANGER, type DangerKind, type RestorePlan, type Step } from '../../model/restore-plan.js';
import { RestoreError } from '../restore-error.js';
import type { Planned } from './make-plan.js';

/** What the reason of a step begins with that became more dangerous than the plan says. */
export const STALE_STEP = 'stale-plan: ';

/** Dangers that nobody has agreed to who saw a plan without them. */
const GRAVE: ReadonlySet<DangerKind> = new Set(['recreate', 'restart', 'data']);

/**
 * A plan from a file, to be carried out only as far as a fresh plan (of the same commit, scope and options) agrees: what is equal by now
 * is dropped, what moved is done as the fresh plan says, and what became more dangerous than the file says, or is not in it, is
 * left and reported. RestoreError STALE_PLAN for another cluster, commit, scope or other options.
 */
export function bindPlan(plan: RestorePlan, fresh: Planned): Planned {
  assertSame(plan, fresh.plan);
  const agreed = new Map(plan.steps.map((step) => [step.path, step]));
  const steps = fresh.plan.steps.map((step) => bound(step, agreed.get(step.path)));
  const stale = steps.filter(({ action, reason }) => action === 'skip' && reason?.startsWith(STALE_STEP) === true).length;
  const warnings = stale === 0 ? [] : [`${stale} ${stale === 1 ? 'step is' : 'steps are'} left, because more would be done by now than the plan says`];
  return { context: fresh.context, plan: { ...fresh.plan, steps, warnings: [...fresh.plan.warnings, ...warnings] } };
}

function assertSame(plan: RestorePlan, fresh: RestorePlan): void {
  const hint = 'Make the plan anew with `kubetape plan`';
  const stale = (what: string): RestoreError => new RestoreError('STALE_PLAN', `The plan is of ${what}: nothing was restored`, { hint });
  if (!sameCluster({ text: plan.cluster.identity }, { text: fresh.cluster.identity })) {
    throw stale(`another cluster (${escapeLine(plan.cluster.identity, 100)}) than the one at ${escapeLine(fresh.cluster.name, 100)} (${escapeLine(fresh.cluster.identity, 100)})`);
  }
  if (plan.commit.tree !== fresh.commit.tree) throw stale(`another commit (${plan.commit.oid.slice(0, 12)}) than the one that would be restored (${fresh.commit.oid.slice(0, 12)})`);
  if (!isSame(plan.scope, fresh.scope)) throw stale('another scope than the one that was asked for');
  if (!isSame(plan.options, fresh.options)) throw stale('other options than those that were given');
}

function bound(fresh: Step, agreed: Step | undefined): Step {
  if (ACTION_DANGER[fresh.action] === 0) return fresh;
  const reason = agreed === undefined ? `it would be ${VERBS[fresh.action] ?? fresh.action} by now, and the plan does not know it` : moreDangerous(fresh, agreed);
  return reason === null ? fresh : { ...fresh, action: 'skip', reason: STALE_STEP + reason, dryRun: null, dangers: [], fields: [], immutable: [] };
}

function moreDangerous(fresh: Step, agreed: Step): string | null {
  if (ACTION_DANGER[fresh.action] > ACTION_DANGER[agreed.action]) return `it would be ${VERBS[fresh.action] ?? fresh.action} by now, and the plan says ${agreed.action}`;
  const known = new Set(agreed.dangers.map(({ kind }) => kind));
  const danger = fresh.dangers.find(({ kind }) => GRAVE.has(kind) && !known.has(kind));
  return danger === undefined ? null : `${danger.words}, which the plan does not say`;
}

const VERBS: Partial<Record<Step['action'], string>> = { create: 'created', update: 'updated', recreate: 'recreated' };

function isSame(a: object, b: object): boolean {
  return jsonEqual(a as Json, b as Json);
}
