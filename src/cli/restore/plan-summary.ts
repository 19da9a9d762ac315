import type { Action, RestorePlan, Step } from '../../model/restore-plan.js';
import { typeName } from '../../model/resource-type.js';
import { tableLines } from '../render/table.js';
import type { PlanRendering } from './plan-lines.js';

const ACTIONS: readonly Action[] = ['create', 'update', 'recreate', 'leave', 'skip', 'blocked', 'incompatible'];
/** More rows than a person reads: one a type then, over all namespaces. */
const MOST_ROWS = 40;

/** How many steps of each action, by namespace and type. */
export function* summaryLines({ steps }: Pick<RestorePlan, 'steps'>, { wide }: Pick<PlanRendering, 'wide'>): Iterable<string> {
  if (steps.length === 0) return;
  const byNamespace = countBy(steps, ({ id }) => [id.namespace === '' ? '-' : id.namespace, typeName(id)]);
  const rows = wide || byNamespace.size <= MOST_ROWS ? byNamespace : countBy(steps, ({ id }) => ['(all)', typeName(id)]);
  const columns = ACTIONS.filter((action) => steps.some((step) => step.action === action));
  const sorted = [...rows.values()].sort((a, b) => order(a.names[0], b.names[0]) || order(a.names[1], b.names[1]));
  yield* tableLines(
    ['NAMESPACE', 'TYPE', ...columns.map((action) => action.toUpperCase())],
    sorted.map(({ names, counts }) => [...names, ...columns.map((action) => String(counts.get(action) ?? 0))]),
  );
  yield '\n';
}

interface Row {
  readonly names: readonly [namespace: string, type: string];
  readonly counts: Map<Action, number>;
}

function countBy(steps: readonly Step[], namesOf: (step: Step) => readonly [string, string]): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const step of steps) {
    const names = namesOf(step);
    const key = JSON.stringify(names);
    const row = rows.get(key) ?? { names, counts: new Map<Action, number>() };
    rows.set(key, row);
    row.counts.set(step.action, (row.counts.get(step.action) ?? 0) + 1);
  }
  return rows;
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
