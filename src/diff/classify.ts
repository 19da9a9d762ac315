import { covers, fieldEntries, type FieldEntry } from '../canon/rules/ownership.js';
import { pathText, type Site } from '../canon/rules/sites.js';
import type { JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { Difference, Side } from '../model/comparison.js';
import { COMMENT_PATH, allocatedField, allocatedFields, commentChanges } from './comment-changes.js';
import { compareObjects, type CompareOptions } from './compare-objects.js';
import type { FieldChange } from './field-changes.js';
import type { ListKeys } from './list-keys.js';
import { counterpart } from './locate.js';

/** The rule that removes what is at a place of the live object, as the server sent it. */
export type RuleOf = (keys: readonly (string | number)[]) => { readonly id: string; readonly class: string } | null;

/** What classes are told from. */
export interface ComparedSides {
  readonly before: Side | null;
  readonly after: Side | null;
  /** The object as the server sent it, with managedFields; null where it is not known (commit against commit). */
  readonly live: JsonObject | null;
  /** To be made of Canonicaliser.explain(live); keys are places of `live`. */
  readonly ruleOf?: RuleOf;
  readonly listKeys?: ListKeys;
}

/** Two sides of an object, comment lines included, each difference with its class. */
export function compareSides(sides: ComparedSides & { readonly before: Side; readonly after: Side }, options: CompareOptions = {}): Difference[] {
  const { before, after } = sides;
  const listKeys = options.listKeys ?? sides.listKeys;
  const fields = compareObjects(before.body, after.body, options);
  // A manifest has no comment lines and names none.
  const comments = options.onlyNamed === true ? [] : commentChanges(before.comments, after.comments);
  return classify([...fields, ...comments], listKeys === undefined ? sides : { ...sides, listKeys });
}

/**
 * Each change with its class (model/comparison.ts): *allocated* when an `allocated` line of either side names the field or
 * what holds it; *injected* when a rule of class admission or controller removes it from the live object;
 * *default* when it is there live, the live object has owners and none owns it; *intent* otherwise, so also for what is not
 * there live and where owners are not known (none recorded, or `before-first-apply`, which owns everything that was there).
 */
export function classify(changes: readonly FieldChange[], sides: ComparedSides): Difference[] {
  const classifier = new Classifier(sides);
  return changes.map((change) => classifier.classified(change));
}

class Classifier {
  readonly #sides: ComparedSides;
  readonly #allocated: { readonly before: readonly string[]; readonly after: readonly string[] };
  readonly #entries: readonly FieldEntry[];
  readonly #ownersKnown: boolean;

  constructor(sides: ComparedSides) {
    this.#sides = sides;
    this.#allocated = { before: allocatedFields(sides.before?.comments ?? []), after: allocatedFields(sides.after?.comments ?? []) };
    this.#entries = sides.live === null ? [] : fieldEntries(metadataOf(sides.live));
    this.#ownersKnown = this.#entries.length > 0 && !this.#entries.some(({ manager }) => manager === 'before-first-apply');
  }

  classified(change: FieldChange): Difference {
    if (change.keys.length === 0 && change.path.startsWith(COMMENT_PATH)) return commentDifference(change);
    if (this.#isAllocated(change)) return { ...change, class: 'allocated', because: 'chosen by the server or a controller' };
    const site = this.#liveSite(change);
    if (site === null) return { ...change, class: 'intent' };
    const rule = this.#sides.ruleOf?.(site.keys) ?? null;
    if (rule !== null && (rule.class === 'admission' || rule.class === 'controller')) return { ...change, class: 'injected', because: rule.id };
    if (!this.#ownersKnown) return { ...change, class: 'intent' };
    const managers = [...new Set(this.#entries.filter(({ fields }) => covers(fields, site)).map(({ manager }) => manager))];
    if (managers.length === 0) return { ...change, class: 'default', because: 'no field manager owns it' };
    return { ...change, class: 'intent', managers };
  }

  /** Lines name places of their own side. */
  #isAllocated(change: FieldChange): boolean {
    const { before, after } = this.#sides;
    for (const [side, fields] of [[before, this.#allocated.before], [after, this.#allocated.after]] as const) {
      if (side === null || fields.length === 0) continue;
      const path = pathText(this.#keysIn(change, side));
      if (fields.some((field) => isAtOrBelow(path, field))) return true;
    }
    return false;
  }

  /** The change's keys in one of the sides; where an item is not there its own index must do. */
  #keysIn(change: FieldChange, side: Side): readonly (string | number)[] {
    const home = this.#home(change);
    if (home === null || home === side) return change.keys;
    // The field itself is not in the side whose line names it, but what holds it is.
    const holder = counterpart(change.keys.slice(0, -1), home.body, side.body, this.#sides.listKeys);
    return holder === null ? change.keys : [...holder.keys, ...change.keys.slice(-1)];
  }

  /** The side whose places the keys are. */
  #home(change: FieldChange): Side | null {
    return change.after === undefined ? this.#sides.before : this.#sides.after;
  }

  #liveSite(change: FieldChange): Site | null {
    const home = this.#home(change);
    if (this.#sides.live === null || home === null || change.keys.length === 0) return null;
    return counterpart(change.keys, home.body, this.#sides.live, this.#sides.listKeys);
  }
}

function commentDifference(change: FieldChange): Difference {
  if (allocatedField(change.path) === null) return { ...change, class: 'intent' };
  return { ...change, class: 'allocated', because: 'chosen by the server or a controller' };
}

function isAtOrBelow(path: string, field: string): boolean {
  return path.startsWith(field) && (path.length === field.length || path[field.length] === '.' || path[field.length] === '[');
}
