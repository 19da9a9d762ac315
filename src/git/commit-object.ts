import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Oid } from '../model/tape.js';

/** Author, committer and tagger of what kubetape writes. */
export const WRITER = 'kubetape <kubetape@localhost>';

export interface CommitFields {
  readonly tree: Oid;
  readonly parents: readonly Oid[];
  /** `Name <mail>`; author and committer. */
  readonly by: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly message: string;
}

/** A commit object's content; UTC, and the message ends with a line feed. */
export function encodeCommit({ tree, parents, by, at, message }: CommitFields): Buffer {
  const lines = [`tree ${tree}`, ...parents.map((parent) => `parent ${parent}`), `author ${by} ${at} +0000`, `committer ${by} ${at} +0000`];
  return Buffer.from(`${lines.join('\n')}\n\n${message}${message.endsWith('\n') ? '' : '\n'}`);
}

/** Reads a commit object's content; RepositoryError DAMAGED when it is none. */
export function parseCommit(oid: Oid, data: Buffer): CommitInfo {
  const text = data.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = (end < 0 ? text : text.slice(0, end)).split('\n');
  const tree = /^tree ([0-9a-f]{40})$/.exec(head[0] ?? '')?.[1];
  const committedAt = head.map((line) => /^committer .*> (-?\d+) [+-]\d+$/.exec(line)?.[1]).find((at) => at !== undefined);
  if (tree === undefined || committedAt === undefined) throw new RepositoryError('DAMAGED', `Commit ${oid} has no tree or no committer`);
  const parents = head.flatMap((line) => /^parent ([0-9a-f]{40})$/.exec(line)?.[1] ?? []);
  return { oid, tree, parents, committedAt: Number(committedAt), message: end < 0 ? '' : text.slice(end + 2) };
}
