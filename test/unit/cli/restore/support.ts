// Plans and reports as small as a test needs them.
import type { Difference } from '../../../../src/model/comparison.js';
import type { RestorePlan, Step } from '../../../../src/model/restore-plan.js';
import type { RestoreReport, ResultKind, StepResult } from '../../../../src/model/restore-run.js';
import { countResults } from '../../../../src/restore/run/results.js';

/** What a name, a server's word or a plan file may hold. */
export const HOSTILE = 'x\u001b[2J\u009b2J\u202e\nWave 99, forged\u{e0041}';
/** What must not be in an output: controls but tabs and line feeds, and what turns or hides text. */
export const HARMFUL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b-\u200f\ufeff]|\u{e0041}/u;

export const NAMES = { paint: (_style: unknown, text: string): string => text };

export function step(name: string, more: Partial<Step> = {}): Step {
  return {
    id: { group: '', resource: 'configmaps', namespace: 'shop', name }, kind: 'ConfigMap', apiVersion: 'v1', path: `namespaces/shop/configmaps/${name}.yaml`, oid: '0'.repeat(40),
    class: 'durable', wave: 'configuration', action: 'create', reason: null, live: null, fields: [], immutable: [], dryRun: { result: 'passed', warnings: [] }, dangers: [], dependsOn: [], ...more,
  };
}

export function field(path: string, before: Difference['before'], after: Difference['after'], more: Partial<Difference> = {}): Difference {
  return { path, keys: path.split('.'), before, after, class: 'intent', ...more };
}

export function plan(steps: readonly Step[], more: Partial<RestorePlan> = {}): RestorePlan {
  return {
    schema: 'kubetape.io/plan/v1', createdAt: '2026-11-21T08:00:00.000Z', kubetape: 'test', repository: '/repo',
    commit: { oid: '0123456789abcdef0123456789abcdef01234567', tree: '1'.repeat(40), subject: 'shop: scale web', committedAt: '2026-11-20T14:00:00.000Z' },
    cluster: { name: 'https://127.0.0.1:6443', identity: 'kube-system 1', server: 'v1.36.3', recorded: 'kube-system 1' },
    scope: { everything: false, namespaces: ['shop'], objects: [], selector: null, exclude: [] },
    options: { onlyMissing: false, onExisting: 'update', onImmutable: 'keep', strategy: 'exact', toOtherCluster: false },
    steps, unchanged: 0, extra: [], uncovered: [], warnings: [], ...more,
  };
}

export function result(name: string, kind: ResultKind, more: Partial<StepResult> = {}): StepResult {
  const { id, path, wave } = step(name);
  return { id, kind: 'ConfigMap', path, wave, action: 'create', result: kind, verbs: ['POST'], attempts: 1, milliseconds: 1, status: 201, message: null, warnings: [], fields: [], ...more };
}

export function report(results: readonly StepResult[], more: Partial<RestoreReport> = {}): RestoreReport {
  return {
    schema: 'kubetape.io/restore/v1', run: '20261121T080000Z-4f3a', startedAt: '2026-11-21T08:00:00.000Z', endedAt: '2026-11-21T08:00:05.000Z', phases: { applying: 5000 },
    commit: '0123456789abcdef0123456789abcdef01234567', cluster: 'kube-system 1', saved: null, interrupted: false,
    counts: countResults(results), results, extra: [], warnings: [], ...more,
  };
}
