import { WAVES, type RestorePlan, type Step } from '../../model/restore-plan.js';
import { differencePhrase, managersOf } from '../diff/fields-renderer.js';
import { counted, placedLabel } from '../diff/labels.js';
import type { Style } from '../streams.js';
import { isWrite } from './exit-codes.js';
import type { PlanRendering } from './plan-lines.js';
import { oneLine } from './plan-refusals.js';

/** Objects a wave, and fields an object, without -o wide. */
const MOST_STEPS = 25;
const MOST_FIELDS = 8;

/** What is written, wave by wave, each changed object with its fields from live to desired. */
export function* stepLines({ steps }: Pick<RestorePlan, 'steps'>, rendering: PlanRendering): Iterable<string> {
  for (const wave of WAVES) {
    const writes = steps.filter((step) => step.wave === wave && isWrite(step));
    if (writes.length === 0) continue;
    yield `${rendering.paint('bold', `Wave ${WAVES.indexOf(wave) + 1}, ${wave}`)}: ${counted(writes.length, 'object')}\n`;
    // What changes is worth more than what is new.
    const sorted = rendering.wide ? writes : writes.toSorted((a, b) => RANK[b.action] - RANK[a.action]);
    const shown = rendering.wide ? sorted : sorted.slice(0, MOST_STEPS);
    for (const step of shown) yield* oneStep(step, rendering);
    if (shown.length < writes.length) yield `  and ${(writes.length - shown.length).toLocaleString('en-US')} more (-o wide shows all)\n`;
    yield '\n';
  }
}

const RANK: Readonly<Record<Step['action'], number>> = { recreate: 3, update: 2, create: 1, leave: 0, skip: 0, blocked: 0, incompatible: 0, unchanged: 0 };
const SIGNS: Partial<Record<Step['action'], readonly [sign: string, style: Style]>> = { create: ['+', 'green'], update: ['~', 'yellow'], recreate: ['!', 'red'] };

function* oneStep(step: Step, { wide, paint }: PlanRendering): Iterable<string> {
  const [sign, style] = SIGNS[step.action] ?? ['~', 'yellow'];
  yield `  ${paint(style, sign)} ${step.action} ${paint('bold', placedLabel(step.id))}${remarks(step).map((remark) => paint('dim', `  [${remark}]`)).join('')}\n`;
  const shown = wide ? step.fields : step.fields.slice(0, MOST_FIELDS);
  for (const field of shown) {
    const managers = managersOf(field);
    yield `      ${oneLine(differencePhrase(field))}${managers === '' ? '' : `  ${paint('dim', managers)}`}${isImmutable(step, field.path) ? `  ${paint('red', immutableWords(step))}` : ''}\n`;
  }
  if (shown.length < step.fields.length) yield `      and ${step.fields.length - shown.length} more fields (-o wide shows all)\n`;
}

function remarks({ class: kind, dryRun, claim, reason }: Step): string[] {
  return [
    ...(kind === 'durable' ? [] : [kind]),
    ...(claim === undefined ? [] : [`data: ${claim.data}`]),
    ...(dryRun?.result === 'unverified' ? [`tried on the way: ${oneLine(dryRun.reason)}`] : []),
    ...(dryRun?.result === 'passed' ? dryRun.warnings.map((warning) => `the server warns: ${oneLine(warning)}`) : []),
    ...(reason === null ? [] : [oneLine(reason)]),
  ];
}

/** A field that lies in one that was proven immutable. */
function isImmutable({ immutable }: Step, path: string): boolean {
  return immutable.some((each) => path === each || path.startsWith(`${each}.`) || path.startsWith(`${each}[`));
}

function immutableWords({ action }: Step): string {
  return action === 'recreate' ? 'immutable' : 'immutable: stays as it is live';
}
