import type { RestorePlan } from '../../model/restore-plan.js';
import { identityOfPath } from '../../model/tree-path.js';
import { placedLabel } from '../diff/labels.js';
import type { PlanRendering } from './plan-lines.js';
import { oneLine } from './plan-refusals.js';
import { limited } from './sections.js';

const MOST = 10;

export function* warningLines({ warnings }: Pick<RestorePlan, 'warnings'>, { paint }: PlanRendering): Iterable<string> {
  for (const warning of warnings) yield `${paint('yellow', 'warning:')} ${oneLine(warning)}\n`;
  if (warnings.length > 0) yield '\n';
}

/** Live objects that the commit does not have. */
export function* extraLines({ extra }: Pick<RestorePlan, 'extra'>, { wide, paint }: PlanRendering): Iterable<string> {
  if (extra.length === 0) return;
  yield `${paint('dim', `Live, but not in the commit (${extra.length}): they stay, a restore deletes nothing`)}\n`;
  yield* limited(extra.map((path) => `  ${pathLabel(path)}`), wide ? Infinity : MOST);
  yield '\n';
}

/** Types and namespaces of which nothing can be said. */
export function* uncoveredLines({ uncovered }: Pick<RestorePlan, 'uncovered'>, { wide, paint }: PlanRendering): Iterable<string> {
  if (uncovered.length === 0) return;
  yield `${paint('yellow', `Could not be looked at (${uncovered.length}); nothing of it is written`)}\n`;
  yield* limited(uncovered.map(({ type, namespace, reason }) => `  ${oneLine(type)}${namespace === null ? '' : ` in ${oneLine(namespace)}`}: ${oneLine(reason)}`), wide ? Infinity : MOST);
  yield '\n';
}

/** `configmaps/settings in shop` of a path in the tree, escaped; the path itself where it was cut. */
export function pathLabel(path: string): string {
  const id = identityOfPath(path);
  return id === null ? oneLine(path) : placedLabel(id);
}
