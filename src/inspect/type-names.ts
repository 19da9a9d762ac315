import type { RecordedType } from '../capture/meta-files.js';
import { escapeText } from '../lib/escape.js';
import { nearest } from '../lib/nearest.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { BUILT_IN_SHORT_NAMES } from './built-in-types.js';
import { InspectError } from './inspect-error.js';

/** How a version looks in `deployments.v1.apps`. */
const VERSION = /^v\d+(?:(?:alpha|beta)\d+)?$/;
const SUGGESTIONS = 3;

/**
 * The type that a word of kubectl's names: plural, singular, kind (in any case) or short name, alone, as `<name>.<group>`
 * (the beginning of the group will do) or as `<name>.<version>.<group>`; the version does not matter, for it is no part
 * of an identity. Several groups: the core group, then built-in types, then custom ones, each in recorded order.
 * InspectError UNKNOWN_TYPE with the nearest names.
 */
export function resolveType(word: string, types: ReadonlyMap<string, RecordedType>): ResourceType {
  const found = findType(word, types);
  if (found !== null) return found;
  const near = suggestions(word, types);
  throw new InspectError('UNKNOWN_TYPE', `There is no type "${escapeText(word)}" in the repository at this commit`, {
    hint: near.length === 0 ? '`kubetape ls --coverage` shows every type' : `Did you mean ${near.map(escapeText).join(' or ')}?`,
  });
}

/** As resolveType; null when no type has that name. */
export function findType(word: string, types: ReadonlyMap<string, RecordedType>): ResourceType | null {
  const lower = word.toLowerCase();
  const exact = types.get(lower);
  if (exact !== undefined) return exact.type;
  const dot = lower.indexOf('.');
  const name = dot < 0 ? lower : lower.slice(0, dot);
  const named = namedSo(name, [...types.values()].sort((a, b) => rank(a) - rank(b)));
  if (dot < 0) return named[0] ?? null;
  const rest = lower.slice(dot + 1);
  const [version = '', ...group] = rest.split('.');
  const byGroup = inGroup(rest, named);
  return byGroup ?? (VERSION.test(version) && group.length > 0 ? inGroup(group.join('.'), named) : null);
}

/** Names for a type that a person may give, with those that old repositories do not record. */
export function shortNamesOf(type: ResourceType): readonly string[] {
  return type.shortNames ?? BUILT_IN_SHORT_NAMES.get(typeName(type)) ?? [];
}

/** Best kind of match first: plural, then singular, which is the kind in lower case, then short names. */
function namedSo(name: string, types: readonly RecordedType[]): ResourceType[] {
  const all = types.map(({ type }) => type);
  const plural = all.filter((type) => type.resource === name);
  const singular = all.filter((type) => type.resource !== name && type.kind.toLowerCase() === name);
  const short = all.filter((type) => type.resource !== name && type.kind.toLowerCase() !== name && shortNamesOf(type).includes(name));
  return [...plural, ...singular, ...short];
}

/** As kubectl: the group itself, else one that begins so. The empty group is written as nothing: `pods.v1.` */
function inGroup(group: string, types: readonly ResourceType[]): ResourceType | null {
  const exact = types.find((type) => type.group === group);
  return exact ?? (group === '' ? null : (types.find((type) => type.group.startsWith(group)) ?? null));
}

/** Sorting is stable: recorded order stays within a rank. */
function rank({ type, custom }: RecordedType): number {
  return type.group === '' ? 0 : custom ? 2 : 1;
}

function suggestions(word: string, types: ReadonlyMap<string, RecordedType>): string[] {
  const names = new Map<string, string>();
  for (const [full, { type }] of types) for (const name of [full, type.resource, type.kind.toLowerCase(), ...shortNamesOf(type)]) if (!names.has(name)) names.set(name, full);
  const found = new Set<string>();
  const left = new Set(names.keys());
  for (let best = nearest(word, [...left]); best !== undefined && found.size < SUGGESTIONS; best = nearest(word, [...left])) {
    left.delete(best);
    found.add(names.get(best) ?? best);
  }
  return [...found];
}
