import { escapeLine } from '../lib/escape.js';
import type { Revision } from '../model/history.js';
import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Oid } from '../model/tape.js';
import { Pace } from './history-index/pace.js';
import type { RepositoryPlace } from './locate-repository.js';
import type { ObjectStore } from './object-store.js';
import { refNamed, sideRefNamed } from './revision-names.js';
import { parseSteps, revisionError, type Step } from './revision-steps.js';
import { parseTime, type GivenTime } from './revision-time.js';
import { parseTag } from './tag-object.js';

/** What revisions are resolved with. */
export interface RevisionHost {
  readonly place: RepositoryPlace;
  /** Takes kubetape's own commits where the repository itself cannot be written. */
  readonly side: RepositoryPlace;
  readonly store: ObjectStore;
  readonly timeZone: string | undefined;
  /** Milliseconds since 1970. */
  now(): number;
  head(): CommitInfo;
  commit(oid: Oid): CommitInfo;
  /** The newest commit of the branch that is not later (seconds since 1970); null before the first. */
  commitAt(seconds: number, signal: AbortSignal): Promise<CommitInfo | null>;
  /** The first commit that holds everything up to a resourceVersion; null when none does. */
  commitHolding(resourceVersion: bigint, signal: AbortSignal): Promise<CommitInfo | null>;
  firstCommit(signal: AbortSignal): Promise<CommitInfo>;
}

/**
 * What History.resolve() says. The name before `~` and `^` is tried as: whole object id; `HEAD` or `@`, the head of the
 * opened branch (whatever the repository's own HEAD names); ref (gitrevisions(7)); beginning of an object id; `rv:N`; time.
 */
export async function resolveRevision(host: RevisionHost, given: string, signal: AbortSignal): Promise<Revision> {
  signal.throwIfAborted();
  const { base, steps } = parseSteps(given);
  const start = await resolveBase(host, base, given, signal);
  const commit = await walk(host, start.commit, steps, given, signal);
  return { given, commit, ...(start.time === undefined ? {} : { time: start.time }) };
}

interface Start {
  readonly commit: CommitInfo;
  readonly time?: GivenTime;
}

async function resolveBase(host: RevisionHost, base: string, given: string, signal: AbortSignal): Promise<Start> {
  if (/^[0-9a-f]{40}$/i.test(base)) return { commit: peel(host, base.toLowerCase(), given) };
  if (base === 'HEAD' || base === '@') return { commit: host.head() };
  const named = refNamed(host.place, base) ?? sideRefNamed(host.side, base);
  if (named !== null) return { commit: peel(host, named.oid, given) };
  const commit = abbreviated(host, base);
  if (commit !== null) return { commit };
  return (await holding(host, base, given, signal)) ?? (await atTime(host, base, given, signal)) ?? nothing(given);
}

/** Follows annotated tags to their commit. */
function peel(host: RevisionHost, start: Oid, given: string): CommitInfo {
  let oid = start;
  for (;;) {
    const object = host.store.find(oid);
    if (object === null) throw notFound(given, oid === start ? `there is no object ${oid}` : `the tag's object ${oid} is missing`);
    if (object.type === 'commit') return host.commit(oid);
    if (object.type !== 'tag') throw notFound(given, `it is a ${object.type}, not a commit`);
    oid = parseTag(oid, object.data).target;
  }
}

/** More candidates than anybody reads. */
const MAX_CANDIDATES = 64;
const SHOWN = 5;

/** The only commit (or tag of one) whose id begins so; other objects do not count, as in git. */
function abbreviated(host: RevisionHost, text: string): CommitInfo | null {
  if (!/^[0-9a-f]{4,39}$/i.test(text)) return null;
  const commits = new Map<Oid, CommitInfo>();
  for (const oid of host.store.startingWith(text.toLowerCase(), MAX_CANDIDATES)) {
    const commit = commitOf(host, oid);
    if (commit !== null) commits.set(oid, commit);
  }
  if (commits.size > 1) throw ambiguous(text, [...commits]);
  return [...commits.values()][0] ?? null;
}

function commitOf(host: RevisionHost, oid: Oid): CommitInfo | null {
  const object = host.store.find(oid);
  if (object?.type === 'commit') return host.commit(oid);
  if (object?.type !== 'tag') return null;
  const { target, type } = parseTag(oid, object.data);
  return type === 'commit' ? host.commit(target) : null;
}

function ambiguous(text: string, commits: readonly (readonly [Oid, CommitInfo])[]): RepositoryError {
  const lines = commits.slice(0, SHOWN).map(([oid, { committedAt, message }]) => `${oid.slice(0, 12)} ${isoDate(committedAt)} ${escapeLine(message.split('\n', 1)[0] ?? '', 60)}`);
  const more = commits.length > SHOWN ? `, and ${commits.length - SHOWN} more` : '';
  return new RepositoryError('NOT_FOUND', `Revision "${text}" is the beginning of ${commits.length} commits' ids`, { hint: `Give more digits: ${lines.join('; ')}${more}` });
}

async function holding(host: RevisionHost, base: string, given: string, signal: AbortSignal): Promise<Start | null> {
  const number = /^rv:(\d{1,30})$/.exec(base)?.[1];
  if (number === undefined) return null;
  const commit = await host.commitHolding(BigInt(number), signal);
  if (commit !== null) return { commit };
  throw notFound(given, 'no commit is known to hold everything up to that resourceVersion', 'See Kubetape-Complete-To in `kubetape log`; the newest commits say how far they reach');
}

async function atTime(host: RevisionHost, base: string, given: string, signal: AbortSignal): Promise<Start | null> {
  const time = parseTime(base, { now: host.now(), timeZone: host.timeZone });
  if (time === null) return null;
  const commit = await host.commitAt(time.at, signal);
  if (commit !== null) return { commit, time };
  const first = await host.firstCommit(signal);
  throw notFound(given, `the history begins later, at ${isoDate(first.committedAt)}`, `Give a later time, or the first commit: ${first.oid.slice(0, 12)}`);
}

async function walk(host: RevisionHost, start: CommitInfo, steps: readonly Step[], given: string, signal: AbortSignal): Promise<CommitInfo> {
  const pace = new Pace(signal);
  let commit = start;
  for (const { parent, times } of steps) {
    for (let i = 0; i < times; i++) {
      const next = commit.parents[parent - 1];
      if (next === undefined) throw notFound(given, parent === 1 ? 'the history does not go back that far' : `commit ${commit.oid.slice(0, 12)} has no parent ${parent}`);
      commit = host.commit(next);
      if (pace.due) await pace.rest();
    }
  }
  return commit;
}

function nothing(given: string): never {
  throw notFound(given, 'there is no such commit, point, branch or time');
}

function notFound(given: string, why: string, hint = 'See `kubetape log` and `kubetape point list` for what there is'): RepositoryError {
  return revisionError(given, why, hint);
}

function isoDate(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString().replace('.000Z', 'Z');
}
