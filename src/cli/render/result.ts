import type { MirrorResult } from '../../capture/mirror-types.js';
import { escapeLine } from '../../lib/escape.js';
import type { CommandContext } from '../context.js';

/** What a snapshot came to: on stdout for people, or as JSON. */
export function renderResult({ streams, output, quiet }: CommandContext, repository: string, result: MirrorResult): void {
  const { commit, head, objects, uncovered } = result;
  if (output === 'json') {
    streams.out(`${JSON.stringify({ repository, commit: commit?.oid ?? null, head: head?.oid ?? null, objects, uncovered }, null, 2)}\n`);
    return;
  }
  if (output === 'name') {
    streams.out(`${head?.oid ?? ''}\n`);
    return;
  }
  if (!quiet) {
    const done = commit === null ? 'Nothing changed' : `Committed ${commit.oid.slice(0, 12)} ${commit.message.split('\n', 1)[0] ?? ''}`;
    streams.out(`${done}\n${objects} objects listed; repository ${repository}\n`);
  }
  for (const { type, namespace, reason } of uncovered) {
    streams.err(`not complete: ${namespace === undefined ? '' : `${escapeLine(namespace, 63)}: `}${type}: ${escapeLine(reason, 200)}\n`);
  }
}
