import { readTypes } from '../../capture/meta-files.js';
import { Selection } from '../../inspect/selection.js';
import type { History, Snapshot } from '../../model/history.js';
import { RepositoryError } from '../../model/repository-error.js';
import type { RestoreOptions, RestoreScope } from '../../model/restore-plan.js';
import { typeName } from '../../model/resource-type.js';
import type { CommitInfo } from '../../model/tape.js';
import { treePath } from '../../model/tree-path.js';
import { makePlan, type Planned } from '../../restore/plan/make-plan.js';
import type { PlanDeps, PlanProgress } from '../../restore/plan/plan-deps.js';
import type { CommandContext } from '../context.js';
import { counted } from '../diff/labels.js';
import { resolveRevision } from '../revision-note.js';
import { UsageError } from '../usage-error.js';
import { selectionOfScope } from './scope.js';

/** What is to be put back, and how. */
export interface Wish {
  readonly commit: CommitInfo;
  readonly scope: RestoreScope;
  readonly options: RestoreOptions;
}

/** The commit that the first word names; for a word that names an object, the hint that the revision comes first. */
export async function commitOf(given: string, command: string, history: History, context: CommandContext): Promise<CommitInfo> {
  try {
    return (await resolveRevision(history, given, context, context.signal)).commit;
  } catch (error) {
    if (!(error instanceof RepositoryError) || error.code !== 'NOT_FOUND' || !given.includes('/') || given.startsWith('pre-restore/')) throw error;
    throw new RepositoryError('NOT_FOUND', error.message, { hint: `The revision comes first: kubetape ${command} HEAD ${given}`, cause: error });
  }
}

export interface PlanManners {
  /** Dry runs at the same time; undefined: the planner's default. */
  readonly concurrency: number | undefined;
  /** A person has just named the objects: one that the commit does not have is a mistake. */
  readonly named: boolean;
}

/** The whole plan of a wish, with progress. UsageError NOT_FOUND for a named object that the commit does not have. */
export async function planWish(context: CommandContext, deps: PlanDeps, { commit, scope, options }: Wish, { concurrency, named }: PlanManners): Promise<Planned> {
  const snapshot = deps.history.snapshot(commit);
  const selection = Selection.parse(selectionOfScope(scope), readTypes(snapshot));
  if (named) assertNamed(snapshot, selection);
  try {
    const planned = await makePlan(deps, { snapshot, selection, scope, options, onProgress: planProgress(context), ...(concurrency === undefined ? {} : { concurrency }) }, context.signal);
    if (named) assertSomething(planned.plan, selection);
    return planned;
  } finally {
    context.activity.done();
  }
}

export function planProgress({ activity }: Pick<CommandContext, 'activity'>): (progress: PlanProgress) => void {
  return (progress) => { activity.show(progressWords(progress)); };
}

/** `comparing 12,000 objects`, `trying 300/1,200`. */
export function progressWords({ phase, done, total }: PlanProgress): string {
  return phase === 'comparing' ? `comparing ${counted(done, 'object')}` : `trying ${done.toLocaleString('en-US')}/${(total ?? done).toLocaleString('en-US')}`;
}

/** A scope that holds nothing is a namespace or a label that was typed wrong. */
function assertSomething({ steps, unchanged, commit }: Planned['plan'], selection: Selection): void {
  if (steps.length > 0 || unchanged > 0) return;
  throw new UsageError('NOT_FOUND', `Commit ${commit.oid.slice(0, 12)} has nothing of this scope: ${selection.describe()}`, { hint: `kubetape ls -A --at ${commit.oid.slice(0, 12)} lists what it has` });
}

/** A name that was typed wrong must not pass for an object that needs nothing. */
function assertNamed(snapshot: Snapshot, selection: Selection): void {
  const folders = [...selection.folders(snapshot)];
  const missing = selection.types().flatMap((type) => [...(selection.namesOf(type) ?? [])]
    .filter((name) => !folders.some((folder) => folder.type === type && snapshot.oidAt(treePath({ ...type, namespace: folder.namespace, name })) !== null))
    .map((name) => `${typeName(type)}/${name}`));
  if (missing.length === 0) return;
  const namespaces = selection.namespaces === null ? '' : ` in ${selection.namespaces.join(', ')}`;
  const [first = ''] = missing;
  throw new UsageError('NOT_FOUND', `Commit ${snapshot.commit.oid.slice(0, 12)} does not have ${missing.join(', ')}${namespaces}`, {
    hint: `kubetape log ${first} finds the commits that have it; kubetape ls --at ${snapshot.commit.oid.slice(0, 12)} lists what is in this one`,
  });
}
