import { load, YAMLException } from 'js-yaml';
import { messageOf } from '../../lib/errors.js';
import { isObject, own, type Json } from '../../lib/json.js';
import { Fields } from './fields.js';
import type { GlobSet } from './glob-set.js';
import { MATCH_FIELDS, parseMatch, parseWanted } from './parse-match.js';
import { parsePath, type Path } from './path.js';
import { RULE_CLASSES, type OwnerCondition, type Rule, type RulePack } from './rule.js';
import type { RulesProblem } from './rules-error.js';

/** The format of rule packs that this program reads. */
export const PACK_VERSION = 'kubetape.io/v1';

const PACK_FIELDS = ['apiVersion', 'kind', 'name', 'version', 'description', 'disable', 'rules'];
const RULE_FIELDS = [
  'id', 'class', 'description', 'source', 'enabled', 'phase', 'profiles', 'match', 'skip', 'drop', 'dropAnnotations', 'dropLabels',
  'dropFinalizers', 'dropKeys', 'dropIfEqual', 'dropIfUnowned', 'dropIfOwnedBy', 'sort', 'pruneEmpty',
];
const ACTIONS = RULE_FIELDS.slice(RULE_FIELDS.indexOf('skip'));
/** The profile that mirrors are written in; rules of other profiles do not apply. */
const PROFILE = 'portable';
const ID = /^[a-z0-9][a-z0-9.-]*\/[a-z0-9][a-z0-9.-]*$/;

/** Reads one rule pack; every mistake is added to `problems` with its place, and what could be read is returned. */
export function parsePack(name: string, text: string, problems: RulesProblem[]): RulePack {
  let document: Json;
  try {
    document = load(text) as Json;
  } catch (error) {
    const line = error instanceof YAMLException && error.mark ? `, line ${error.mark.line + 1}` : '';
    problems.push({ place: `${name}${line}`, message: `is no YAML: ${error instanceof YAMLException ? error.reason : messageOf(error)}` });
    return { name, rules: [], disable: [] };
  }
  const fields = new Fields(document, name, PACK_FIELDS, problems);
  if (fields.raw('apiVersion') !== PACK_VERSION) fields.problem('apiVersion', `must be ${PACK_VERSION}`);
  if (fields.raw('kind') !== 'RulePack') fields.problem('kind', 'must be RulePack');
  fields.string('name', true);
  fields.string('description');
  const version = fields.raw('version');
  if (typeof version !== 'number' || !Number.isSafeInteger(version)) fields.problem('version', 'must be an integer');
  const rules = fields.list('rules').map(({ value, place }) => parseRule(fields.child(value, rulePlace(place, value), RULE_FIELDS)));
  noteTwins(rules, fields);
  return { name, rules, disable: fields.strings('disable').map(({ value, place }) => ({ id: value, place })) };
}

/** `ours.yaml: rules[3]` says little to a person: the id is added. */
function rulePlace(place: string, value: Json): string {
  const id = isObject(value) ? own(value, 'id') : undefined;
  return typeof id === 'string' ? `${place} (${id})` : place;
}

function noteTwins(rules: readonly Rule[], fields: Fields): void {
  const seen = new Set<string>();
  for (const { id } of rules) {
    if (seen.has(id)) fields.problem('rules', `two rules have the id ${id}`);
    seen.add(id);
  }
}

