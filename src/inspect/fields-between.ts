import { readOwnStyle, splitComments } from '../canon/reader.js';
import { compareSides } from '../diff/classify.js';
import { builtInListKeys } from '../diff/list-keys.js';
import type { Difference, Side } from '../model/comparison.js';
import { differingPart } from './differing-part.js';
import { textOf } from './read-file.js';

/** In the emitter's style these two lines come first; a plain scalar of such words is a text. */
const HEAD = /^(?:#.*\n)*apiVersion: ([A-Za-z][A-Za-z0-9./-]*)\nkind: ([A-Z][A-Za-z0-9]*)\n/;

/** apiVersion and kind as a file's first lines say; null where they do not, and the file must be read. */
export function typeIn(text: string): { readonly apiVersion: string; readonly kind: string } | null {
  const [, apiVersion, kind] = HEAD.exec(text) ?? [];
  return apiVersion === undefined || kind === undefined ? null : { apiVersion, kind };
}

/** What differs between two forms of an object, comment lines included, without knowing who owns what. */
export function fieldsBetween(before: Side, after: Side): Difference[] {
  const quick = quickFields(before, after);
  // Nothing found is not believed: the texts do differ.
  if (quick !== null && quick.length > 0) return quick;
  return compared(before, after, textOf(after.body, 'apiVersion') ?? '', textOf(after.body, 'kind') ?? '');
}

/** Null where the texts do not show what differs. */
function quickFields(before: Side, after: Side): Difference[] | null {
  const type = typeIn(after.text);
  // What an allocated line names is found in the whole body.
  if (type === null || [...before.comments, ...after.comments].some((line) => line.startsWith('# kubetape:allocated '))) return null;
  const part = differingPart(bodyText(before), bodyText(after));
  if (part === null) return null;
  const [was, is] = [readOwnStyle(part.before), readOwnStyle(part.after)];
  if (was === null || is === null) return null;
  return compared({ text: part.before, comments: before.comments, body: was }, { text: part.after, comments: after.comments, body: is }, type.apiVersion, type.kind);
}

function compared(before: Side, after: Side, apiVersion: string, kind: string): Difference[] {
  const listKeys = builtInListKeys(apiVersion, kind);
  return compareSides({ before, after, live: null, listKeys }, { listKeys });
}

function bodyText({ text, comments }: Side): string {
  return comments.length === 0 ? text : splitComments(text).body;
}
