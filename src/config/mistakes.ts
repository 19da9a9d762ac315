import type { z } from 'zod';
import type { Mistake } from './config-error.js';
import { nearest } from '../lib/nearest.js';
import { FILE_SCHEMA, keysAt, type FileContent } from './schema.js';

/** Where a mistake at a path was written; `ofKey`: the key itself is wrong, not its value. */
export type PlaceOf = (path: readonly PropertyKey[], ofKey: boolean) => Pick<Mistake, 'origin' | 'line' | 'column'>;

/** Checks one source's values against the schema of the file: its content, or every mistake in it. */
export function checkContent(content: unknown, place: PlaceOf): { readonly content: FileContent; readonly mistakes: readonly Mistake[] } {
  const result = FILE_SCHEMA.safeParse(content, { reportInput: false });
  if (result.success) {
    return { content: result.data, mistakes: [] };
  }
  const mistakes = result.error.issues.flatMap((issue) => toMistakes(issue, content, place));
  return { content: {}, mistakes: mistakes.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)) };
}

function toMistakes(issue: z.core.$ZodIssue, content: unknown, place: PlaceOf): Mistake[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { ...place(path, true), path: pathText(path), text: unknownKey(key, keysAt(issue.path)) };
    });
  }
  return [{ ...place(issue.path, false), path: pathText(issue.path), text: badValue(content, issue) }];
}

function unknownKey(key: string, accepted: readonly string[]): string {
  const near = nearest(key, accepted);
  const guess = near === undefined ? '' : `; did you mean ${near}?`;
  return `unknown key${guess === '' ? ';' : `${guess}`} accepted here: ${accepted.join(', ')}`;
}

function badValue(content: unknown, { path, message: accepted }: z.core.$ZodIssue): string {
  const value = valueAt(content, path);
  if (value === 'encrypt' && accepted.startsWith('digest')) {
    return `"encrypt" is not there yet; expected ${accepted}`;
  }
  return `${show(value)} is not accepted; expected ${accepted}${textWouldDo(content, path) ? ' (write it in quotes)' : ''}`;
}

/** Whether the mistake is only that YAML reads `123`, `true` or `1e3` as something else than text. */
function textWouldDo(content: unknown, path: readonly PropertyKey[]): boolean {
  const value = valueAt(content, path);
  const last = path.at(-1);
  if ((typeof value !== 'number' && typeof value !== 'boolean') || last === undefined) {
    return false;
  }
  const copy = structuredClone(content);
  (valueAt(copy, path.slice(0, -1)) as Record<PropertyKey, unknown>)[last] = String(value);
  const issues = FILE_SCHEMA.safeParse(copy).error?.issues ?? [];
  return !issues.some((issue) => issue.path.join('\0') === path.join('\0'));
}

function show(value: unknown): string {
  if (value === null || value === undefined) {
    return 'nothing';
  }
  if (typeof value === 'object') {
    return Array.isArray(value) ? (value.length === 0 ? 'an empty list' : 'a list') : 'a map';
  }
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 56)}…"` : text;
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  let value = content;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

/** `include[0].types`. */
function pathText(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${String(key)}`)).join('');
}
