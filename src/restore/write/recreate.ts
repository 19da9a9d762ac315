import { copyJson, own, type JsonObject } from '../../lib/json.js';
import { escapeLine } from '../../lib/escape.js';
import { metadataOf } from '../../model/canonical.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { Preconditions } from '../../model/cluster-writer.js';
import { typeName } from '../../model/resource-type.js';
import { createBody, withoutAllocated, type Prepared } from '../create-body.js';
import type { DesiredObject } from '../desired.js';
import { removeAt } from '../field-place.js';
import type { ScopeFacts } from '../scope-facts.js';
import { sortOf, wordsOf } from './answers.js';
import type { Attempts } from './attempts.js';
import { DRY_RUN, WRITE, type WriteDeps, type WriteOutcome } from './write-deps.js';

/** Deleting one of these takes others, or data, with it: no option does that. */
const NEVER = new Set([
  'namespaces', 'customresourcedefinitions.apiextensions.k8s.io', 'persistentvolumeclaims', 'persistentvolumes',
  'volumesnapshotcontents.snapshot.storage.k8s.io', 'nodes',
]);
/** Their pods stay, and are taken over by the new object. */
const ORPHANING = new Set(['deployments.apps', 'statefulsets.apps', 'daemonsets.apps', 'replicasets.apps', 'replicationcontrollers', 'jobs.batch']);
/** How often it is looked whether a deleted object is gone: about half a minute. */
const LOOKS = 18;
/** How often a POST is sent whose answers are lost. */
const POSTS = 5;

/** Whether an object of this type may be deleted to be created again. */
export function mayRecreate(desired: Pick<DesiredObject, 'type'>): boolean {
  return !NEVER.has(typeName(desired.type));
}

/** Pods are taken over by their labels: with another selector they would be left behind. */
export function propagationOf(desired: Pick<DesiredObject, 'type'>, immutable: readonly string[]): 'Orphan' | 'Background' {
  return ORPHANING.has(typeName(desired.type)) && !immutable.includes('spec.selector') ? 'Orphan' : 'Background';
}

/**
 * Deletes and creates: the live object is saved first, the DELETE names its uid and resourceVersion, and when the new one is
 * refused the saved one is put back. `look again`: an answer was lost, and what is live now is to be compared anew.
 */
export async function recreate(
  desired: DesiredObject,
  live: JsonObject,
  immutable: readonly string[],
  facts: ScopeFacts,
  attempts: Attempts,
  deps: WriteDeps,
  signal: AbortSignal,
): Promise<WriteOutcome | 'look again'> {
  const { type, id } = desired;
  const preconditions = identityOf(live);
  await deps.onIntent({ path: desired.path, verb: 'DELETE', saved: live });
  const propagation = propagationOf(desired, immutable);
  const removed = await attempts.send('DELETE', () => deps.writer.remove(type, id.namespace, id.name, preconditions, { dryRun: false, propagation }, signal));
  if (removed.kind === 'refused' && sortOf(removed, true) !== 'gone') {
    const stale = sortOf(removed, true) === 'conflict';
    return attempts.refused(removed, true, stale ? { message: 'it was changed since it was looked at, so it was not deleted' } : {});
  }
  if (removed.kind === 'unknown' && (await stands(desired, preconditions.uid, attempts))) return 'look again';
  const left = await gone(desired, preconditions.uid, attempts);
  if (left !== null) return attempts.outcome('pending', { action: 'recreate', object: left, immutable, message: waitingFor(left) });
  const created = await createSurely(desired, facts, attempts, deps, signal);
  if (created === 'look again') return created;
  if (created.kind === 'done') return { ...created, action: 'recreate', immutable };
  return putBack(live, desired, created, attempts, deps, signal);
}

/**
 * A POST whose answer was lost is sent again when it was not done: the object is away until then. What is there all the same, because it
 * was done after we looked, or because a controller was quicker, is compared anew.
 */
