import { readYaml, splitComments } from '../canon/reader.js';
import { escapeLine } from '../lib/escape.js';
import type { JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { Oid, PathChange } from '../model/tape.js';
import { ORDER_STEP } from './compare-objects.js';
import { fieldChanges, shortValue, type FieldChange } from './field-changes.js';

/** A staged change of one file, read for people: what happened to which object, field by field. */
export interface Described {
  readonly verb: 'create' | 'update' | 'delete';
  readonly namespace: string;
  /** `deployments/web`: the plural without its group, as people type it. */
  readonly object: string;
  /** Differing fields; empty unless updated. A Secret's have no values. */
  readonly fields: readonly FieldChange[];
  readonly secret: boolean;
  /** The object as it is now; null when it was deleted. */
  readonly body: JsonObject | null;
}

/** Reads both sides of a change; `read` gives a file's content, staged ones included. */
export function describeChange(read: (oid: Oid) => Buffer, change: PathChange): Described {
  const before = change.before === null ? null : parsed(read(change.before));
  const after = change.after === null ? null : parsed(read(change.after));
  const object = (after ?? before)?.body ?? {};
  const folder = change.path.split('/').at(-2) ?? '';
  const { name, namespace } = metadataOf(object);
  const secret = folder === 'secrets';
  return {
    verb: before === null ? 'create' : after === null ? 'delete' : 'update',
    namespace: typeof namespace === 'string' ? namespace : '',
    object: `${escapeLine(folder.split('.')[0] ?? folder, 63)}/${escapeLine(typeof name === 'string' ? name : '?', 80)}`,
    fields: before === null || after === null ? [] : [...fieldChanges(before.body, after.body), ...commentChanges(before.comments, after.comments)],
    secret,
    body: after?.body ?? null,
  };
}

interface Parsed {
  readonly comments: readonly string[];
  readonly body: JsonObject;
}

function parsed(content: Buffer): Parsed {
  const { comments, body } = splitComments(content.toString('utf8'));
  return { comments, body: readYaml(body) };
}

/** `# kubetape:digest data.password 16B …` → a change of data.password, without any value. */
function commentChanges(before: readonly string[], after: readonly string[]): FieldChange[] {
  const old = new Set(before);
  const now = new Set(after);
  const differing = [...after.filter((line) => !old.has(line)), ...before.filter((line) => !now.has(line))];
  const paths = new Set(differing.map((line) => COMMENT.exec(line)).map((match) => (match?.[1] === 'digest' ? match[2] : match?.[1]) ?? 'comment'));
  return [...paths].map((path) => ({ path: escapeLine(path, 80), keys: [], before: undefined, after: undefined }));
}

const COMMENT = /^# kubetape:(\w+) ?(\S*)/;

/** `spec.replicas 2 → 5`; without values for a Secret, for comment lines and for another order. */
export function fieldPhrase(field: FieldChange, secret: boolean): string {
  if (secret || field.path.endsWith(ORDER_STEP) || (field.before === undefined && field.after === undefined)) return field.path;
  if (field.before === undefined) return `${field.path} added: ${shortValue(field.after)}`;
  if (field.after === undefined) return `${field.path} removed`;
  const { before, after } = field;
  if (typeof before === 'string' && typeof after === 'string' && (before.includes('\n') || after.includes('\n'))) {
    return `${field.path} (${linesChanged(before, after)})`;
  }
  return `${field.path} ${shortValue(before)} → ${shortValue(after)}`;
}

/** `+2 -1 lines`, from lines counted as a multiset: moved lines are no change, which is enough for a subject. */
function linesChanged(before: string, after: string): string {
  const counts = new Map<string, number>();
  for (const line of before.split('\n')) counts.set(line, (counts.get(line) ?? 0) + 1);
  let added = 0;
  for (const line of after.split('\n')) {
    const left = counts.get(line) ?? 0;
    if (left === 0) added++;
    else counts.set(line, left - 1);
  }
  return `+${added} -${[...counts.values()].reduce((sum, count) => sum + count, 0)} lines`;
}
