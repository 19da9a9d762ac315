import type { Danger, DangerKind, RestorePlan } from '../../model/restore-plan.js';
import type { Style } from '../streams.js';
import type { PlanRendering } from './plan-lines.js';
import { oneLine } from './plan-refusals.js';
import { limited } from './sections.js';

/** Gravest first, each with the words above its objects. */
export const DANGERS: readonly (readonly [kind: DangerKind, title: string, style: Style])[] = [
  ['recreate', 'Objects are deleted and created again', 'red'],
  ['data', 'Data is at stake', 'red'],
  ['restart', 'Pods restart', 'yellow'],
  ['webhook', 'A webhook that nobody answers stands in the way', 'yellow'],
  ['missing', 'Something that is needed is missing', 'yellow'],
  ['not served', 'The API version of the commit is not served', 'yellow'],
  ['secret', 'Secrets that the repository holds as digests only: they cannot be put back', 'yellow'],
  ['gitops', 'A GitOps tool manages these and may take the change back', 'yellow'],
  ['orphan', 'Owners are gone', 'yellow'],
];
const MOST = 10;

/** Every danger of a plan by kind, with its evidence. */
export function* dangerLines({ steps }: Pick<RestorePlan, 'steps'>, { wide, paint }: PlanRendering): Iterable<string> {
  const byKind = groupDangers(steps);
  for (const [kind, title, style] of DANGERS) {
    const dangers = byKind.get(kind) ?? [];
    if (dangers.length === 0) continue;
    yield `${paint(style, `${title} (${dangers.length})`)}\n`;
    yield* limited(dangers.map((danger) => `  ${dangerPhrase(danger)}`), wide ? Infinity : MOST);
    yield '\n';
  }
}

/** `deployments/web in shop will be deleted and created again (immutable: spec.selector)`, on one line. */
export function dangerPhrase({ words, evidence }: Danger): string {
  return oneLine(`${words}${evidence === '' ? '' : ` (${evidence})`}`);
}

export function groupDangers(steps: RestorePlan['steps']): ReadonlyMap<DangerKind, readonly Danger[]> {
  const byKind = new Map<DangerKind, Danger[]>();
  for (const danger of steps.flatMap(({ dangers }) => dangers)) {
    const same = byKind.get(danger.kind);
    if (same === undefined) byKind.set(danger.kind, [danger]);
    else same.push(danger);
  }
  return byKind;
}
