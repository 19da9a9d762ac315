import type { CommitInfo, Oid } from '../model/tape.js';
import { readTrailers } from '../model/trailers.js';

/** What is told of a commit wherever one is named. Texts are as the commit has them: a commit of a person's is not escaped. */
export interface CommitFacts {
  readonly oid: Oid;
  /** Seconds since 1970. */
  readonly committedAt: number;
  readonly subject: string;
  /** Kubetape-Event; null: the commit is not kubetape's. */
  readonly event: string | null;
  /** Field managers that own what was changed, at most five; the commit names none where they are not known. */
  readonly managers: readonly string[];
}

export function commitFacts(commit: CommitInfo): CommitFacts {
  const trailers = readTrailers(commit.message);
  return {
    oid: commit.oid,
    committedAt: commit.committedAt,
    subject: commit.message.split('\n', 1)[0] ?? '',
    event: trailers.get('Kubetape-Event') ?? null,
    managers: (trailers.get('Kubetape-Managers') ?? '').split(', ').filter((manager) => manager !== ''),
  };
}

/** The event of a commit that rewrites the tree under changed rules, from the tree alone: nothing happened in the cluster. */
export const REWRITE = 'recanonicalise';
/** The event of a commit that takes away files of objects that are there, because a rule or filter excludes them. */
export const UNMIRROR = 'unmirrored';
