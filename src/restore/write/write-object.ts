import { copyJson, isObject, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import { typeName } from '../../model/resource-type.js';
import { createBody } from '../create-body.js';
import { removeAt, setAt, valueAt } from '../field-place.js';
import { isTerminating } from '../terminating.js';
import { updateBody } from '../update-body.js';
import { sortOf, wordsOf, type Refused } from './answers.js';
import { Attempts } from './attempts.js';
import { handedBack } from './hand-back.js';
import { liveEquals } from './live-equals.js';
import { proveImmutable } from './prove-immutable.js';
import { create, isUnanswered, mayRecreate, recreate, waitingFor } from './recreate.js';
import { DRY_RUN, FIELD_MANAGER, WRITE, type WriteDeps, type WriteOutcome, type WriteRequest } from './write-deps.js';

/** Controllers whose own choices are allocations, by type. */
const BINDERS: Readonly<Record<string, string>> = { persistentvolumeclaims: 'kube-controller-manager' };
/** States of one object that are lost to somebody else's writes before it is given up. */
const CONFLICTS = 5;

/**
 * Makes one live object what a commit says, by the verb that does it exactly: POST when it is absent, PUT of desired plus
 * carried live values when it differs, nothing when it is equal; server-side apply under strategy `merge`. A dry run asks the same
 * verbs what would happen. Never throws for what the server says about this object; ClusterErrors that will not pass (rights to
 * look, a broken credential) and the signal's reason are thrown.
 */
export async function writeObject(request: WriteRequest, deps: WriteDeps, signal: AbortSignal): Promise<WriteOutcome> {
  const attempts = new Attempts(deps, signal);
  let live = request.live;
  for (let n = 0; ; n++) {
    const outcome = live === null ? await createOnce(request, attempts, deps, signal) : await updateOnce(request, live, attempts, deps, signal);
    if (outcome !== 'look again') return outcome;
    if (n >= CONFLICTS) return attempts.outcome('refused', { message: `it was changed by somebody else at each of ${CONFLICTS} attempts` });
    live = await attempts.look(request.desired);
  }
}

type Once = WriteOutcome | 'look again';

async function createOnce({ desired, dryRun, facts, options }: WriteRequest, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Once> {
  const prepared = createBody(desired, facts);
  if (options.strategy === 'merge') return apply(desired, prepared.body, dryRun, attempts, deps, signal);
  const outcome = await create(desired, prepared, attempts, deps, signal, dryRun);
  attempts.notes.push(...prepared.notes);
  if (outcome.kind === 'done') return dryRun ? outcome : handBack(outcome, null, desired, prepared.allocated.map(({ path }) => path), attempts, deps, signal);
  // Without an answer it may be there now.
  return outcome.sort === 'exists' || isUnanswered(outcome) ? 'look again' : outcome;
}

async function updateOnce(request: WriteRequest, live: JsonObject, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Once> {
  const { desired, dryRun, options, facts } = request;
  const { type, id } = desired;
  if (isTerminating(live)) return attempts.outcome('pending', { object: live, message: waitingFor(live) });
  if (liveEquals(desired, live, deps.canonicaliser, deps.ruleFacts)) return attempts.verbs.length > 0 && !dryRun ? found(request, live, attempts, deps, signal) : attempts.outcome('unchanged', { object: live });
  if (options.onlyMissing || options.onExisting === 'skip') return attempts.outcome('left', { object: live, message: 'it is there, and is left as it is' });
  if (options.onExisting === 'fail') return attempts.outcome('refused', { object: live, message: 'it is there, and --on-existing fail forbids to change it' });
  if (request.limit === 'create') return attempts.outcome('stale', { object: live, message: 'it was absent when the plan was made, and is there now: it was not touched' });
  if (options.strategy === 'merge') return apply(desired, createBody(desired, facts).body, dryRun, attempts, deps, signal);
  const prepared = updateBody(desired, live, deps.canonicaliser.removedPlaces(live, type, deps.ruleFacts), facts);
  const answer = await attempts.send('PUT', () => deps.writer.replace(type, id.namespace, id.name, prepared.body, dryRun ? DRY_RUN : WRITE, signal));
  if (answer.kind === 'unknown') return 'look again';
  if (answer.kind === 'done') {
    attempts.notes.push(...prepared.notes);
    const outcome = attempts.outcome('done', { action: 'update', object: answer.object });
    return dryRun ? outcome : handBack(outcome, live, desired, [], attempts, deps, signal);
  }
  const sort = sortOf(answer, true);
  if (sort === 'conflict' || sort === 'gone') return 'look again';
  if (sort !== 'invalid' && sort !== 'taken') return attempts.refused(answer, true, { action: 'update', object: live });
  return proven(request, live, prepared.body, answer, attempts, deps, signal);
}

/** A write whose answer was lost was done all the same: what follows on one is still due. */
function found({ desired, live: before }: WriteRequest, live: JsonObject, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<WriteOutcome> {
  const former = before !== null && metadataOf(before)['uid'] === metadataOf(live)['uid'] ? before : null;
  return handBack(attempts.outcome('done', { object: live }), former, desired, former === null ? desired.allocated.map(({ path }) => path) : [], attempts, deps, signal);
}

/** After a 422: is it the change or the object that the server does not take? */
async function proven(request: WriteRequest, live: JsonObject, wanted: JsonObject, refusal: Refused, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Once> {
  const { desired, dryRun, options, facts } = request;
  const refused = attempts.refused(refusal, true, { action: 'update', object: live });
  const proof = await proveImmutable(desired, live, wanted, attempts, deps, signal);
  if (proof.verdict === 'stale') return 'look again';
  if (proof.verdict === 'invalid' || proof.fields.length === 0) return { ...refused, message: `invalid, also as a new object: ${wordsOf(refusal)}` };
  const immutable = proof.fields;
  if (options.onImmutable === 'skip') return attempts.outcome('left', { object: live, immutable, message: `immutable: ${immutable.join(', ')}` });
  if (options.onImmutable === 'recreate' && proof.verdict === 'immutable' && mayRecreate(desired)) {
    if (request.limit === 'update') return attempts.outcome('stale', { object: live, immutable, message: `it would have to be recreated by now, which was not planned; immutable: ${immutable.join(', ')}` });
    if (dryRun) return attempts.outcome('done', { action: 'recreate', object: live, immutable });
    const outcome = await recreate(desired, live, immutable, facts, attempts, deps, signal);
    return outcome !== 'look again' && outcome.kind === 'done' ? handBack(outcome, null, desired, desired.allocated.map(({ path }) => path), attempts, deps, signal) : outcome;
  }
  return keep(request, live, wanted, immutable, attempts, deps, signal);
}

/** The live values of immutable fields stay, the rest is changed. */
async function keep({ desired, dryRun }: WriteRequest, live: JsonObject, wanted: JsonObject, immutable: readonly string[], attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Once> {
  const { type, id } = desired;
  const body = copyJson(wanted);
  for (const path of immutable) {
    const keys = path.split('.');
    const value = valueAt(live, keys);
    if (value === undefined) removeAt(body, keys);
    else setAt(body, keys, copyJson(value));
  }
  const message = `immutable, kept as they are live: ${immutable.join(', ')}`;
  const answer = await attempts.send('PUT', () => deps.writer.replace(type, id.namespace, id.name, body, dryRun ? DRY_RUN : WRITE, signal));
  if (answer.kind === 'unknown' || (answer.kind === 'refused' && sortOf(answer, true) === 'conflict')) return 'look again';
  if (answer.kind === 'refused') return attempts.refused(answer, true, { action: 'update', object: live, immutable });
  const outcome = attempts.outcome('done', { action: 'update', object: answer.object, immutable, message });
  return dryRun ? outcome : handBack(outcome, live, desired, [], attempts, deps, signal);
}

/** Server-side apply: repairs what the file names and leaves what others added; a failure is a failure. */
async function apply(desired: WriteRequest['desired'], body: JsonObject, dryRun: boolean, attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<Once> {
  const { type, id } = desired;
  const answer = await attempts.send('PATCH', () => deps.writer.apply(type, id.namespace, id.name, body, { ...(dryRun ? DRY_RUN : WRITE), force: true }, signal));
  if (answer.kind === 'done') return attempts.outcome('done', { action: 'update', object: answer.object });
  return attempts.refused(answer, true, { action: 'update' });
}

/** Gives field ownership back; that it could not be done is noted and no failure, because the object is as it should be. */
async function handBack(outcome: WriteOutcome, before: JsonObject | null, desired: WriteRequest['desired'], allocated: readonly string[], attempts: Attempts, deps: WriteDeps, signal: AbortSignal): Promise<WriteOutcome> {
  let after = outcome.object;
  for (let n = 0; n < CONFLICTS && after !== null; n++) {
    const managedFields = handedBack({ manager: FIELD_MANAGER, before, after, applier: desired.applier, allocated, allocatedBy: BINDERS[typeName(desired.type)] ?? null });
    if (managedFields === null) return { ...outcome, written: outcome.object, object: after };
    const { resourceVersion } = metadataOf(after);
    const patch: JsonObject = { metadata: { resourceVersion: resourceVersion ?? null, managedFields } };
    const answer = await attempts.send('PATCH', () => deps.writer.merge(desired.type, desired.id.namespace, desired.id.name, patch, WRITE, signal));
    if (answer.kind === 'done') return { ...outcome, written: outcome.object, object: answer.object ?? after, verbs: attempts.verbs, attempts: attempts.attempts };
    if (answer.kind === 'refused' && sortOf(answer, true) !== 'conflict') {
      attempts.notes.push(`field ownership could not be handed back: ${wordsOf(answer)}`);
      break;
    }
    after = await attempts.look(desired);
    if (isObject(after ?? undefined) && metadataOf(after as JsonObject)['uid'] !== metadataOf(outcome.object ?? {})['uid']) break;
  }
  return { ...outcome, written: outcome.object, notes: attempts.notes };
}
