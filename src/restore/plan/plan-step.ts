import { escapeLine, escapeText } from '../../lib/escape.js';
import type { JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import type { Difference } from '../../model/comparison.js';
import type { Action, Danger, DryRun, Step } from '../../model/restore-plan.js';
import { apiVersionOf, typeName } from '../../model/resource-type.js';
import { dangersOf, nameOf } from '../dangers.js';
import type { DesiredObject } from '../desired.js';
import { ownerLinks } from '../owner-links.js';
import { namespaceWaitsFor } from '../terminating.js';
import { dependenciesOf, waveOf } from '../wave.js';
import type { WriteOutcome } from '../write/write-deps.js';
import { writeObject } from '../write/write-object.js';
import { failingWebhookDanger } from './dead-webhooks.js';
import { desiredOf } from './draft.js';
import { learnClaim, learnOwners, readLive } from './look-up.js';
import type { Draft, PlanContext, PlanDeps } from './plan-deps.js';
import type { Surroundings } from './surroundings.js';

/** A step, with what only the moment of planning knows. */
interface Decision {
  readonly action: Action;
  readonly reason: string | null;
  readonly dryRun: DryRun | null;
  readonly immutable: readonly string[];
  readonly live: JsonObject | null;
  readonly dangers: readonly Danger[];
}

const UNWRITTEN: Omit<Decision, 'action' | 'reason'> = { dryRun: null, immutable: [], live: null, dangers: [] };

/** What is to be done with one object, tried out by a dry run of the same verb where the server can say it already. */
export async function planStep(draft: Draft, context: PlanContext, around: Surroundings, deps: PlanDeps, signal: AbortSignal): Promise<Step> {
  const { world } = context;
  const desired = desiredOf(draft, context);
  const decision = await decide(draft, desired, context, deps, signal);
  const owners = ownerLinks(desired, world);
  const fields = draft.verdict === 'differs' && decision.action !== 'unchanged' ? draft.fields.filter(({ path }) => path !== 'apiVersion').map(turned) : [];
  const claim = world.claim(draft.path);
  const evidence = { desired, live: decision.live, action: decision.action, fields, immutable: decision.immutable, owners, claim };
  const { uid, resourceVersion } = metadataOf(decision.live ?? {});
  const surrounding = await around.dangersOf({ desired, live: decision.live, action: decision.action, tried: decision.dryRun?.result === 'passed' }, signal);
  return {
    id: desired.id, kind: desired.kind, apiVersion: apiVersionOf(desired.type), path: draft.path, oid: draft.oid,
    class: draft.class,
    wave: waveOf(desired, world),
    action: decision.action,
    reason: decision.reason,
    live: typeof uid === 'string' && typeof resourceVersion === 'string' ? { uid, resourceVersion } : null,
    fields,
    immutable: decision.immutable,
    dryRun: decision.dryRun,
    dangers: [...dangersOf(evidence), ...withoutTwins(decision.dangers, surrounding), ...surrounding],
    dependsOn: dependenciesOf(desired, world, (path) => world.hasStep(path)),
    ...(claim === null ? {} : { claim }),
  };
}

async function decide(draft: Draft, desired: DesiredObject, context: PlanContext, deps: PlanDeps, signal: AbortSignal): Promise<Decision> {
  const { world } = context;
  if (draft.skip !== null) return { ...UNWRITTEN, action: 'skip', reason: draft.skip };
  switch (draft.verdict) {
    case 'skipped':
      return { ...UNWRITTEN, action: 'skip', reason: `a rule or filter leaves it out now: ${draft.reason ?? ''}` };
    case 'terminating':
      if (typeName(desired.type) === 'namespaces') return create('it is created again when it is gone', await whyStillThere(desired, deps, signal));
      return { ...UNWRITTEN, action: 'blocked', reason: escapeText(draft.reason ?? draft.verdict) };
    case 'held':
    case 'not covered':
      return { ...UNWRITTEN, action: 'blocked', reason: escapeText(draft.reason ?? draft.verdict) };
    case 'not served':
      if (world.definitionPath(desired.type) === null) {
        return { ...UNWRITTEN, action: 'incompatible', reason: `${draft.reason ?? ''}, and no definition of it is in scope`, dangers: [missing(desired, 'its definition', desired.apiVersion)] };
      }
      await learnOwners(desired, context, deps.reader, signal);
      return create('its definition is restored first');
    case 'missing':
    case 'differs':
      return tryOut(draft, desired, context, deps, signal);
  }
}

async function tryOut(draft: Draft, desired: DesiredObject, context: PlanContext, deps: PlanDeps, signal: AbortSignal): Promise<Decision> {
  const { world, request, canonicaliser } = context;
  const live = draft.verdict === 'differs' ? await readLive(deps.reader, desired.type, desired.id, signal) : null;
  await learnOwners(desired, context, deps.reader, signal);
  await learnClaim(desired, live, context, deps, signal);
  if (live === null && desired.id.namespace !== '' && world.namespacePath(desired.id.namespace) !== null) return create('its namespace is restored first');
  const outcome = await writeObject(
    { desired, live, dryRun: true, options: request.options, facts: world },
    { reader: deps.reader, writer: deps.writer, canonicaliser, ruleFacts: world.facts, clock: deps.clock, random: deps.random, onIntent: () => Promise.resolve() },
    signal,
  );
  return told(outcome, live, desired, request.options.onExisting === 'fail');
}

/** What the dry run means for the step. */
function told(outcome: WriteOutcome, live: JsonObject | null, desired: DesiredObject, failsOnExisting: boolean): Decision {
  const { immutable, message, warnings, status } = outcome;
  const base = { live, immutable, dangers: [] };
  if (outcome.kind === 'unchanged') return { ...base, action: 'unchanged', reason: 'equal but for allocations', dryRun: null };
  if (outcome.kind === 'left') return { ...base, action: 'leave', reason: message, dryRun: null };
  if (outcome.kind === 'done') return { ...base, action: outcome.action ?? 'update', reason: message, dryRun: { result: 'passed', warnings } };
  if (failsOnExisting && live !== null) return { ...base, action: 'blocked', reason: message, dryRun: null };
  const action = live === null ? 'create' : 'update';
  // A binding whose role is not there yet is "not found", too.
  if (outcome.sort === 'no place' && live === null && /namespaces? "/.test(message ?? '')) {
    return { ...base, action: 'blocked', reason: message, dryRun: null, dangers: [missing(desired, `namespace ${desired.id.namespace}`, message ?? '')] };
  }
  if (outcome.kind === 'pending' || status === 400) {
    const dangers = outcome.sort === 'webhook' ? [failingWebhookDanger(message ?? '', nameOf(desired))] : [];
    return { ...base, action, reason: null, dryRun: { result: 'unverified', reason: message ?? 'the server could not try it' }, dangers };
  }
  return { ...base, action, reason: null, dryRun: { result: 'refused', status: status ?? 0, message: message ?? '' } };
}

function create(unverified: string, reason: string | null = null): Decision {
  return { ...UNWRITTEN, action: 'create', reason, dryRun: { result: 'unverified', reason: unverified } };
}

async function whyStillThere({ type, id }: DesiredObject, { reader }: PlanDeps, signal: AbortSignal): Promise<string | null> {
  const live = await readLive(reader, type, id, signal);
  return live === null ? null : namespaceWaitsFor(live);
}

function missing(desired: DesiredObject, what: string, evidence: string): Danger {
  return { kind: 'missing', words: `${nameOf(desired)} needs ${escapeLine(what, 120)}, which neither the cluster nor the scope has`, evidence: escapeLine(evidence, 300) };
}

/** The same webhook is named once, by the words that say more. */
function withoutTwins(dangers: readonly Danger[], known: readonly Danger[]): Danger[] {
  return known.some(({ kind }) => kind === 'webhook') ? dangers.filter(({ kind }) => kind !== 'webhook') : [...dangers];
}

/** From live to desired: what will happen, not what did. */
function turned(field: Difference): Difference {
  return { ...field, before: field.after, after: field.before };
}