function parseRule(fields: Fields): Rule {
  const id = fields.string('id', true) ?? '';
  if (id !== '' && !ID.test(id)) fields.problem('id', 'must look like pack/what-it-does');
  fields.string('description');
  fields.string('source');
  if (!fields.has('match')) fields.problem('', 'the field match is missing ({} matches every object)');
  const rule: Rule = {
    id,
    class: fields.oneOf('class', RULE_CLASSES) ?? 'noise',
    enabled: (fields.boolean('enabled') ?? true) && inForce(fields),
    match: fields.has('match') ? parseMatch(fields.child(fields.raw('match'), fields.at('match'), MATCH_FIELDS)) : {},
    skip: fields.boolean('skip') ?? false,
    drop: paths(fields, 'drop'),
    dropAnnotations: fields.globs('dropAnnotations') ?? null,
    dropLabels: fields.globs('dropLabels') ?? null,
    dropFinalizers: fields.globs('dropFinalizers') ?? null,
    dropKeys: entries(fields, 'dropKeys', ['path', 'keys'], parseDropKeys),
    dropIfEqual: entries(fields, 'dropIfEqual', ['path', 'value'], (entry) => {
      const path = droppable(entry);
      const value = parseWanted(entry, entry.raw('value'), entry.at('value'));
      return path === undefined || value === undefined ? undefined : { path, value };
    }),
    dropIfUnowned: paths(fields, 'dropIfUnowned'),
    dropIfOwnedBy: entries(fields, 'dropIfOwnedBy', ['path', 'managers', 'subresource', 'notOwnerOf'], parseOwner),
    sort: entries(fields, 'sort', ['path', 'by'], (entry) => {
      const path = entry.parsed('path', parsePath);
      const by = entry.string('by', true);
      return path === undefined || by === undefined ? undefined : { path, by };
    }),
    pruneEmpty: fields.strings('pruneEmpty').flatMap(({ value, place }) => fields.attempt(place, () => parsePath(value)) ?? []),
  };
  if (!ACTIONS.some((action) => fields.has(action))) fields.problem('', `does nothing: one of ${ACTIONS.join(', ')} is needed`);
  return rule;
}

/** Rules for restoring and for other profiles are read and checked, but do not apply here. */
function inForce(fields: Fields): boolean {
  const phase = fields.has('phase') ? fields.oneOf('phase', ['mirror', 'restore']) : 'mirror';
  const profiles = fields.strings('profiles');
  for (const { value, place } of profiles) {
    if (value !== PROFILE && value !== 'faithful') fields.note(place, 'must be portable or faithful');
  }
  return phase !== 'restore' && (profiles.length === 0 || profiles.some(({ value }) => value === PROFILE));
}

function entries<T>(fields: Fields, name: string, known: readonly string[], parse: (entry: Fields) => T | undefined): T[] {
  return fields.list(name).flatMap(({ value, place }) => parse(fields.child(value, place, known)) ?? []);
}

function paths(fields: Fields, name: string): Path[] {
  return fields.strings(name).flatMap(({ value, place }) => fields.attempt(place, () => guarded(parsePath(value))) ?? []);
}

function droppable(entry: Fields): Path | undefined {
  return entry.parsed('path', (text) => guarded(parsePath(text)));
}

/** Identity cannot be dropped: a file without it is no object. */
function guarded(path: Path): Path {
  const keys = path.steps.map((step) => (step.kind === 'key' ? step.key : '*'));
  const [first, second] = keys;
  const identity = first === 'apiVersion' || first === 'kind' || (first === 'metadata' && (second === undefined || second === 'name' || second === 'namespace'));
  if (identity) throw new SyntaxError('apiVersion, kind, metadata.name and metadata.namespace cannot be dropped');
  return path;
}

function parseDropKeys(entry: Fields): { path: Path; keys: GlobSet } | undefined {
  const path = entry.parsed('path', parsePath);
  const keys = entry.globs('keys');
  if (keys === undefined) entry.problem('', 'the field keys is missing');
  if (path?.steps.length === 1 && path.text === 'metadata' && (keys?.matches('name') === true || keys?.matches('namespace') === true)) {
    entry.problem('keys', 'metadata.name and metadata.namespace cannot be dropped');
  }
  return path === undefined || keys === undefined ? undefined : { path, keys };
}

function parseOwner(entry: Fields): OwnerCondition | undefined {
  const path = droppable(entry);
  const managers = entry.globs('managers');
  const subresource = entry.string('subresource');
  const notOwnerOf = entry.has('notOwnerOf') ? entry.parsed('notOwnerOf', parsePath) : undefined;
  if (entry.has('managers') === entry.has('notOwnerOf')) entry.problem('', 'exactly one of managers and notOwnerOf is needed');
  if (path === undefined) return undefined;
  if (managers !== undefined) return { path, managers, subresource };
  return notOwnerOf === undefined ? undefined : { path, notOwnerOf };
}
