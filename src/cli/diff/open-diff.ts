import { readTypes, type RecordedType } from '../../capture/meta-files.js';
import { compareCommits } from '../../inspect/compare-commits.js';
import { compareLive } from '../../inspect/live/compare-live.js';
import { Selection } from '../../inspect/selection.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { History, Revision } from '../../model/history.js';
import type { CommandContext, CommandOptions } from '../context.js';
import type { Words } from '../invocation.js';
import { openSettingsCluster } from '../open-cluster.js';
import { openSettingsHistory } from '../open-history.js';
import { resolveRevision } from '../revision-note.js';
import { selectionRequest } from '../selection-request.js';
import type { Compared } from './compared-side.js';
import type { DiffRequest } from './diff-request.js';
import { commitSource, liveSource, type DiffSource } from './diff-source.js';
import { knownDigestKey } from './known-digest-key.js';

/** Two sides that can be compared, more than once. */
export interface OpenDiff extends AsyncDisposable {
  compared(): Compared;
  /** Compares them as they are now. */
  source(signal: AbortSignal): DiffSource;
  /** Reads the branch again, when its head is compared. */
  refresh(): void;
}

/**
 * Opens what a request names: the repository, and the cluster where live is compared. RepositoryError, ClusterError,
 * SelectionError and UsageError for what is not there.
 */
export async function openDiff(context: CommandContext, options: CommandOptions, words: Words, request: DiffRequest): Promise<OpenDiff> {
  const history = await openSettingsHistory(context);
  try {
    const revisions: Revision[] = [];
    for (const given of request.revisions) revisions.push(await resolveRevision(history, given, context, context.signal));
    const opened = { context, options, words, request, history, revisions };
    if (revisions.length === 2) return openCommits(opened);
    if (request.manifests.length === 0) return await openLive(opened);
    const { openCommitManifests, openLiveManifests } = await import('./open-manifests.js');
    return revisions.length === 1 ? await openCommitManifests(opened) : await openLiveManifests(opened);
  } catch (error) {
    history.close();
    throw error;
  }
}

export interface Opened {
  readonly context: CommandContext;
  readonly options: CommandOptions;
  readonly words: Words;
  readonly request: DiffRequest;
  readonly history: History;
  readonly revisions: readonly Revision[];
}

function openCommits(opened: Opened): OpenDiff {
  const { history, request, revisions } = opened;
  const [before, after] = revisions as [Revision, Revision];
  const [old, now] = [history.snapshot(before.commit), history.snapshot(after.commit)];
  const selection = selectionOf(opened, new Map([...readTypes(old), ...readTypes(now)]));
  return {
    compared: () => ({ before: { kind: 'commit', revision: before }, after: { kind: 'commit', revision: after } }),
    source: (signal) => commitSource(compareCommits(history, old, now, selection, { reveal: request.reveal }, signal)),
    refresh: () => undefined,
    async [Symbol.asyncDispose]() { history.close(); },
  };
}

async function openLive(opened: Opened): Promise<OpenDiff> {
  const { context, request, history } = opened;
  const digestKey = knownDigestKey(context.settings);
  let revision = revisionOf(opened);
  let snapshot = history.snapshot(revision.commit);
  let selection = selectionOf(opened, readTypes(snapshot));
  const reader = await openSettingsCluster(context.settings, context.version, context.signal);
  return {
    compared: () => ({ before: { kind: 'commit', revision }, after: { kind: 'live', cluster: reader.name } }),
    source: (signal) => liveSource(compareLive({ reader, history, digestKey, log: context.logger }, snapshot, selection, { reveal: request.reveal, allowOtherCluster: request.toOtherCluster, onProgress: progressOf(context) }, signal)),
    refresh() {
      if (opened.revisions.length > 0 || history.refresh().oid === revision.commit.oid) return;
      revision = revisionOf(opened);
      snapshot = history.snapshot(revision.commit);
      selection = selectionOf(opened, readTypes(snapshot));
    },
    [Symbol.asyncDispose]: () => closeBoth(reader, history),
  };
}

/** The commit that live or manifests are compared with. */
export function revisionOf({ revisions, history }: Pick<Opened, 'revisions' | 'history'>): Revision {
  return revisions[0] ?? { given: 'HEAD', commit: history.head() };
}

export function selectionOf({ options, words }: Opened, types: ReadonlyMap<string, RecordedType>): Selection {
  return Selection.parse(selectionRequest(options, words.objects), types);
}

export async function closeBoth(reader: ClusterReader, history: History): Promise<void> {
  history.close();
  await reader.close();
}

function progressOf({ progress }: CommandContext): (state: { lists: number; listed: number; objects: number }) => void {
  return ({ lists, listed, objects }) => { progress.update({ phase: 'comparing', typesSynced: listed, types: lists, objects }); };
}

