import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { messageOf } from '../../lib/errors.js';
import { GlobSet } from './glob-set.js';
import type { RulesProblem } from './rules-error.js';

/** Reads the fields of one mapping of a pack; mistakes are noted with their place, and reading goes on. */
export class Fields {
  readonly place: string;
  readonly #object: JsonObject;
  readonly #problems: RulesProblem[];

  /** `known`: the names that the mapping may have; any other is a mistake. */
  constructor(value: Json | undefined, place: string, known: readonly string[], problems: RulesProblem[]) {
    this.place = place;
    this.#problems = problems;
    this.#object = isObject(value) ? value : {};
    if (!isObject(value)) this.problem('', 'must be a mapping');
    for (const name of Object.keys(this.#object)) {
      if (!known.includes(name)) this.problem('', `unknown field ${JSON.stringify(name)}; known are ${known.join(', ')}`);
    }
  }

  problem(field: string, message: string): void {
    this.#problems.push({ place: this.at(field), message });
  }

  /** `ours.yaml: rules[2].drop`: the place of a mapping inside a file has a colon already. */
  at(field: string): string {
    if (field === '') return this.place;
    return this.place.includes(': ') ? `${this.place}.${field}` : `${this.place}: ${field}`;
  }

  /** Notes a mistake at any place. */
  note(place: string, message: string): void {
    this.#problems.push({ place, message });
  }

  has(field: string): boolean {
    return Object.hasOwn(this.#object, field);
  }

  raw(field: string): Json | undefined {
    return own(this.#object, field);
  }

  /** A non-empty string; undefined (and noted when it is required) otherwise. */
  string(field: string, required = false): string | undefined {
    const value = this.raw(field);
    if (typeof value === 'string' && value !== '') return value;
    if (value !== undefined) this.problem(field, 'must be a text');
    else if (required) this.problem('', `the field ${field} is missing`);
    return undefined;
  }

  boolean(field: string): boolean | undefined {
    const value = this.raw(field);
    if (value !== undefined && typeof value !== 'boolean') this.problem(field, 'must be true or false');
    return typeof value === 'boolean' ? value : undefined;
  }

  oneOf<T extends string>(field: string, allowed: readonly T[]): T | undefined {
    const value = this.string(field, true);
    if (value === undefined || (allowed as readonly string[]).includes(value)) return value as T | undefined;
    this.problem(field, `must be one of ${allowed.join(', ')}`);
    return undefined;
  }

  /** Every element of a list, with its place; an absent list is empty. */
  list(field: string): { readonly value: Json; readonly place: string }[] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length > 0) return value.map((item, i) => ({ value: item, place: `${this.at(field)}[${i}]` }));
    this.problem(field, 'must be a list with at least one element');
    return [];
  }

  strings(field: string): { readonly value: string; readonly place: string }[] {
    return this.list(field).flatMap(({ value, place }) => {
      if (typeof value === 'string') return [{ value, place }];
      this.#problems.push({ place, message: 'must be a text' });
      return [];
    });
  }

  globs(field: string): GlobSet | undefined {
    return this.has(field) ? new GlobSet(this.strings(field).map(({ value }) => value)) : undefined;
  }

  /** Parses a text; what `parse` throws is noted. */
  parsed<T>(field: string, parse: (text: string) => T): T | undefined {
    const text = this.string(field, true);
    return text === undefined ? undefined : this.attempt(this.at(field), () => parse(text));
  }

  attempt<T>(place: string, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.#problems.push({ place, message: messageOf(error) });
      return undefined;
    }
  }

  /** The fields of a mapping that is the element `value` of a list. */
  child(value: Json | undefined, place: string, known: readonly string[]): Fields {
    return new Fields(value, place, known, this.#problems);
  }
}
