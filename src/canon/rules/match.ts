import { own } from '../../lib/json.js';
import { scaleKey } from '../../model/canonical.js';
import { typeName } from '../../model/resource-type.js';
import { jsonEqual } from './json-equal.js';
import type { Match, WantedValue, Where } from './rule.js';
import { sitesOf, valueOf } from './sites.js';
import type { RuleType, Subject } from './subject.js';
import { valueAt } from './template.js';
import type { Json, JsonObject } from '../../lib/json.js';

export type Test = (subject: Subject) => boolean;
/** What a match comes to for one type: decided by the type alone, or a test of each object. */
export type TypeMatch = 'always' | 'never' | Test;

/** Decides as much of a match as the type decides; what is left is a test of an object of that type. */
export function matchForType(match: Match, type: RuleType): TypeMatch {
  const tests: Test[] = [];
  for (const part of partsOf(match, type)) {
    if (part === 'never') return 'never';
    if (part !== 'always') tests.push(part);
  }
  const [first] = tests;
  if (first === undefined) return 'always';
  return tests.length === 1 ? first : (subject) => tests.every((test) => test(subject));
}

/** Cheapest first; a generator, so that nothing is compiled for a type that the match does not concern. */
function* partsOf(match: Match, type: RuleType): Generator<TypeMatch> {
  const { resources, groups, kinds, namespaces, names, scaled, annotations, labels, ownedBy, where, anyOf, not } = match;
  if (resources) yield decided(resources.matches(typeName(type)));
  if (groups) yield decided(groups.matches(type.group));
  if (kinds) yield decided(kinds.matches(type.kind));
  if (namespaces) yield type.namespaced ? (subject) => namespaces.matches(subject.namespace) : decided(namespaces.matches(''));
  if (names) yield (subject) => names.matches(subject.name);
  if (scaled !== undefined) yield (subject) => isScaled(subject) === scaled;
  if (annotations) yield (subject) => Object.keys(subject.annotations()).some((key) => annotations.matches(key));
  if (labels) yield (subject) => labels.matches(subject.labels());
  if (ownedBy) yield (subject) => subject.ownerReferences().some((owner) => owns(owner, ownedBy));
  for (const condition of where ?? []) yield whereTest(condition);
  if (anyOf) yield either(anyOf.map((part) => matchForType(part, type)));
  if (not) yield negated(matchForType(not, type));
}

function decided(yes: boolean): TypeMatch {
  return yes ? 'always' : 'never';
}

function either(parts: readonly TypeMatch[]): TypeMatch {
  if (parts.includes('always')) return 'always';
  const tests = parts.filter((part) => typeof part === 'function');
  return tests.length === 0 ? 'never' : (subject) => tests.some((test) => test(subject));
}

function negated(part: TypeMatch): TypeMatch {
  if (part === 'always') return 'never';
  return part === 'never' ? 'always' : (subject) => !part(subject);
}

function isScaled({ facts, type, namespace, name }: Subject): boolean {
  return facts.scaled.size > 0 && facts.scaled.has(scaleKey(type.group, type.kind, namespace, name));
}

function owns(owner: JsonObject, { controller, kinds }: NonNullable<Match['ownedBy']>): boolean {
  const kind = own(owner, 'kind');
  return (controller === undefined || (own(owner, 'controller') === true) === controller) && (kinds === undefined || (typeof kind === 'string' && kinds.matches(kind)));
}

function whereTest(condition: Where): Test {
  const keys = condition.path.steps.map((step) => (step.kind === 'key' ? step.key : null));
  const plain = keys.filter((key) => key !== null);
  const values: (root: JsonObject) => Json[] =
    plain.length === keys.length
      ? (root) => {
          const value = valueAt(root, plain);
          return value === undefined ? [] : [value];
        }
      : (root) => sitesOf(condition.path, root).map(valueOf);
  switch (condition.op) {
    case 'exists':
      return ({ root }) => values(root).length > 0;
    case 'absent':
      return ({ root }) => values(root).length === 0;
    case 'eq':
      return ({ root }) => values(root).some((value) => equalsWanted(value, condition.value, root));
    case 'ne':
      return ({ root }) => !values(root).some((value) => equalsWanted(value, condition.value, root));
    case 'in':
      return ({ root }) => values(root).some((value) => condition.values.some((wanted) => equalsWanted(value, wanted, root)));
    case 'matches':
      return ({ root }) => values(root).some((value) => typeof value === 'string' && condition.pattern.matches(value, root));
  }
}

/** Whether a value is what a rule names; a template without a value in `root` equals nothing. */
export function equalsWanted(value: Json, wanted: WantedValue, root: JsonObject): boolean {
  if ('json' in wanted) return jsonEqual(value, wanted.json);
  const text = wanted.template.resolve(root);
  return text !== undefined && value === text;
}
