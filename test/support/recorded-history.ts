// What was in a repository at every commit, told from the record of a workload: which write each file holds. Read with the
// real git and js-yaml; nothing of src/ is used, or its mistakes would be ours.
import { load } from 'js-yaml';
import { serialOf } from './cluster-mirror.js';
import { commitHistory } from './commit-history.js';
import { identityKey } from './oracle.js';
import { contents, log } from './repo.js';
import type { AcceptedState, WorkloadRecord } from './workload.js';

/** One object at one commit: a state that the server had answered. */
export interface ObjectState {
  readonly record: WorkloadRecord;
  readonly state: AcceptedState;
}

export interface RecordedCommit {
  readonly oid: string;
  /** Seconds since 1970. */
  readonly committedAt: number;
  /** Kubetape-Complete-To. */
  readonly completeTo: bigint | null;
  /** Objects of the workload that are there, by identityKey. */
  readonly objects: ReadonlyMap<string, ObjectState>;
  /** Those whose file this commit changed. */
  readonly changed: ReadonlySet<string>;
}

/**
 * Every commit of main, oldest first. Throws when a file holds what the server never had, goes back, is later than its
 * write, or when a commit that says "complete to" lacks a write up to there. Secrets must be mirrored plain.
 */
export async function recordedHistory(repo: string, records: ReadonlyMap<string, WorkloadRecord>): Promise<RecordedCommit[]> {
  const byPath = new Map([...records.values()].map((record) => [recordPath(record), record]));
  const history = await commitHistory(repo);
  const facts = new Map((await log(repo, 'main')).map((entry) => [entry.oid, entry]));
  const texts = await contents(repo, history.flatMap(({ changes }) => changes.flatMap(({ path, after }) => (after !== null && byPath.has(path) ? [after] : []))));
  const at = new Map<string, number>();
  let objects: ReadonlyMap<string, ObjectState> = new Map();
  const found: RecordedCommit[] = [];
  for (const { oid, changes } of history) {
    const next = new Map(objects);
    const changed = new Set<string>();
    for (const { path, after } of changes) {
      const record = byPath.get(path);
      if (record === undefined) continue;
      const key = identityKey(record.id);
      const index = nextState(record, at.get(key) ?? -1, after === null ? null : serialOf(load(texts.get(after)?.toString('utf8') ?? '')));
      const state = record.states[index];
      if (state === undefined) throw new Error(`Commit ${oid} has a state of ${path} that the server did not have then`);
      at.set(key, index);
      changed.add(key);
      if (state.object === null) next.delete(key);
      else next.set(key, { record, state });
    }
    objects = next;
    const entry = facts.get(oid);
    const trailer = entry?.trailers.get('Kubetape-Complete-To')?.[0];
    const commit = { oid, committedAt: entry?.committedAt ?? 0, completeTo: trailer === undefined ? null : BigInt(trailer), objects, changed };
    expectComplete(commit, records, at);
    found.push(commit);
  }
  return found;
}

/** The path of a workload's object: its names need no escaping. */
export function recordPath({ id }: Pick<WorkloadRecord, 'id'>): string {
  return `namespaces/${id.namespace}/${id.resource}${id.group === '' ? '' : `.${id.group}`}/${id.name}.yaml`;
}

function nextState(record: WorkloadRecord, from: number, serial: string | null): number {
  return record.states.findIndex(({ object }, index) => index > from && (object === null ? null : serialOf(object)) === serial);
}

/** "Complete to N": no write up to N is missing; and no commit holds a write of the future. */
function expectComplete(commit: RecordedCommit, records: ReadonlyMap<string, WorkloadRecord>, at: ReadonlyMap<string, number>): void {
  for (const [key, { states }] of records) {
    const index = at.get(key) ?? -1;
    const sentAt = states[index]?.sentAt ?? 0;
    if (Math.floor(sentAt / 1000) > commit.committedAt) throw new Error(`Commit ${commit.oid} of ${commit.committedAt} has a write of ${sentAt} to ${key}`);
    const { completeTo } = commit;
    const missing = completeTo === null ? -1 : states.findLastIndex(({ resourceVersion }) => resourceVersion !== null && BigInt(resourceVersion) <= completeTo);
    if (missing > index) throw new Error(`Commit ${commit.oid} says that it is complete to ${completeTo}, but lacks a write to ${key} at ${states[missing]?.resourceVersion}`);
  }
}
