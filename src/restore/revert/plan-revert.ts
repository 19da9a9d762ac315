import { META, typesFile, type RecordedType } from '../../capture/meta-files.js';
import { commitPolicy } from '../../inspect/commit-policy.js';
import { Selection } from '../../inspect/selection.js';
import { cutEscaped, escapeLine } from '../../lib/escape.js';
import type { Snapshot } from '../../model/history.js';
import type { RestoreOptions, RestorePlan, RestoreScope, Step } from '../../model/restore-plan.js';
import { apiVersionOf, typeName } from '../../model/resource-type.js';
import type { CommitInfo } from '../../model/tape.js';
import { nameOf } from '../dangers.js';
import { assertCluster } from '../plan/assert-cluster.js';
import { inOrder, makePlan, type Planned } from '../plan/make-plan.js';
import type { PlanDeps, PlanProgress } from '../plan/plan-deps.js';
import { waveOf } from '../wave.js';
import { changedObjects, typesOf, type ChangedObject } from './changed-objects.js';
import { liveStates } from './live-states.js';
import { takeBack, wordsOf, type TakenBack } from './take-back.js';

export interface RevertRequest {
  /** A and B of `revert A..B`: what happened after A up to B is taken back. */
  readonly from: CommitInfo;
  readonly to: CommitInfo;
  /** Parsed over revertTypes(). */
  readonly selection: Selection;
  readonly scope: RestoreScope;
  readonly options: RestoreOptions;
  /** Names the run; the commit of what is put back is `revert/<run>`. */
  readonly run: string;
  readonly concurrency?: number;
  readonly onProgress?: (progress: PlanProgress) => void;
}

/** Something that the change did and somebody has changed since: it is not touched. */
export interface RevertConflict {
  readonly path: string;
  /** For people, escaped; no value of a Secret. */
  readonly words: string;
}

export interface RevertPlanned extends Planned {
  /** Not empty: the command ends with 3 at least, whatever became of the rest. */
  readonly conflicts: readonly RevertConflict[];
}

/** The types that objects of a revert can be of: for Selection.parse(). */
export function revertTypes(deps: Pick<PlanDeps, 'history'>, { from, to }: Pick<RevertRequest, 'from' | 'to'>): Map<string, RecordedType> {
  const { history } = deps;
  return typesOf(history.snapshot(history.head()), history.snapshot(to), history.snapshot(from));
}

/** No object can have this name: Kubernetes forbids it in path segments. */
const NOBODY = '%';
const WARNED = 50;
const NAMED = 20;

/**
 * The plan that takes a change back, three-way (restore.md §6.1): for each object that differs between the commits, live with the
 * change undone is written as a commit of its own, `refs/kubetape/revert/<run>`, which holds these objects only; the plan is that of
 * a restore of it, so it can be looked at, saved and resumed like any other. Conflicts and what cannot be taken back are steps that
 * write nothing (`blocked`, `leave`), and warnings. RestoreError OTHER_CLUSTER; ClusterError, RepositoryError, the signal's reason.
 */
export async function planRevert(deps: PlanDeps, request: RevertRequest, signal: AbortSignal): Promise<RevertPlanned> {
  const { history } = deps;
  const head = history.snapshot(history.head());
  await assertCluster(deps, { snapshot: head, options: request.options }, signal);
  const types = revertTypes(deps, request);
  const changed = changedObjects(history, history.snapshot(request.from), history.snapshot(request.to), request.selection, types, commitPolicy(head, deps.digestKey));
  const selection = exactly(changed, types);
  const taken = await takeAllBack(deps, request, head, selection, changed, signal);
  const snapshot = history.snapshot(write(deps, request, head, types, taken));
  const { scope, options, concurrency, onProgress } = request;
  const planned = await makePlan(deps, { snapshot, selection, scope, options, ...(concurrency === undefined ? {} : { concurrency }), ...(onProgress === undefined ? {} : { onProgress }) }, signal);
  const conflicts = conflictsOf(taken);
  return { context: planned.context, conflicts, plan: withTold(planned, taken, conflicts) };
}

interface Taken {
  readonly object: ChangedObject;
  readonly outcome: TakenBack;
}

async function takeAllBack(deps: PlanDeps, { onProgress }: RevertRequest, head: Snapshot, selection: Selection, changed: readonly ChangedObject[], signal: AbortSignal): Promise<Taken[]> {
  if (changed.length === 0) return [];
  const onObjects = (done: number): void => onProgress?.({ phase: 'comparing', done, total: null });
  const live = await liveStates(deps, head, selection, new Set(changed.map(({ path }) => path)), onObjects, signal);
  return changed.map((object) => ({ object, outcome: takeBack(object, live.stateOf(object)) })).filter(({ outcome }) => outcome.kind !== 'same');
}

