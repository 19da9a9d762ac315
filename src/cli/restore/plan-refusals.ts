import type { Action, RestorePlan, Step } from '../../model/restore-plan.js';
import { counted, placedLabel } from '../diff/labels.js';
import { terminalSafe } from '../render/safe-text.js';
import type { Style } from '../streams.js';
import type { PlanRendering } from './plan-lines.js';
import { grouped, limited } from './sections.js';

const MOST = 10;
const FEW_OBJECTS = 3;

/** What the server refuses already in a dry run. */
export function* refusedLines({ steps }: Pick<RestorePlan, 'steps'>, { wide, paint }: PlanRendering): Iterable<string> {
  const refused = steps.flatMap((step) => (step.dryRun?.result === 'refused' ? [{ step, message: step.dryRun.message }] : []));
  if (refused.length === 0) return;
  yield `${paint('red', `The server refuses now (${refused.length})`)}\n`;
  yield* limited(refused.map(({ step, message }) => `  ${step.action} ${placedLabel(step.id)}: ${oneLine(message)}`), wide ? Infinity : MOST);
  yield '\n';
}

const TITLES: readonly (readonly [action: Action, title: string, style: Style])[] = [
  ['incompatible', 'Incompatible', 'red'],
  ['blocked', 'Blocked for now', 'yellow'],
  ['leave', 'Left as they are live', 'dim'],
  ['skip', 'Skipped', 'dim'],
];

/** What is not written, with the reasons and how many objects have each. */
export function* unwrittenLines({ steps }: Pick<RestorePlan, 'steps'>, { wide, paint }: PlanRendering): Iterable<string> {
  for (const [action, title, style] of TITLES) {
    const held = steps.filter((step) => step.action === action);
    if (held.length === 0) continue;
    yield `${paint(style, `${title} (${held.length})`)}\n`;
    yield* limited(reasonLines(held, wide), wide ? Infinity : MOST);
    yield '\n';
  }
}

function reasonLines(steps: readonly Step[], wide: boolean): string[] {
  return grouped(steps, ({ reason }) => reason ?? 'no reason given').map(({ name, members }) => {
    const shown = wide ? members : members.slice(0, FEW_OBJECTS);
    const more = shown.length < members.length ? `, and ${(members.length - shown.length).toLocaleString('en-US')} more` : '';
    return `  ${counted(members.length, 'object')}: ${oneLine(name)}: ${shown.map(({ id }) => placedLabel(id)).join(', ')}${more}`;
  });
}

/** Words of a server or of a plan file: nothing in them moves a cursor or begins a line. */
export function oneLine(words: string): string {
  return terminalSafe(words.replaceAll(/\s*\n\s*/g, ' '));
}
