import { readTypes } from '../capture/meta-files.js';
import { Selection } from '../inspect/selection.js';
import type { ExitCode } from '../lib/exit-codes.js';
import type { History, Revision, Snapshot } from '../model/history.js';
import type { CommandContext, CommandOptions } from './context.js';
import { openSettingsHistory } from './open-history.js';
import { text } from './option-values.js';
import { resolveRevision } from './revision-note.js';
import { selectionRequest } from './selection-request.js';

/** A commit of the repository, opened for one command. */
export interface Reading {
  readonly history: History;
  readonly revision: Revision;
  readonly snapshot: Snapshot;
  /** The objects that words name, within -n, -l and --exclude. SelectionError for what is not known. */
  readonly select: (objects: readonly string[]) => Selection;
}

/** Opens the repository at --at or its head, and closes it when `work` is done. */
export async function withReading(context: CommandContext, options: CommandOptions, work: (reading: Reading) => Promise<ExitCode>): Promise<ExitCode> {
  const history = await openSettingsHistory(context);
  try {
    const at = text(options['at']);
    const revision = at === undefined ? { given: 'HEAD', commit: history.head() } : await resolveRevision(history, at, context, context.signal);
    const snapshot = history.snapshot(revision.commit);
    const types = readTypes(snapshot);
    return await work({ history, revision, snapshot, select: (objects) => Selection.parse(selectionRequest(options, objects), types) });
  } finally {
    history.close();
  }
}
