import { escapeText } from '../../lib/escape.js';
import type { JsonObject } from '../../lib/json.js';
import type { Revision } from '../../model/history.js';
import { commitMembers } from '../render/names.js';
import { localTime } from '../render/time.js';

/** One side of a whole comparison. */
export type ComparedSide =
  | { readonly kind: 'commit'; readonly revision: Revision }
  | {
      readonly kind: 'live';
      /** The server's address. */
      readonly cluster: string;
    }
  | { readonly kind: 'manifests'; readonly paths: readonly string[] };

export interface Compared {
  readonly before: ComparedSide;
  readonly after: ComparedSide;
}

/** `commit 0123456789ab of 2026-11-20T14:00:00+01:00`, `live`, `manifests shop/, -`; escaped, one line. */
export function sideWords(side: ComparedSide): string {
  switch (side.kind) {
    case 'commit':
      return `commit ${side.revision.commit.oid.slice(0, 12)} of ${localTime(side.revision.commit.committedAt)}`;
    case 'live':
      return 'live';
    case 'manifests':
      return `manifests ${side.paths.map(escapeText).join(', ')}`;
  }
}

/** The stable form of a side in JSON. */
export function sideJson(side: ComparedSide): JsonObject {
  if (side.kind === 'live') return { kind: 'live', cluster: side.cluster };
  if (side.kind === 'manifests') return { kind: 'manifests', paths: [...side.paths] };
  return { kind: 'commit', given: side.revision.given, ...commitMembers(side.revision.commit) };
}
