import { escapeText } from '../../lib/escape.js';
import type { RestorePlan } from '../../model/restore-plan.js';
import { readLive } from '../plan/look-up.js';
import type { PlanContext } from '../plan/plan-deps.js';
import { wordsOf } from '../write/answers.js';
import { newBodyOf } from '../write/recreate.js';
import { WRITE } from '../write/write-deps.js';
import type { OpenIntent } from './journal.js';
import type { RunDeps } from './run-deps.js';

/**
 * A run that was cut between a DELETE and the POST after it leaves an object away. The plan that goes on creates what the commit
 * says; where the server refuses that, the object of before comes back from the journal. Returns a note for each such object.
 */
export async function putBackOpen(deps: RunDeps, context: PlanContext, { steps }: RestorePlan, open: readonly OpenIntent[], signal: AbortSignal): Promise<string[]> {
  const notes: string[] = [];
  for (const { path, saved } of open) {
    const step = steps.find((each) => each.path === path);
    if (saved === null || step === undefined) continue;
    const type = context.world.served(step.id);
    if (type === null || (await readLive(deps.reader, type, step.id, signal)) !== null) continue;
    const answer = await deps.writer.create(type, step.id.namespace, newBodyOf(saved), WRITE, signal);
    notes.push(escapeText(answer.kind === 'done'
      ? `${path}: an earlier run deleted it and could not create it anew; the object of before was put back`
      : `${path}: an earlier run deleted it, and the object of before was refused, too: ${wordsOf(answer)}`));
  }
  return notes;
}
