import { commentChanges } from '../diff/comment-changes.js';
import type { FieldChange } from '../diff/field-changes.js';

const DIGEST = '# kubetape:digest ';
const OWNER = '# kubetape:owner ';

/** Whether a Secret's values are known by their digests only. */
export function isDigested(comments: readonly string[]): boolean {
  return comments.some((line) => line.startsWith(DIGEST));
}

/**
 * The comment lines that a manifest can stand for, compared: owners, and the digests of a Secret. What the manifest does
 * not name counts only when `exact`.
 */
export function namedLines(before: readonly string[], after: readonly string[], exact: boolean): FieldChange[] {
  const lines = (comments: readonly string[]): string[] => comments.filter((line) => line.startsWith(DIGEST) || line.startsWith(OWNER));
  return commentChanges(lines(before), lines(after)).filter((change) => exact || change.after !== undefined);
}

/** A digest's line with key and size only; any other line as it is. */
export function withoutDigest(line: string): string {
  return line.replace(/^(# kubetape:digest .*) hmac-sha256:[0-9a-f]+$/, '$1');
}
