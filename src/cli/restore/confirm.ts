import type { RestorePlan } from '../../model/restore-plan.js';
import { counted } from '../diff/labels.js';
import { notConfirmed, type Ask } from './ask.js';
import { isWrite } from './exit-codes.js';
import { oneLine } from './plan-refusals.js';

/** What a person is asked before the first write, and the only word that is a yes. */
export interface Question {
  readonly text: string;
  readonly expected: string;
}

/** The more a plan can destroy, the less a habit may confirm it: deletions by their number, data by its word. */
export function questionOf({ steps, cluster }: Pick<RestorePlan, 'steps' | 'cluster'>): Question {
  const writes = steps.filter(isWrite);
  const recreated = writes.filter(({ action }) => action === 'recreate').length;
  const data = writes.filter(({ dangers }) => dangers.some(({ kind }) => kind === 'data')).length;
  const to = `${counted(writes.length, 'object')} to ${oneLine(cluster.name)}`;
  if (recreated > 0) {
    return { text: `Objects are deleted and created again. Type how many to restore ${to}: `, expected: String(recreated) };
  }
  if (data > 0) return { text: `The data of ${counted(data, 'object')} is at stake. Type data to restore ${to}: `, expected: 'data' };
  return { text: `Type yes to restore ${to}: `, expected: 'yes' };
}

/** RestoreError NOT_CONFIRMED unless the answer is the expected word. */
export async function confirm(plan: Pick<RestorePlan, 'steps' | 'cluster'>, ask: Ask, signal: AbortSignal): Promise<void> {
  const { text, expected } = questionOf(plan);
  const answer = await ask(text, signal);
  if (answer?.trim() !== expected) throw notConfirmed(answer, expected);
}
