import { RepositoryError } from '../model/repository-error.js';
import type { History, Revision } from '../model/history.js';
import { escapeText } from '../lib/escape.js';
import type { CommandContext } from './context.js';
import { localTime } from './render/time.js';

/**
 * The commit that a revision of the command line names. What cannot be seen in it is told on stderr, unless -q: which commit
 * a time was taken for, and in which zone. RepositoryError NOT_FOUND; for what looks like an object, with the hint that these
 * stand behind `--`.
 */
export async function resolveRevision(history: History, given: string, context: Pick<CommandContext, 'streams' | 'quiet'>, signal: AbortSignal): Promise<Revision> {
  const revision = await history.resolve(given, signal).catch((error: unknown) => {
    throw looksLikeObject(given) && error instanceof RepositoryError && error.code === 'NOT_FOUND'
      ? new RepositoryError('NOT_FOUND', error.message, { hint: `Objects come behind --: kubetape diff -- ${given}`, cause: error })
      : error;
  });
  if (!context.quiet && !isPlain(revision)) {
    context.streams.err(`${describeRevision(revision)}\n`);
  }
  return revision;
}

/** `yesterday is commit 1a2b3c4d5e6f of 2026-11-20 13:59:58+01:00 (2026-11-20 14:00:00+01:00 Europe/Berlin was asked for)`. */
export function describeRevision({ given, commit, time }: Revision): string {
  const asked = time === undefined ? '' : ` (${localTime(time.at)} ${time.zone} was asked for)`;
  return `${escapeText(given)} is commit ${commit.oid.slice(0, 12)} of ${localTime(commit.committedAt)}${asked}`;
}

/** HEAD, and an id that says itself which commit it is. */
function isPlain({ given, commit }: Revision): boolean {
  return given === 'HEAD' || (given.length >= 7 && commit.oid.startsWith(given.toLowerCase()));
}

function looksLikeObject(given: string): boolean {
  return /^[a-z][a-z0-9.-]*\/[^/]+$/i.test(given);
}
