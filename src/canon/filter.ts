import { isObject, own, type JsonObject } from '../lib/json.js';
import { messageOf } from '../lib/errors.js';
import { metadataOf } from '../model/canonical.js';
import type { Filter, FilterEntry } from '../model/filter.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { GlobSet, isLiteral } from './rules/glob-set.js';
import { LabelSelector } from './rules/label-selector.js';
import { RulesError, type RulesProblem } from './rules/rules-error.js';

/** The rule ids that a filter's rejections are named by. */
export const FILTER_INCLUDE = 'filter/include';
export const FILTER_EXCLUDE = 'filter/exclude';

type FilteredType = Pick<ResourceType, 'group' | 'resource' | 'namespaced'>;

/**
 * Decides what a filter lets through: exclude wins, no include lets everything through. A cluster-scoped object has the
 * namespace '', so an entry that names namespaces selects none, unless a glob (`*`) matches ''.
 */
export class ObjectFilter {
  readonly #include: readonly Entry[];
  readonly #exclude: readonly Entry[];

  /** RulesError with every mistake, such as a selector that cannot be read. */
  constructor(filter: Filter) {
    const problems: RulesProblem[] = [];
    this.#include = filter.include.map((entry, i) => new Entry(entry, `include[${i}]`, problems));
    this.#exclude = filter.exclude.map((entry, i) => new Entry(entry, `exclude[${i}]`, problems));
    if (problems.length > 0) throw new RulesError(problems);
  }

  /** Whether any object of the type can get through; false: it need not be listed. */
  mayMatchType(type: FilteredType): boolean {
    return this.typeRejection(type) === null;
  }

  /** The id of the rule that keeps every object of the type out, or null. */
  typeRejection(type: FilteredType): string | null {
    if (this.#exclude.some((entry) => entry.coversType(type))) return FILTER_EXCLUDE;
    return this.#include.length > 0 && !this.#include.some((entry) => entry.mayMatch(type)) ? FILTER_INCLUDE : null;
  }

  /** Ids of the rules that can keep objects of the type out. */
  rulesFor(type: FilteredType): string[] {
    const includes = this.#include.length > 0 && !this.#include.some((entry) => entry.coversType(type));
    const excludes = this.#exclude.some((entry) => entry.mayMatch(type));
    return [...(excludes ? [FILTER_EXCLUDE] : []), ...(includes ? [FILTER_INCLUDE] : [])];
  }

  /** The namespaces, sorted, when every entry of include names them literally; null: any namespace can matter. */
  explicitNamespaces(): string[] | null {
    const names = this.#include.map((entry) => entry.literalNamespaces());
    if (names.length === 0 || names.includes(null)) return null;
    return [...new Set(names.flatMap((list) => list ?? []))].sort();
  }

  /** The id of the rule that keeps the object out, or null. */
  rejects(type: FilteredType, object: JsonObject): string | null {
    if (this.#exclude.length === 0 && this.#include.length === 0) return null;
    const metadata = metadataOf(object);
    if (this.#exclude.some((entry) => entry.matches(type, metadata))) return FILTER_EXCLUDE;
    return this.#include.length > 0 && !this.#include.some((entry) => entry.matches(type, metadata)) ? FILTER_INCLUDE : null;
  }
}

/** One entry of include or exclude, ready to be asked. */
class Entry {
  readonly #types: GlobSet | null;
  readonly #namespaces: GlobSet | null;
  readonly #names: GlobSet | null;
  readonly #labels: LabelSelector | null;

  constructor(entry: FilterEntry, place: string, problems: RulesProblem[]) {
    const globs = (field: 'types' | 'namespaces' | 'names'): GlobSet | null => {
      const list = entry[field];
      if (list?.length === 0) problems.push({ place: `${place}.${field}`, message: 'is empty, so the entry could match nothing' });
      list?.forEach((glob, i) => {
        if (glob === '') problems.push({ place: `${place}.${field}[${i}]`, message: 'is empty' });
      });
      return list === undefined ? null : new GlobSet(list);
    };
    this.#types = globs('types');
    this.#namespaces = globs('namespaces');
    this.#names = globs('names');
    this.#labels = entry.labelSelector === undefined ? null : selector(entry.labelSelector, `${place}.labelSelector`, problems);
  }

  mayMatch(type: FilteredType): boolean {
    const inType = this.#types === null || this.#types.matches(typeName(type)) || this.#types.matches(type.resource);
    return inType && (type.namespaced || this.#namespaces === null || this.#namespaces.matches(''));
  }

  /** Whether every object of the type matches. */
  coversType(type: FilteredType): boolean {
    const anyNamespace = !type.namespaced || this.#namespaces === null || this.#namespaces.globs.includes('*');
    return this.mayMatch(type) && anyNamespace && (this.#names === null || this.#names.globs.includes('*')) && this.#labels === null;
  }

  matches(type: FilteredType, metadata: JsonObject): boolean {
    if (!this.mayMatch(type)) return false;
    const { name, namespace } = metadata;
    if (this.#names?.matches(typeof name === 'string' ? name : '') === false) return false;
    if (this.#namespaces?.matches(type.namespaced && typeof namespace === 'string' ? namespace : '') === false) return false;
    const labels = own(metadata, 'labels');
    return this.#labels === null || this.#labels.matches(isObject(labels) ? labels : {});
  }

  literalNamespaces(): readonly string[] | null {
    const globs = this.#namespaces?.globs ?? null;
    return globs?.every(isLiteral) === true ? globs : null;
  }
}

function selector(text: string, place: string, problems: RulesProblem[]): LabelSelector | null {
  try {
    return new LabelSelector(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    problems.push({ place, message: messageOf(error) });
    return null;
  }
}
