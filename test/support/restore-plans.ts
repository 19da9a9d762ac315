// Plans and reports as a run makes them, without a cluster.
import type { ObjectId } from '../../src/model/object-id.js';
import type { RestorePlan, Step } from '../../src/model/restore-plan.js';
import type { RestoreReport, ResultKind, StepResult } from '../../src/model/restore-run.js';
import { treePath } from '../../src/model/tree-path.js';
import { countResults } from '../../src/restore/run/results.js';

export function idOf(name: string, given: Partial<ObjectId> = {}): ObjectId {
  return { group: '', resource: 'configmaps', namespace: 'shop', name, ...given };
}

export function step(name: string, given: Partial<Step> = {}): Step {
  const id = given.id ?? idOf(name);
  return {
    id, kind: 'ConfigMap', apiVersion: 'v1', path: treePath(id), oid: '1'.repeat(40), class: 'durable', wave: 'configuration', action: 'update', reason: null,
    live: { uid: 'u', resourceVersion: '7' }, fields: [], immutable: [], dryRun: { result: 'passed', warnings: [] }, dangers: [], dependsOn: [], ...given,
  };
}

export function plan(steps: readonly Step[] = [], given: Partial<RestorePlan> = {}): RestorePlan {
  return {
    schema: 'kubetape.io/plan/v1', createdAt: '2026-11-21T08:00:00.000Z', kubetape: '1.0', repository: '/data/cluster.git',
    commit: { oid: 'a'.repeat(40), tree: 'b'.repeat(40), subject: 'shop: scale web', committedAt: '2026-11-20T08:00:00.000Z' },
    cluster: { name: 'https://10.0.0.1', identity: 'kube-system 1', server: 'v1.36.3', recorded: 'kube-system 1' },
    scope: { everything: false, namespaces: ['shop'], objects: [], selector: null, exclude: [] },
    options: { onlyMissing: false, onExisting: 'update', onImmutable: 'keep', strategy: 'exact', toOtherCluster: false },
    steps, unchanged: 12, extra: [], uncovered: [], warnings: [], ...given,
  };
}

export function result(kind: ResultKind, name: string, given: Partial<StepResult> = {}): StepResult {
  const id = given.id ?? idOf(name);
  return {
    id, kind: 'ConfigMap', path: treePath(id), wave: 'configuration', action: 'update', result: kind, verbs: kind === 'done' ? ['PUT'] : [], attempts: 1, milliseconds: 12.4,
    status: null, message: null, warnings: [], fields: [], ...given,
  };
}

export function report(results: readonly StepResult[] = [], given: Partial<RestoreReport> = {}): RestoreReport {
  return {
    schema: 'kubetape.io/restore/v1', run: '20261121T080000Z-4f3a', startedAt: '2026-11-21T08:00:00.000Z', endedAt: '2026-11-21T08:00:04.500Z', phases: { preflight: 100, saving: 200, applying: 3000, verifying: 1200 },
    commit: 'a'.repeat(40), cluster: 'kube-system 1', saved: 'refs/kubetape/pre-restore/20261121T080000Z-4f3a', interrupted: false,
    counts: countResults(results), results, extra: [], warnings: [], ...given,
  };
}

/** Names and messages that try to break out of a document. */
export const HOSTILE: readonly string[] = ['</failure><testcase name="forged"/>', '"><!--', 'a\n| forged | 0 |', '\u001b[31mred\u009b2J', '\u202egnirts', '](http://evil) `code` <b>', '\u{e0041}\ufeff', ']]>', '&amp;', '# heading'];
