import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import type { GlobSet } from './glob-set.js';
import { equalsWanted } from './match.js';
import { besides, Ownership } from './ownership.js';
import type { OwnerCondition, Rule } from './rule.js';
import { sitesOf, valueOf, type Container, type Site } from './sites.js';
import type { Subject } from './subject.js';

/** One place that a rule removes; nothing is removed yet. */
export interface Removal {
  readonly rule: Rule;
  readonly site: Site;
}

/** Asks the rules what they remove from one object. */
export class RemovalFinder {
  readonly removals: Removal[] = [];
  readonly #subject: Subject;
  #ownership: Ownership | null = null;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Adds every place that the rule, whose match holds, removes. */
  find(rule: Rule): void {
    const { root } = this.#subject;
    for (const path of rule.drop) this.#all(rule, sitesOf(path, root));
    if (rule.dropAnnotations !== null) this.#keys(rule, ['metadata', 'annotations'], rule.dropAnnotations);
    if (rule.dropLabels !== null) this.#keys(rule, ['metadata', 'labels'], rule.dropLabels);
    if (rule.dropFinalizers !== null) this.#finalizers(rule, rule.dropFinalizers);
    for (const { path, keys } of rule.dropKeys) {
      for (const site of sitesOf(path, root)) this.#entries(rule, site, keys);
    }
    for (const { path, value } of rule.dropIfEqual) {
      this.#all(rule, sitesOf(path, root).filter((site) => equalsWanted(valueOf(site), value, root)));
    }
    for (const path of rule.dropIfUnowned) {
      this.#all(rule, sitesOf(path, root).filter((site) => this.#owners().isUnowned(site)));
    }
    for (const condition of rule.dropIfOwnedBy) this.#all(rule, sitesOf(condition.path, root).filter((site) => this.#owned(condition, site)));
  }

  #all(rule: Rule, sites: readonly Site[]): void {
    for (const site of sites) this.removals.push({ rule, site });
  }

  #keys(rule: Rule, keys: readonly string[], globs: GlobSet): void {
    const containers: Container[] = [this.#subject.root];
    for (const key of keys) {
      const next = own(containers.at(-1) as JsonObject, key);
      if (!isObject(next)) return;
      containers.push(next);
    }
    this.#matching(rule, containers, keys, globs);
  }

  #entries(rule: Rule, site: Site, globs: GlobSet): void {
    const map = valueOf(site);
    if (isObject(map)) this.#matching(rule, [...site.containers, map], site.keys, globs);
  }

  /** The entries of the last container whose keys match. */
  #matching(rule: Rule, containers: readonly Container[], keys: readonly (string | number)[], globs: GlobSet): void {
    for (const key of Object.keys(containers.at(-1) as JsonObject)) {
      if (globs.matches(key)) this.removals.push({ rule, site: { containers, keys: [...keys, key] } });
    }
  }

  #finalizers(rule: Rule, globs: GlobSet): void {
    const { root, metadata } = this.#subject;
    const finalizers = own(metadata, 'finalizers');
    if (!Array.isArray(finalizers)) return;
    finalizers.forEach((finalizer: Json, i) => {
      if (typeof finalizer !== 'string' || !globs.matches(finalizer)) return;
      this.removals.push({ rule, site: { containers: [root, metadata, finalizers], keys: ['metadata', 'finalizers', i] } });
    });
  }

  #owners(): Ownership {
    return (this.#ownership ??= new Ownership(this.#subject.metadata));
  }

  #owned(condition: OwnerCondition, site: Site): boolean {
    const owners = this.#owners();
    if ('managers' in condition) {
      const { managers, subresource } = condition;
      return owners.allOwners(site, (entry) => managers.matches(entry.manager) && (subresource === undefined || subresource === entry.subresource));
    }
    const reference = besides(site, condition.notOwnerOf, sitesOf(condition.notOwnerOf, this.#subject.root));
    return owners.allOwners(site, (entry) => !owners.ownsOne(entry.manager, reference));
  }
}
