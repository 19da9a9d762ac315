import { escapeText } from '../lib/escape.js';
import type { FieldChange } from './field-changes.js';

/** What a path of a comment line starts with: `kubetape:allocated spec.clusterIP`. */
export const COMMENT_PATH = 'kubetape:';

interface Line {
  /** `allocated spec.clusterIP`: the line's word and what it is about, if that can differ in value only. */
  readonly subject: string;
  readonly value: string;
}

/**
 * The leading comment lines that differ, as changes of `kubetape:<word> <subject>`: of an allocated field, of a Secret's
 * digest, of an owner, of the applier. Lines that kubetape does not write are named as they are. Sorted as in the file.
 */
export function commentChanges(before: readonly string[], after: readonly string[]): FieldChange[] {
  const old = bySubject(before);
  const now = bySubject(after);
  const subjects = [...new Set([...now.keys(), ...old.keys()])].sort();
  const differing = subjects.filter((subject) => old.get(subject) !== now.get(subject));
  return differing.map((subject) => ({ path: escapeText(subject), keys: [], before: old.get(subject), after: now.get(subject) }));
}

/** The allocated field that a comment line of this path is about, or null. */
export function allocatedField(path: string): string | null {
  const start = `${COMMENT_PATH}allocated `;
  return path.startsWith(start) ? path.slice(start.length) : null;
}

/** The fields that `# kubetape:allocated <field>: <value>` lines name, as canon/rules/sites.pathText writes them. */
export function allocatedFields(lines: readonly string[]): string[] {
  return lines.flatMap((line) => allocatedField(parsed(line).subject) ?? []);
}

function bySubject(lines: readonly string[]): Map<string, string> {
  const values = new Map<string, string[]>();
  for (const line of lines) {
    const { subject, value } = parsed(line);
    values.set(subject, [...(values.get(subject) ?? []), value]);
  }
  // Lines that are repeated count as one change together.
  return new Map([...values].map(([subject, list]) => [subject, list.join(', ')]));
}

const ALLOCATED = /^# kubetape:allocated ((?:"(?:[^"\\]|\\.)*"|[^:"])*): (.*)$/;
const DIGEST = /^# kubetape:digest (\S+) (.*)$/;
const OWNER = /^# kubetape:owner (\S+ \S+)(?: (.*))?$/;
const APPLIER = /^# kubetape:applier (.*)$/;

function parsed(line: string): Line {
  const [, field, value] = ALLOCATED.exec(line) ?? [];
  if (field !== undefined) return { subject: `${COMMENT_PATH}allocated ${field}`, value: value ?? '' };
  const [, entry, digest] = DIGEST.exec(line) ?? [];
  if (entry !== undefined) return { subject: `${COMMENT_PATH}digest ${entry}`, value: digest ?? '' };
  const [, owner, flags] = OWNER.exec(line) ?? [];
  if (owner !== undefined) return { subject: `${COMMENT_PATH}owner ${owner}`, value: flags ?? '' };
  const [, manager] = APPLIER.exec(line) ?? [];
  if (manager !== undefined) return { subject: `${COMMENT_PATH}applier`, value: manager };
  return { subject: line.replace(/^# ?/, ''), value: '' };
}
