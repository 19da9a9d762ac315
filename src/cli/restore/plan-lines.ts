import { cutEscaped } from '../../lib/escape.js';
import { EXIT } from '../../lib/exit-codes.js';
import type { RestorePlan } from '../../model/restore-plan.js';
import { counted } from '../diff/labels.js';
import { localTime } from '../render/time.js';
import type { Style } from '../streams.js';
import { isWrite, planExitCode } from './exit-codes.js';
import { dangerLines } from './plan-dangers.js';
import { oneLine, refusedLines, unwrittenLines } from './plan-refusals.js';
import { stepLines } from './plan-steps.js';
import { summaryLines } from './plan-summary.js';
import { extraLines, uncoveredLines, warningLines } from './plan-remarks.js';
import { optionWords } from './restore-options.js';
import { scopeWords } from './scope.js';

export interface PlanRendering {
  /** Everything, without limits. */
  readonly wide: boolean;
  readonly paint: (style: Style, text: string) => string;
}

/** A plan for people, dangers first; the last line is what can be relied on. Everything foreign in it is escaped. */
export function* planLines(plan: RestorePlan, rendering: PlanRendering): Iterable<string> {
  yield* headerLines(plan, rendering);
  yield* summaryLines(plan, rendering);
  yield* warningLines(plan, rendering);
  yield* dangerLines(plan, rendering);
  yield* refusedLines(plan, rendering);
  yield* unwrittenLines(plan, rendering);
  yield* stepLines(plan, rendering);
  yield* extraLines(plan, rendering);
  yield* uncoveredLines(plan, rendering);
  yield `${rendering.paint(colourOf(plan), planConclusion(plan))}\n`;
}

const SUBJECT = 100;

function* headerLines({ commit, cluster, scope, options }: RestorePlan, { paint }: PlanRendering): Iterable<string> {
  const rows: [string, string][] = [
    ['Commit', `${commit.oid.slice(0, 12)} of ${localTime(Math.floor(Date.parse(commit.committedAt) / 1000))}: ${cutEscaped(oneLine(commit.subject), SUBJECT)}`],
    ['Cluster', [cluster.name, cluster.server, `(${cluster.identity})`].filter((part) => part !== '').map(oneLine).join(' ')],
    ...(cluster.recorded === cluster.identity || cluster.recorded === '' ? [] : [['Of another', `cluster: ${oneLine(cluster.recorded)}`] satisfies [string, string]]),
    ['Scope', scopeWords(scope).map(oneLine).join(' ')],
    ['Options', optionWords(options).join(' ') || 'exact; what exists is updated, immutable fields stay as they are live'],
  ];
  for (const [label, value] of rows) yield `${paint('bold', `${label}:`.padEnd(11))} ${value}\n`;
  yield '\n';
}

const VERBS = { create: 'create', update: 'update', recreate: 'delete and create again' } as const;

/** One line: what would be written, what not, and how far it was tried. */
export function planConclusion({ steps, unchanged }: Pick<RestorePlan, 'steps' | 'unchanged'>): string {
  const writes = steps.filter(isWrite);
  const equal = `${counted(unchanged, 'object')} ${unchanged === 1 ? 'is' : 'are'} as the commit says`;
  const others = (['leave', 'skip', 'blocked', 'incompatible'] as const).flatMap((action) => {
    const count = steps.filter((step) => step.action === action).length;
    return count === 0 ? [] : [`${count.toLocaleString('en-US')} ${WORDS[action]}`];
  });
  if (writes.length === 0) return [`Nothing to write: ${equal}`, ...others].join(', ');
  const parts = (['create', 'update', 'recreate'] as const).flatMap((action) => {
    const count = writes.filter((step) => step.action === action).length;
    return count === 0 ? [] : [`${VERBS[action]} ${count.toLocaleString('en-US')}`];
  });
  return [`A restore would write ${counted(writes.length, 'object')}: ${parts.join(', ')} (${triedWords(writes.map(({ dryRun }) => dryRun))}); ${equal}`, ...others].join(', ');
}

export const WORDS = { leave: 'left as they are', skip: 'skipped', blocked: 'blocked', incompatible: 'incompatible' } as const;

function triedWords(dryRuns: readonly RestorePlan['steps'][number]['dryRun'][]): string {
  const count = (result: string): number => dryRuns.filter((dryRun) => (dryRun?.result ?? 'unverified') === result).length;
  const [passed, unverified, refused] = [count('passed'), count('unverified'), count('refused')];
  if (passed === dryRuns.length) return dryRuns.length === 1 ? 'it passed a dry run' : 'each passed a dry run';
  return [`${passed} passed a dry run`, ...(unverified === 0 ? [] : [`${unverified} can only be tried on the way`]), ...(refused === 0 ? [] : [`${refused} refused now`])].join(', ');
}

function colourOf(plan: RestorePlan): Style {
  const code = planExitCode(plan);
  return code === EXIT.done ? 'green' : code === EXIT.failed ? 'red' : 'yellow';
}