async function createSurely(desired: DesiredObject, facts: ScopeFacts, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<WriteOutcome | 'look again'> {
  for (let n = 1; ; n++) {
    const created = await create(desired, createBody(desired, facts), attempts, deps, signal);
    if (created.sort === 'exists') return 'look again';
    if (!isUnanswered(created)) return created;
    if ((await attempts.look(desired)) !== null) return 'look again';
    if (n >= POSTS) return created;
  }
}

/** Nobody knows whether it was done. */
export function isUnanswered({ kind, sort }: WriteOutcome): boolean {
  return kind === 'pending' && sort === null;
}

/** The object with this uid is there, and nobody deleted it. */
async function stands(desired: DesiredObject, uid: string, attempts: Attempts): Promise<boolean> {
  const live = await attempts.look(desired);
  return live !== null && metadataOf(live)['uid'] === uid && own(metadataOf(live), 'deletionTimestamp') === undefined;
}

/** Null when the object with this uid is gone; else the object as it is after half a minute. */
async function gone(desired: DesiredObject, uid: string, attempts: Attempts): Promise<JsonObject | null> {
  let live: JsonObject | null = null;
  for (let n = 0; n < LOOKS; n++) {
    live = await attempts.look(desired);
    if (live === null || metadataOf(live)['uid'] !== uid) return null;
    await attempts.pause(n);
  }
  return live;
}

/** What a delete must name. */
function identityOf(live: JsonObject): Preconditions {
  const { uid, resourceVersion } = metadataOf(live);
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') throw new ClusterError('MALFORMED', 'A live object has no uid or no resourceVersion');
  return { uid, resourceVersion };
}

/** Why a deleted object is still there. */
export function waitingFor(live: JsonObject): string {
  const finalizers = own(metadataOf(live), 'finalizers');
  const names = Array.isArray(finalizers) ? finalizers.filter((name) => typeof name === 'string') : [];
  return names.length === 0 ? 'it is still being deleted' : `it is being deleted and waits for finalizers: ${names.map((name) => escapeLine(name, 100)).join(', ')}`;
}

/**
 * POST; allocations that belong to somebody else are left out, one refusal for all of them. `outcome.message` keeps the server's words
 * when it stays refused.
 */
export async function create(desired: DesiredObject, prepared: Prepared, attempts: Attempts, deps: WriteDeps, signal: AbortSignal, dryRun = false): Promise<WriteOutcome> {
  const { type, id } = desired;
  const options = dryRun ? DRY_RUN : WRITE;
  const first = await attempts.send('POST', () => deps.writer.create(type, id.namespace, prepared.body, options, signal));
  if (first.kind === 'done') return attempts.outcome('done', { action: 'create', object: first.object });
  if (first.kind === 'unknown' || sortOf(first, false) !== 'taken' || prepared.allocated.length === 0) return attempts.refused(first, false, { action: 'create' });
  const without = withoutAllocated(prepared, prepared.allocated);
  const second = await attempts.send('POST', () => deps.writer.create(type, id.namespace, without.body, options, signal));
  const dropped = prepared.allocated.map(({ path }) => path);
  attempts.notes.push(`allocations of before are taken, others were given: ${dropped.join(', ')} (${wordsOf(first)})`);
  return second.kind === 'done' ? attempts.outcome('done', { action: 'create', object: second.object, dropped }) : attempts.refused(second, false, { action: 'create', dropped });
}

async function putBack(saved: JsonObject, desired: DesiredObject, refused: WriteOutcome, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<WriteOutcome> {
  const { type, id } = desired;
  const answer = await attempts.send('POST', () => deps.writer.create(type, id.namespace, newBodyOf(saved), WRITE, signal));
  const words = refused.message ?? 'no answer';
  const back = answer.kind === 'done' ? answer.object : answer.kind === 'unknown' ? await attempts.look(desired) : null;
  if (answer.kind === 'done' || back !== null) return attempts.outcome('refused', { object: back, message: `the new object was refused (${words}); the one of before was put back` });
  const why = answer.kind === 'unknown' ? answer.error.message : wordsOf(answer);
  return attempts.outcome('refused', { message: `the new object was refused (${words}), and so was the one of before (${why}): it is saved in the journal of this run` });
}

/** A saved object as it can be created again: without what belongs to the one life that it had. */
export function newBodyOf(saved: JsonObject): JsonObject {
  const body = copyJson(saved);
  for (const key of ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink', 'managedFields']) {
    removeAt(body, ['metadata', key]);
  }
  removeAt(body, ['status']);
  return body;
}
