import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { RuleClass } from './rules/rule.js';
import { pathText, valueOf, type Site } from './rules/sites.js';

/** One leaf that is not in the canonical form. */
export interface Removed {
  /** `spec.ports[0].nodePort`: where it is in the object as the server sent it. */
  readonly path: string;
  readonly rule: string;
  readonly class: RuleClass;
}

/** Collects removed places leaf by leaf; the first rule that removes a leaf is named. */
export class Explanation {
  readonly #leaves = new Map<string, Removed>();

  add(site: Site, rule: string, ruleClass: RuleClass): void {
    this.#leavesOf(valueOf(site), [...site.keys], rule, ruleClass);
  }

  /** As `add`, for a place given by its keys; an absent place is no removal. */
  addKeys(root: JsonObject, keys: readonly string[], rule: string, ruleClass: RuleClass): void {
    let value: Json | undefined = root;
    for (const key of keys) value = isObject(value) ? own(value, key) : undefined;
    if (value !== undefined) this.#leavesOf(value, [...keys], rule, ruleClass);
  }

  removed(): readonly Removed[] {
    return [...this.#leaves.values()];
  }

  #leavesOf(value: Json, keys: (string | number)[], rule: string, ruleClass: RuleClass): void {
    const children: readonly (string | number)[] = Array.isArray(value) ? [...value.keys()] : isObject(value) ? Object.keys(value) : [];
    for (const key of children) {
      keys.push(key);
      this.#leavesOf((value as Record<string | number, Json>)[key] ?? null, keys, rule, ruleClass);
      keys.pop();
    }
    if (children.length > 0) return;
    const path = pathText(keys);
    if (!this.#leaves.has(path)) this.#leaves.set(path, { path, rule, class: ruleClass });
  }
}
