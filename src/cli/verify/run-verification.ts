import { readTypes } from '../../capture/meta-files.js';
import { PATIENCE_BEYOND_WINDOW_MS, verify } from '../../inspect/live/verify.js';
import type { Verification } from '../../inspect/live/verification.js';
import { Selection } from '../../inspect/selection.js';
import { parseDuration } from '../../lib/duration.js';
import type { History, Revision } from '../../model/history.js';
import type { CommandContext, CommandOptions } from '../context.js';
import { knownDigestKey } from '../diff/known-digest-key.js';
import type { Words } from '../invocation.js';
import { openSettingsCluster } from '../open-cluster.js';
import { openSettingsHistory } from '../open-history.js';
import { text } from '../option-values.js';
import { resolveRevision } from '../revision-note.js';
import { selectionRequest } from '../selection-request.js';
import { UsageError } from '../usage-error.js';

/** Compares the cluster of the settings with the commit that the words name. RepositoryError OTHER_CLUSTER for another cluster's commit. */
export async function runVerification(context: CommandContext, options: CommandOptions, words: Words): Promise<Verification> {
  const { settings, signal, clock, logger, progress } = context;
  const patienceMs = patience(text(options['patience']), settings.windowMs);
  if (words.args.length > 1) throw new UsageError('USAGE', 'verify takes one revision', { hint: 'Objects come behind --: kubetape verify HEAD -- deploy/web' });
  const history = await openSettingsHistory(context);
  try {
    const revision = await revisionOf(history, words.args[0], context);
    const snapshot = history.snapshot(revision.commit);
    const selection = Selection.parse(selectionRequest(options, words.objects), readTypes(snapshot));
    const digestKey = knownDigestKey(settings);
    const reader = await openSettingsCluster(settings, context.version, signal);
    try {
      return await verify({ reader, history, digestKey, log: logger }, snapshot, selection, {
        reveal: false,
        allowOtherCluster: options['toOtherCluster'] === true,
        followsHead: revision.given === 'HEAD',
        patienceMs,
        clock,
        onProgress: ({ lists, listed, objects }) => { progress.update({ phase: 'verifying', typesSynced: listed, types: lists, objects }); },
      }, signal);
    } finally {
      await reader.close();
    }
  } finally {
    history.close();
  }
}

async function revisionOf(history: History, given: string | undefined, context: CommandContext): Promise<Revision> {
  return given === undefined ? { given: 'HEAD', commit: history.head() } : resolveRevision(history, given, context, context.signal);
}

function patience(given: string | undefined, windowMs: number): number {
  if (given === undefined) return windowMs + PATIENCE_BEYOND_WINDOW_MS;
  const ms = parseDuration(given);
  if (ms === null) throw new UsageError('USAGE', `Could not read the duration "${given}"`, { hint: 'Write it as 10s or 1m30s; 0 does not wait' });
  return ms;
}