/** The objects by name; a few of the same names in other namespaces may be among them, and do no harm. */
function exactly(changed: readonly ChangedObject[], types: ReadonlyMap<string, RecordedType>): Selection {
  const all = new Map(types);
  for (const { type } of changed) if (!all.has(typeName(type))) all.set(typeName(type), { type, custom: false });
  const objects = [...new Set(changed.map(({ id }) => `${typeName(id)}/${id.name}`))];
  const namespaces = [...new Set(changed.map(({ id }) => id.namespace))].filter((namespace) => namespace !== '');
  return Selection.parse(objects.length === 0 ? { objects: [`${all.keys().next().value ?? 'configmaps'}/${NOBODY}`] } : { objects, namespaces }, all);
}

/** What is put back, as a commit under the rules of the head of the branch. */
function write({ history, version }: PlanDeps, request: RevertRequest, head: Snapshot, types: ReadonlyMap<string, RecordedType>, taken: readonly Taken[]): CommitInfo {
  const draft = history.beginSide({ name: `revert/${request.run}`, base: null, parents: [head.commit] });
  try {
    for (const { path, oid } of head.files('.kubetape')) draft.keep(path, oid);
    const attributes = head.oidAt(META.attributes);
    if (attributes !== null) draft.keep(META.attributes, attributes);
    draft.put(META.types, Buffer.from(typesFile(new Map([...types].sort(([a], [b]) => (a < b ? -1 : 1))))));
    for (const { object, outcome } of taken) if (outcome.kind === 'write') draft.put(object.path, Buffer.from(outcome.text, 'utf8'));
    return draft.commit(messageOf(request, head, taken, version)).commit;
  } catch (error) {
    draft.discard();
    throw error;
  }
}

function messageOf({ from, to, run }: RevertRequest, head: Snapshot, taken: readonly Taken[], version: string): string {
  const written = taken.filter(({ outcome }) => outcome.kind === 'write');
  const list = (all: readonly string[]): string[] => [...all.slice(0, NAMED).map((line) => `- ${line}`), ...(all.length > NAMED ? [`- and ${all.length - NAMED} more`] : []), ''];
  const conflicts = conflictsOf(taken);
  const trailer = (key: string): string[] => new RegExp(`^${key}: .*$`, 'm').exec(head.commit.message) ?? [];
  return [
    cutEscaped(`Revert ${from.oid.slice(0, 12)}..${to.oid.slice(0, 12)}: ${written.length} ${written.length === 1 ? 'object' : 'objects'}`, 100),
    '',
    ...list(written.map(({ object }) => nameOf(object))),
    ...(conflicts.length === 0 ? [] : ['Changed since, and not touched:', '', ...list(conflicts.map(({ words }) => words))]),
    'Kubetape-Event: revert',
    ...trailer('Kubetape-Cluster'),
    ...trailer('Kubetape-Rules'),
    `Kubetape-Version: ${escapeLine(version, 60)}`,
    `Kubetape-Reverts: ${from.oid}..${to.oid}`,
    `Kubetape-Run: ${escapeLine(run, 60)}`,
    '',
  ].join('\n');
}

function conflictsOf(taken: readonly Taken[]): RevertConflict[] {
  return taken.flatMap(({ object, outcome }) => {
    const words = (reason: string): RevertConflict => ({ path: object.path, words: `${nameOf(object)}: ${reason}` });
    if (outcome.kind === 'conflict' || outcome.kind === 'blocked') return [words(outcome.reason)];
    return outcome.kind === 'write' && outcome.conflicts.length > 0 ? [words(`changed since: ${wordsOf(outcome.conflicts)}`)] : [];
  });
}

/** The plan of a restore of the commit, with what it does not say: what is not touched, and why. */
function withTold({ plan, context }: Planned, taken: readonly Taken[], conflicts: readonly RevertConflict[]): RestorePlan {
  const partly = new Map(taken.flatMap(({ object, outcome }) => (outcome.kind === 'write' && outcome.conflicts.length > 0 ? [[object.path, wordsOf(outcome.conflicts)] as const] : [])));
  const steps = plan.steps.map((step): Step => {
    const left = partly.get(step.path);
    return left === undefined ? step : { ...step, reason: [step.reason, `not touched, changed since: ${left}`].filter((each) => each !== null).join('; ') };
  });
  const told = taken.flatMap(({ object, outcome }): Step[] => {
    if (outcome.kind !== 'conflict' && outcome.kind !== 'blocked' && outcome.kind !== 'left') return [];
    const type = context.world.served(object.type) ?? object.type;
    return [{
      id: object.id, kind: type.kind, apiVersion: apiVersionOf(type), path: object.path, oid: object.oid,
      class: 'durable', wave: waveOf({ type, path: object.path }, context.world),
      action: outcome.kind === 'left' ? 'leave' : 'blocked', reason: outcome.reason,
      live: null, fields: [], immutable: [], dryRun: null, dangers: [], dependsOn: [],
    }];
  });
  const shown = conflicts.slice(0, WARNED).map(({ words }) => `not touched: ${words}`);
  const more = conflicts.length > WARNED ? [`and ${conflicts.length - WARNED} more objects are not touched`] : [];
  return { ...plan, steps: [...steps, ...told].sort(inOrder), extra: [], warnings: [...plan.warnings, ...shown, ...more] };
}
