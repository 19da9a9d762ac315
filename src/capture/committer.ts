import { inflateSync } from 'node:zlib';
import { AppError } from '../lib/errors.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';
import type { Metrics } from '../model/metrics.js';
import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Oid, PathChange, Tape } from '../model/tape.js';
import { describeChange, type Described } from '../diff/describe.js';
import { managersOf } from './managers.js';
import { commitMessage, type Contents, type Trailers, type TypeCount } from './message.js';
import { DETAILED, type CommitEvent, type Stage, type Touch } from './stage.js';

/** What the committer must be told for the trailers; asked at each commit. */
export interface CommitContext {
  readonly cluster: string;
  readonly rules: string;
  readonly version: string;
  completeTo(): string | null;
  coverage(): string;
  terminating(): readonly string[];
}

export interface CommitterDeps {
  readonly tape: Tape;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly onCommit?: ((commit: CommitInfo, paths: Iterable<string>) => void) | undefined;
}

const META = '.kubetape/';
/** Files of ours besides objects that a commit may have. */
const META_FILES = 10;

/** Turns the stage into commits. Everything is synchronous: a commit costs milliseconds and nothing can come between. */
export class Committer {
  readonly #stage: Stage;
  readonly #context: CommitContext;
  readonly #deps: CommitterDeps;

  constructor(stage: Stage, context: CommitContext, deps: CommitterDeps) {
    this.#stage = stage;
    this.#context = context;
    this.#deps = deps;
  }

  /**
   * Commits what is staged, in as many commits as its labels need; returns the last, null when nothing would change.
   * On a RepositoryError the stage is as it was.
   */
  commit(headline: string | null = null): CommitInfo | null {
    let last: CommitInfo | null = null;
    for (let pending = this.#stage.pending(); pending !== null; pending = this.#stage.pending()) {
      const started = this.#deps.clock.now();
      const message = this.#message(pending.draft.changes(), pending.draft.changed, pending.touches, pending.event, last === null ? headline : null);
      const commit = this.#write(() => pending.draft.commit(message));
      const changes = pending.draft.changed;
      this.#stage.committed();
      if (commit === null) continue;
      last = commit;
      this.#report(commit, message, changes, pending.touches, started);
    }
    return last;
  }

  /** A commit that somebody else put on our branch is taken as parent, never overwritten. */
  #write(commit: () => CommitInfo | null): CommitInfo | null {
    try {
      return commit();
    } catch (error) {
      if (!(error instanceof RepositoryError) || error.code !== 'MOVED') throw error;
      this.#adopt();
      return commit();
    }
  }

  #adopt(): void {
    const theirs = this.#deps.tape.adoptForeignCommits();
    const ours = theirs.filter(({ path }) => isOurs(path));
    this.#deps.log.warn('Somebody else committed to the branch; going on from there', { files: theirs.length, mirrored: ours.length });
    // The cluster is what the tape shows: files of ours go back to what the cluster last said, in a commit of ours.
    for (const { path, before, after } of ours) {
      if (this.#stage.oidAt(path) !== after) continue; // staged anew since
      if (before === null) this.#stage.remove(path);
      else this.#stage.put(path, this.#deps.tape.read(before));
    }
  }

  #message(changes: Iterable<PathChange>, count: number, touches: ReadonlyMap<string, Touch>, event: CommitEvent, headline: string | null): string {
    const objects = count <= DETAILED + META_FILES ? [...changes].filter(({ path }) => isObjectPath(path)) : null;
    const detailed = objects !== null && objects.length <= DETAILED && objects.every(({ path, after }) => after === null || touches.get(path)?.blob?.oid === after);
    const described = detailed ? objects.map((change) => this.#describe(change, touches)) : null;
    const contents: Contents = described !== null ? { kind: 'objects', objects: described } : { kind: 'counts', counts: countByType(changes) };
    const managers = managersOf((described ?? []).map((each, i) => ({
      described: each, managedFields: touches.get(objects?.[i]?.path ?? '')?.managers,
    })));
    return commitMessage(contents, headline ?? HEADLINES[event] ?? null, { ...this.#trailers(event), managers });
  }

  #trailers(event: CommitEvent): Trailers {
    const { cluster, rules, version } = this.#context;
    return { cluster, rules, version, event, completeTo: this.#context.completeTo(), coverage: this.#context.coverage(), terminating: this.#context.terminating(), managers: [] };
  }

  #describe(change: PathChange, touches: ReadonlyMap<string, Touch>): Described {
    const staged = touches.get(change.path)?.blob;
    const read = (oid: Oid): Buffer => (staged?.oid === oid ? inflateSync(staged.deflated) : this.#deps.tape.read(oid));
    return describeChange(read, change);
  }

  #report(commit: CommitInfo, message: string, changes: number, touches: ReadonlyMap<string, Touch>, started: number): void {
    const now = this.#deps.clock.now();
    const subject = message.slice(0, message.indexOf('\n'));
    const lagsMs = [...touches.values()].map(({ seenAt }) => now - seenAt);
    this.#deps.log.info('Committed', { commit: commit.oid, subject, changes, ms: now - started, lagMs: lagsMs.reduce((a, b) => Math.max(a, b), 0) });
    this.#deps.onCommit?.(commit, touches.keys());
    this.#deps.metrics.committed({ oid: commit.oid, at: now, changes, durationMs: now - started, lagsMs });
  }
}

/** Whether a failed commit is worth another try with the stage as it is. */
export function canRetryCommit(error: unknown): boolean {
  return error instanceof AppError && error.retry;
}

const HEADLINES: Partial<Record<CommitEvent, string>> = {
  recanonicalise: 'Rewrite the tree under changed rules',
  unmirrored: 'No longer mirrored: excluded by rule or filter',
  'store-went-back': 'The cluster went back in time: its store was restored from an older state',
};

function isObjectPath(path: string): boolean {
  return path.startsWith('namespaces/') || path.startsWith('cluster/');
}

function isOurs(path: string): boolean {
  return isObjectPath(path) || path.startsWith(META) || path === '.gitattributes';
}

/** Counts per type, from the folder that a path lies in. */
export function countByType(changes: Iterable<PathChange>): TypeCount[] {
  const counts = new Map<string, { type: string; created: number; updated: number; deleted: number }>();
  for (const { path, before, after } of changes) {
    if (!isObjectPath(path)) continue;
    const type = path.split('/').at(-2) ?? '';
    const count = counts.get(type) ?? { type, created: 0, updated: 0, deleted: 0 };
    counts.set(type, count);
    count[before === null ? 'created' : after === null ? 'deleted' : 'updated']++;
  }
  return [...counts.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}

/** Objects among changed files. */
export function countObjects(changes: Iterable<PathChange>): number {
  return countByType(changes).reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0);
}
