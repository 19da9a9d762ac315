import type { Canonicaliser } from '../canon/canonicaliser.js';
import { commentBlock, commentsKnownTo } from '../canon/comments.js';
import { emit } from '../canon/emitter.js';
import { isSecretType } from '../canon/secrets.js';
import { readPolicy } from '../capture/meta-files.js';
import type { Side } from '../model/comparison.js';
import type { ObjectId } from '../model/object-id.js';
import type { TreeReader } from '../model/tape.js';
import { withoutMovedValues } from './allocated.js';
import { commitPolicy } from './commit-policy.js';
import { withoutDigest } from './manifest-comments.js';
import { parseFile } from './read-file.js';

/** Two sides that can be compared, or the rule of one commit that leaves the object out. */
export type Common =
  | { readonly kind: 'sides'; readonly before: Side | null; readonly after: Side | null; /** Digests were left out, for their keys differ. */ readonly keysDiffer: boolean }
  | { readonly kind: 'left out'; readonly rule: string };

export interface CommonForm {
  readonly rulesDiffer: boolean;
  /** Null for a side: the object is not in that commit. */
  between(id: ObjectId, before: Side | null, after: Side | null): Common;
}

/** What two commits, written under rules of their own, both keep. */
export function commonForm(before: TreeReader, after: TreeReader): CommonForm {
  const [was, is] = [readPolicy(before), readPolicy(after)];
  const keysDiffer = was?.digestKeyId !== is?.digestKeyId;
  if (was?.rulesHash === is?.rulesHash && was?.emitter === is?.emitter) {
    return { rulesDiffer: false, between: (id, a, b) => comparable(id, a, b, keysDiffer) };
  }
  const [old, now] = [commitPolicy(before, null), commitPolicy(after, null)];
  const emitter = Math.min(old.emitter, now.emitter);
  return {
    rulesDiffer: true,
    between(id, a, b) {
      // Each side passes both: the other's rules take away what that one does not keep, its own emitter may be an older one.
      const [x, y] = [under(id, a, [now.canonicaliser, old.canonicaliser]), under(id, b, [old.canonicaliser, now.canonicaliser])];
      if (typeof x === 'string') return { kind: 'left out', rule: x };
      if (typeof y === 'string') return { kind: 'left out', rule: y };
      const [left, right] = bothHave(known(x, emitter), known(y, emitter));
      return comparable(id, left, right, keysDiffer || now.policy.secrets !== old.policy.secrets);
    },
  };
}

/** A side as rules leave it; the id of the rule that leaves the object out. */
function under(id: ObjectId, side: Side | null, rules: readonly Canonicaliser[]): Side | null | string {
  if (side === null) return null;
  let text = side.text;
  for (const canonicaliser of rules) {
    const canonical = canonicaliser.recanonicalise(text, id);
    if (canonical.kind === 'skip') return canonical.rule;
    text = canonical.text;
  }
  return text === side.text ? side : parseFile(text, canonicalName(id));
}

function canonicalName(id: ObjectId): string {
  return `of ${id.resource} ${id.namespace}/${id.name}`;
}

/** Without the comment lines that the older of two emitters does not know. */
function known(side: Side | null, emitter: number): Side | null {
  return side === null ? null : withComments(side, commentsKnownTo(emitter, side.comments));
}

function bothHave(before: Side | null, after: Side | null): readonly [Side | null, Side | null] {
  return before === null || after === null ? [before, after] : withoutMovedValues(before, after);
}

/** Secrets under different keys: keys and sizes can be compared, digests cannot. */
function comparable(id: ObjectId, before: Side | null, after: Side | null, keysDiffer: boolean): Common {
  if (!keysDiffer || !isSecretType(id) || before === null || after === null) return { kind: 'sides', before, after, keysDiffer: false };
  return { kind: 'sides', before: withoutDigests(before), after: withoutDigests(after), keysDiffer: true };
}

/** A Secret of which only keys and sizes can be compared. */
export function withoutDigests(side: Side): Side {
  return withComments(side, side.comments.map(withoutDigest));
}

function withComments(side: Side, comments: readonly string[]): Side {
  if (comments.length === side.comments.length && comments.every((line, i) => line === side.comments[i])) return side;
  return { comments, body: side.body, text: commentBlock(comments) + emit(side.body) };
}
