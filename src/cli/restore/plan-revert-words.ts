import { Selection } from '../../inspect/selection.js';
import { EXIT } from '../../lib/exit-codes.js';
import type { RestoreOptions, RestoreScope } from '../../model/restore-plan.js';
import type { PlanDeps } from '../../restore/plan/plan-deps.js';
import { planRevert, revertTypes } from '../../restore/revert/plan-revert.js';
import type { CommandContext } from '../context.js';
import { UsageError } from '../usage-error.js';
import type { CarryOut } from './carry-out.js';
import { newRun } from './plan-sources.js';
import { commitOf, planProgress } from './plan-wish.js';
import { selectionOfScope } from './scope.js';

/** The change that is taken back: what happened after `from` up to `to`. */
export interface Range {
  readonly from: string;
  readonly to: string;
}

/** `A..B`; `A..` goes up to the head. UsageError for anything else: A alone is not what `git revert A` means. */
export function rangeOf(word: string | undefined): Range {
  const [, from = '', to = ''] = /^([^.](?:.*?[^.])?)\.\.([^.].*)?$/s.exec(word ?? '') ?? [];
  if (from !== '') return { from, to: to === '' ? 'HEAD' : to };
  throw new UsageError('USAGE', 'revert needs a change, as A..B', { hint: "One commit C is C~1..C: kubetape revert HEAD~1..HEAD -n shop; kubetape revert '2 hours ago..1 hour ago' deploy/web -n shop" });
}

/** The plan that takes a change back. RepositoryError for ends that name nothing; UsageError when A is not before B. */
export async function planOfRevert(context: CommandContext, deps: PlanDeps, { from, to }: Range, { scope, options }: { readonly scope: RestoreScope; readonly options: RestoreOptions }, concurrency: number | undefined): Promise<Pick<CarryOut, 'planned' | 'run' | 'resumed' | 'unfinished' | 'exitCodes'>> {
  const ends = { from: await commitOf(from, 'revert', deps.history, context), to: await commitOf(to, 'revert', deps.history, context) };
  const selection = Selection.parse(selectionOfScope(scope), revertTypes(deps, ends));
  const run = newRun(deps);
  try {
    const { plan, context: made, conflicts } = await planRevert(deps, { ...ends, selection, scope, options, run, onProgress: planProgress(context), ...(concurrency === undefined ? {} : { concurrency }) }, context.signal);
    return { planned: { plan, context: made }, run, resumed: false, unfinished: false, exitCodes: conflicts.length > 0 ? [EXIT.part] : [] };
  } finally {
    context.activity.done();
  }
}
