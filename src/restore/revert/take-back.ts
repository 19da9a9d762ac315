import { commentBlock, commentsToDigests } from '../../canon/comments.js';
import { emit } from '../../canon/emitter.js';
import { isSecretType } from '../../canon/secrets.js';
import { builtInListKeys } from '../../diff/list-keys.js';
import { textOf } from '../../inspect/read-file.js';
import type { Side } from '../../model/comparison.js';
import type { ChangedObject } from './changed-objects.js';
import type { LiveState } from './live-states.js';
import { threeWay, type FieldConflict } from './three-way.js';

/** What becomes of one object when a change is taken back. */
export type TakenBack =
  /** Its state before the change is live, or what the change created is gone. */
  | { readonly kind: 'same' }
  /** `text`: live with the change taken back, or what the change deleted. */
  | { readonly kind: 'write'; readonly text: string; readonly conflicts: readonly FieldConflict[] }
  /** Everything that the change did to it was changed since. */
  | { readonly kind: 'conflict'; readonly conflicts: readonly FieldConflict[]; readonly reason: string }
  /** The change created it. */
  | { readonly kind: 'left'; readonly reason: string }
  | { readonly kind: 'blocked'; readonly reason: string };

const SAME: TakenBack = { kind: 'same' };
const OWNER = '# kubetape:owner ';

/** Takes back what a change did to one object, as far as nobody has changed it since. */
export function takeBack({ before, after, type, unreadable }: ChangedObject, live: LiveState): TakenBack {
  if (unreadable !== null) return { kind: 'blocked', reason: unreadable };
  const digests = [before, after].some((side) => side !== null && commentsToDigests(side.comments).length > 0);
  if (before !== null && digests) return { kind: 'blocked', reason: 'the repository holds digests of its values only (secrets: digest)' };
  if (live.kind === 'unknown') return { kind: 'blocked', reason: live.reason };
  if (before === null) return live.kind === 'absent' ? SAME : { kind: 'left', reason: 'created by the change; kubetape does not delete it' };
  if (live.kind === 'absent') {
    return after === null ? { kind: 'write', text: before.text, conflicts: [] } : conflict('the change changed it, and it was deleted since');
  }
  if (isSame(before, live.side)) return SAME;
  if (after === null) return conflict('the change deleted it, and it is there again with other content');
  return merged(before, after, live.side, isSecretType(type));
}

function merged(before: Side, after: Side, live: Side, isSecret: boolean): TakenBack {
  for (const key of ['apiVersion', 'kind']) {
    const [was, is, now] = [before, after, live].map(({ body }) => textOf(body, key) ?? '');
    if (was !== is || is !== now) return { kind: 'blocked', reason: `its ${key} changed (${was}, ${is}, now ${now}): a restore puts the object back as a whole` };
  }
  const listKeys = builtInListKeys(textOf(live.body, 'apiVersion') ?? '', textOf(live.body, 'kind') ?? '');
  const { body, restored, conflicts } = threeWay(before.body, after.body, live.body, listKeys);
  const owners = mergeOwners(before, after, live);
  const all = [...conflicts.map((each) => (isSecret ? { ...each, changed: '', live: '' } : each)), ...owners.conflicts];
  if (restored.length === 0 && !owners.restored) return all.length === 0 ? SAME : { kind: 'conflict', conflicts: all, reason: `changed since: ${wordsOf(all)}` };
  const comments = [...live.comments.filter((line) => !line.startsWith(OWNER)), ...owners.lines];
  return { kind: 'write', text: commentBlock(comments) + emit(body), conflicts: all };
}

/** Owner references stand in comment lines; they are one field. */
function mergeOwners(before: Side, after: Side, live: Side): { readonly lines: readonly string[]; readonly restored: boolean; readonly conflicts: readonly FieldConflict[] } {
  const [was, is, now] = [before, after, live].map(ownersOf) as [string[], string[], string[]];
  const same = (a: readonly string[], b: readonly string[]): boolean => a.join('\n') === b.join('\n');
  if (same(was, is) || same(now, was)) return { lines: now, restored: false, conflicts: [] };
  if (same(now, is)) return { lines: was, restored: true, conflicts: [] };
  return { lines: now, restored: false, conflicts: [{ path: 'metadata.ownerReferences', changed: `[${is.length}]`, live: `[${now.length}]` }] };
}

function ownersOf({ comments }: Side): string[] {
  return comments.filter((line) => line.startsWith(OWNER)).sort();
}

/** Allocations and the applier do not belong to the state that is put back. */
function isSame(a: Side, b: Side): boolean {
  return emit(a.body) === emit(b.body) && ownersOf(a).join('\n') === ownersOf(b).join('\n');
}

function conflict(reason: string): TakenBack {
  return { kind: 'conflict', conflicts: [], reason };
}

const NAMED = 10;

/** `spec.replicas (5 → 7 since)`, for a reason; a Secret's without values. */
export function wordsOf(conflicts: readonly FieldConflict[]): string {
  const words = conflicts.slice(0, NAMED).map(({ path, changed, live }) => (changed === '' ? path : `${path} (${changed} → ${live} since)`));
  return `${words.join(', ')}${conflicts.length > NAMED ? ` and ${conflicts.length - NAMED} more` : ''}`;
}
