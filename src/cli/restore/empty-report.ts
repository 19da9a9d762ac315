import type { RestorePlan } from '../../model/restore-plan.js';
import type { RestoreReport } from '../../model/restore-run.js';
import { countResults, unwritten } from '../../restore/run/results.js';

/** The report of a restore that found nothing to write: the plan is its proof. */
export function emptyReport(plan: RestorePlan, run: string, now: number): RestoreReport {
  const results = plan.steps.flatMap((step) => unwritten(step) ?? []);
  const at = new Date(now).toISOString();
  return {
    schema: 'kubetape.io/restore/v1', run, startedAt: plan.createdAt, endedAt: at, phases: {}, commit: plan.commit.oid, cluster: plan.cluster.identity,
    saved: null, interrupted: false, counts: countResults(results), results, extra: plan.extra, warnings: plan.warnings,
  };
}
