import { randomBytes } from 'node:crypto';
import { readTypes } from '../capture/meta-files.js';
import type { History, IndexProgress, LogEntry } from '../model/history.js';
import type { CommitInfo, PathChange } from '../model/tape.js';
import { commitFacts, REWRITE, UNMIRROR, type CommitFacts } from './commit-facts.js';
import { typesByFolder } from './folders.js';
import { contentOf, identityAt } from './identity.js';
import { LoggedObject, type LogContext, type LogVerb } from './logged-object.js';
import { logPaths } from './log-paths.js';
import { readFile } from './read-file.js';
import type { Selection } from './selection.js';

export interface LogRequest {
  /** Newest commit. */
  readonly from: CommitInfo;
  readonly selection: Selection;
  /** Seconds since 1970, inclusive. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  /** Rewrites of the tree under changed rules too. */
  readonly all?: boolean;
  /** Values of Secrets are shown in before(), after() and fields. */
  readonly reveal?: boolean;
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined;
}

/** What must be known to read an entry right. */
export interface LogNote {
  /** `catch-up: happened while nobody watched`. */
  readonly words: string;
  /** It happened after the first and not after the second of these; seconds since 1970. */
  readonly between: readonly [number, number] | null;
}

export interface ObjectLogEntry {
  readonly commit: CommitFacts;
  readonly note: LogNote | null;
  /** In the order of paths; what was asked for only. */
  readonly objects: readonly LoggedObject[];
}

/**
 * The history of the wanted objects, newest first; deletions and re-creations are entries like any other. Commits that
 * rewrite the tree under changed rules are left out unless `all`: what is compared is always a commit with its parent, so
 * a change right after such a commit is told from the rewritten file.
 */
export async function* objectLog(history: History, request: LogRequest, signal: AbortSignal): AsyncGenerator<ObjectLogEntry> {
  const { from, selection, since, until, all = false, onProgress } = request;
  const paths = await logPaths(history, from, selection, signal);
  if (paths?.length === 0) return;
  const byFolder = typesByFolder(readTypes(history.snapshot(from)));
  const context: LogContext = { history, byFolder, redaction: request.reveal === true ? null : randomBytes(32) };
  const query = { from, ...(paths === null ? {} : { paths }), ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  for await (const entry of history.log(query, signal, onProgress)) {
    const commit = commitFacts(entry.commit);
    if (commit.event === REWRITE && !all) continue;
    const objects = wantedObjects(entry, commit, selection, context);
    if (objects.length > 0) yield { commit, note: noteOn(commit, entry.commit, history), objects };
  }
}

function wantedObjects(entry: LogEntry, commit: CommitFacts, selection: Selection, context: LogContext): LoggedObject[] {
  return changesOf(entry, context.history).flatMap((change) => {
    const id = identityAt(change.path, () => readFile(context.history, contentOf(change)).body, context.byFolder);
    if (id === null || !selection.matchesName(id)) return [];
    const object = new LoggedObject(id, change, verbOf(change, commit), entry.commit, context);
    return selection.needsBody && !object.bodies().some((body) => selection.matchesLabels(id, body)) ? [] : [object];
  });
}

/** A log of all commits need not say what each changed. */
function changesOf({ commit, changes }: LogEntry, history: History): readonly PathChange[] {
  if (changes.length > 0) return changes;
  return [...history.changes(parentOf(commit, history), commit)];
}

function verbOf({ before, after }: PathChange, { event }: CommitFacts): LogVerb {
  if (event === REWRITE) return 'rewrite';
  if (after === null) return event === UNMIRROR ? 'unmirror' : 'delete';
  return before === null ? 'create' : 'update';
}

function noteOn({ event, committedAt }: CommitFacts, commit: CommitInfo, history: History): LogNote | null {
  const sinceParent = (): readonly [number, number] | null => {
    const parent = parentOf(commit, history);
    return parent === null ? null : [parent.committedAt, committedAt];
  };
  switch (event) {
    case 'catch-up':
      return { words: 'catch-up: happened while nobody watched', between: sinceParent() };
    case 'server-upgrade':
      return { words: 'the server has another version: happened while nobody watched, or comes from the upgrade', between: sinceParent() };
    case 'baseline':
      return { words: 'baseline: was there when the mirror began', between: null };
    case 'store-went-back':
      return { words: 'the cluster was restored from an older state of its store', between: sinceParent() };
    case UNMIRROR:
      return { words: 'no longer mirrored: a rule or filter excludes it, which says nothing about the cluster', between: null };
    case REWRITE:
      return { words: 'rewritten under changed rules: nothing happened in the cluster', between: null };
    case null:
      return { words: 'not a commit of kubetape', between: null };
    default:
      return null;
  }
}

function parentOf(commit: CommitInfo, history: History): CommitInfo | null {
  const [parent] = commit.parents;
  return parent === undefined ? null : history.commit(parent);
}
