import type { Json } from '../../lib/json.js';
import type { Fields } from './fields.js';
import { LabelSelector } from './label-selector.js';
import { parsePath } from './path.js';
import { Pattern } from './pattern.js';
import type { Match, WantedValue, Where } from './rule.js';
import { Template } from './template.js';

export const MATCH_FIELDS = [
  'resources', 'groups', 'kinds', 'namespaces', 'names', 'labels', 'annotations', 'ownedBy', 'scaled', 'where', 'anyOf', 'not',
] as const;
const OPERATORS = ['exists', 'absent', 'eq', 'ne', 'in', 'matches'] as const;

/** Reads the `match` of a rule; mistakes are noted in `fields`. */
export function parseMatch(fields: Fields): Match {
  const match: { -readonly [K in keyof Match]: Match[K] } = {};
  for (const name of ['resources', 'groups', 'kinds', 'namespaces', 'names', 'annotations'] as const) {
    const globs = fields.globs(name);
    if (globs !== undefined) match[name] = globs;
  }
  if (fields.has('labels')) {
    const labels = fields.parsed('labels', (text) => new LabelSelector(text));
    if (labels !== undefined) match.labels = labels;
  }
  const scaled = fields.boolean('scaled');
  if (scaled !== undefined) match.scaled = scaled;
  if (fields.has('ownedBy')) {
    const owner = fields.child(fields.raw('ownedBy'), fields.at('ownedBy'), ['controller', 'kinds']);
    match.ownedBy = { controller: owner.boolean('controller'), kinds: owner.globs('kinds') };
  }
  if (fields.has('where')) {
    match.where = fields.list('where').flatMap(({ value, place }) => parseWhere(fields.child(value, place, ['path', 'op', 'value'])) ?? []);
  }
  if (fields.has('anyOf')) match.anyOf = fields.list('anyOf').map(({ value, place }) => parseMatch(fields.child(value, place, MATCH_FIELDS)));
  if (fields.has('not')) match.not = parseMatch(fields.child(fields.raw('not'), fields.at('not'), MATCH_FIELDS));
  return match;
}

/** A value to compare with; a text may name values of the object as `${path}`. */
export function parseWanted(fields: Fields, value: Json | undefined, place: string): WantedValue | undefined {
  if (value === undefined) {
    fields.problem('', 'the field value is missing');
    return undefined;
  }
  if (typeof value !== 'string') return { json: value };
  return fields.attempt(place, () => {
    const template = new Template(value);
    return template.constant ? { json: value } : { template };
  });
}

function parseWhere(fields: Fields): Where | undefined {
  const path = fields.parsed('path', parsePath);
  const op = fields.oneOf('op', OPERATORS);
  if (path === undefined || op === undefined) return undefined;
  switch (op) {
    case 'exists':
    case 'absent':
      if (fields.has('value')) fields.problem('value', `has no meaning for ${op}`);
      return { path, op };
    case 'eq':
    case 'ne': {
      const value = parseWanted(fields, fields.raw('value'), fields.at('value'));
      return value === undefined ? undefined : { path, op, value };
    }
    case 'in':
      return { path, op, values: fields.list('value').flatMap(({ value, place }) => parseWanted(fields, value, place) ?? []) };
    case 'matches': {
      const pattern = fields.parsed('value', (text) => new Pattern(text));
      return pattern === undefined ? undefined : { path, op, pattern };
    }
  }
}
