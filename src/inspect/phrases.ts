import { COMMENT_PATH } from '../diff/comment-changes.js';
import { fieldPhrase } from '../diff/describe.js';
import type { FieldChange } from '../diff/field-changes.js';
import { escapeLine } from '../lib/escape.js';

const LONGEST = 60;
/** Digits of an image's digest that tell two apart for a reader. */
const DIGEST_DIGITS = 12;

/**
 * One phrase for each field, escaped, in a person's words: `spec.replicas 2 → 5`, `image nginx:1.25 → 1.26`,
 * `owner apps/v1 Deployment/web added`. Of a Secret the names of fields only.
 */
export function phrases(fields: readonly FieldChange[], secret: boolean): string[] {
  const images = fields.filter(isImageChange).length;
  return fields.map((field) => {
    if (field.path.startsWith(COMMENT_PATH) && field.keys.length === 0) return commentPhrase(field);
    if (!secret && isImageChange(field)) return imagePhrase(field, images > 1);
    return fieldPhrase(field, secret);
  });
}

/** The label of the list item that a path leads through last: `spec.template.spec.containers[web].image` → `web`. */
const ITEM = /\[([^[\]]+)\][^[\]]*$/;

type ImageChange = FieldChange & { readonly before: string; readonly after: string };

function isImageChange(field: FieldChange): field is ImageChange {
  return field.keys.at(-1) === 'image' && typeof field.before === 'string' && typeof field.after === 'string';
}

/** What both have is said once: `image nginx:1.25 → 1.26`. */
function imagePhrase({ path, before, after }: ImageChange, named: boolean): string {
  const item = named ? ITEM.exec(path)?.[1] : undefined;
  const where = item === undefined ? '' : ` in ${item}`;
  const [old, now] = [parseImage(before), parseImage(after)];
  if (old.name !== now.name || old.rest === now.rest) return `image ${short(before)} → ${short(after)}${where}`;
  const sign = old.separator === now.separator ? '' : now.separator;
  return `image ${short(old.name)}${old.separator}${short(old.rest)} → ${sign}${short(now.rest)}${where}`;
}

interface Image {
  readonly name: string;
  readonly separator: '' | ':' | '@';
  /** Tag or digest. */
  readonly rest: string;
}

/** `[host[:port]/]path[:tag][@digest]`; a digest makes the tag a remark. */
function parseImage(text: string): Image {
  const at = text.indexOf('@');
  const tagged = at < 0 ? text : text.slice(0, at);
  const colon = tagged.indexOf(':', tagged.lastIndexOf('/') + 1);
  const name = colon < 0 ? tagged : tagged.slice(0, colon);
  if (at >= 0) return { name, separator: '@', rest: shortDigest(text.slice(at + 1)) };
  return colon < 0 ? { name, separator: '', rest: '' } : { name, separator: ':', rest: tagged.slice(colon + 1) };
}

function shortDigest(digest: string): string {
  const [, algorithm, digits] = /^([a-z0-9]+:)([0-9a-f]{32,})$/.exec(digest) ?? [];
  return algorithm === undefined || digits === undefined ? digest : `${algorithm}${digits.slice(0, DIGEST_DIGITS)}`;
}

function short(text: string): string {
  return escapeLine(text, LONGEST);
}

/** Comment lines: their paths are escaped already, their values are written by us. */
function commentPhrase({ path, before, after }: FieldChange): string {
  const subject = path.slice(COMMENT_PATH.length);
  const space = subject.indexOf(' ');
  const [word, rest] = space < 0 ? [subject, ''] : [subject.slice(0, space), subject.slice(space + 1)];
  const how = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  switch (word) {
    case 'digest':
      return `${rest} ${how}`;
    case 'allocated':
      return how === 'changed' ? `allocated ${rest} ${value(before)} → ${value(after)}` : `allocated ${rest} ${how}`;
    case 'applier':
      return how === 'changed' ? `applied by ${value(before)} → ${value(after)}` : `applied by ${value(after ?? before)} ${how}`;
    default:
      return rest === '' ? `${word} ${how}` : `${word} ${rest} ${how}`;
  }
}

function value(text: FieldChange['before']): string {
  return typeof text === 'string' ? short(text) : '';
}
