import { DropTree } from './drop-tree.js';
import { GlobSet } from './glob-set.js';
import { matchForType, type Test } from './match.js';
import { parsePack } from './parse-pack.js';
import type { Path } from './path.js';
import type { Rule } from './rule.js';
import { RulesError, type RulesProblem } from './rules-error.js';
import type { RuleType } from './subject.js';

/** A rule and what its match comes to for one type; null: it always holds. */
export interface Applicable {
  readonly rule: Rule;
  readonly test: Test | null;
}

/** Everything that rules do to objects of one type. */
export interface TypePlan {
  readonly skips: readonly Applicable[];
  /** Rules that remove or sort, in order; for explanations. */
  readonly rules: readonly Applicable[];
  /** The part of `rules` that needs a look at the object; the rest is in `merged`. */
  readonly singly: readonly Applicable[];
  readonly merged: {
    readonly drops: DropTree;
    readonly annotations: GlobSet | null;
    readonly labels: GlobSet | null;
    readonly finalizers: GlobSet | null;
  };
}

/** The rules in force: packs in order, a later rule in the place of an earlier one with its id, disabled ones left out. */
export class RuleSet {
  readonly #rules: readonly Rule[];
  readonly #plans = new Map<string, TypePlan>();

  /** RulesError with every mistake of every pack. */
  constructor(packs: readonly { readonly name: string; readonly text: string }[]) {
    const problems: RulesProblem[] = [];
    const rules = new Map<string, Rule>();
    for (const { name, text } of packs) {
      const pack = parsePack(name, text, problems);
      for (const { id, place } of pack.disable) {
        if (!rules.delete(id)) problems.push({ place, message: `no earlier pack has a rule ${id}` });
      }
      for (const rule of pack.rules) rules.set(rule.id, rule);
    }
    if (problems.length > 0) throw new RulesError(problems);
    this.#rules = [...rules.values()].filter((rule) => rule.enabled);
  }

  planFor(type: RuleType): TypePlan {
    const key = `${type.group}/${type.resource}/${type.kind}/${type.namespaced}`;
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = planOf(this.#rules, type);
      this.#plans.set(key, plan);
    }
    return plan;
  }
}

function planOf(all: readonly Rule[], type: RuleType): TypePlan {
  const applicable = all.flatMap((rule): Applicable[] => {
    const match = matchForType(rule.match, type);
    return match === 'never' ? [] : [{ rule, test: match === 'always' ? null : match }];
  });
  const rules = applicable.filter(({ rule }) => !rule.skip);
  const merged = rules.filter(isMergeable).map(({ rule }) => rule);
  return {
    skips: applicable.filter(({ rule }) => rule.skip),
    rules,
    singly: rules.map((entry) => (isMergeable(entry) ? { rule: remainder(entry.rule), test: null } : entry)).filter(({ rule }) => actsSingly(rule)),
    merged: {
      drops: new DropTree(merged.flatMap((rule) => rule.drop.filter(isPlain))),
      annotations: union(merged.map((rule) => rule.dropAnnotations)),
      labels: union(merged.map((rule) => rule.dropLabels)),
      finalizers: union(merged.map((rule) => rule.dropFinalizers)),
    },
  };
}

/** Values of class `allocated` are written down, so each must be seen when it goes. */
function isMergeable({ rule, test }: Applicable): boolean {
  return test === null && rule.class !== 'allocated';
}

function isPlain(path: Path): boolean {
  return path.plain;
}

/** What is left of a rule when its unconditional removals are done elsewhere. */
function remainder(rule: Rule): Rule {
  return { ...rule, drop: rule.drop.filter((path) => !path.plain), dropAnnotations: null, dropLabels: null, dropFinalizers: null };
}

function actsSingly(rule: Rule): boolean {
  const { dropAnnotations, dropLabels, dropFinalizers } = rule;
  const lists = [rule.drop, rule.dropKeys, rule.dropIfEqual, rule.dropIfUnowned, rule.dropIfOwnedBy, rule.sort, rule.pruneEmpty];
  return dropAnnotations !== null || dropLabels !== null || dropFinalizers !== null || lists.some((list) => list.length > 0);
}

function union(sets: readonly (GlobSet | null)[]): GlobSet | null {
  const globs = sets.flatMap((set) => set?.globs ?? []);
  return globs.length === 0 ? null : new GlobSet(globs);
}
