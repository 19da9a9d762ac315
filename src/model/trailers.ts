import type { CommitInfo } from './tape.js';
import type { StatusHead } from './status-report.js';

/** Trailers as git takes them: `Key: value` lines of the last paragraph. */
export function readTrailers(message: string): ReadonlyMap<string, string> {
  const last = message.trimEnd().split(/\n\n+/).at(-1) ?? '';
  const pairs = last.split('\n').flatMap((line): [string, string][] => {
    const match = /^([A-Za-z0-9-]+): (.*)$/.exec(line);
    return match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']];
  });
  return new Map(pairs);
}

/** What a status says of the newest commit. */
export function toStatusHead(head: CommitInfo): StatusHead {
  const trailers = readTrailers(head.message);
  return {
    oid: head.oid,
    subject: head.message.split('\n', 1)[0] ?? '',
    committedAt: new Date(head.committedAt * 1000).toISOString(),
    completeTo: trailers.get('Kubetape-Complete-To') ?? null,
    coverage: trailers.get('Kubetape-Coverage') ?? null,
  };
}
