import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import { RemovalFinder, type Removal } from './removals.js';
import type { GlobSet } from './glob-set.js';
import type { Rule } from './rule.js';
import type { Applicable, TypePlan } from './rule-set.js';
import { pathText, sitesOf, valueOf, type Container } from './sites.js';
import type { Subject } from './subject.js';

/** A value that the server or a controller chose and that is not in the body. */
export interface Allocated {
  /** Where it would stand in the canonical body. */
  readonly path: string;
  readonly value: Json;
}

interface Emptied {
  readonly parent: Container;
  readonly key: string | number;
  readonly container: Container;
  readonly depth: number;
}

/** The id of the first rule that skips the object, or null. */
export function skippedBy(plan: TypePlan, subject: Subject): string | null {
  for (const { rule, test } of plan.skips) if (test === null || test(subject)) return rule.id;
  return null;
}

/**
 * Removes from the object what the rules remove and sorts what they sort, in place. Every condition is answered on the
 * object as it came, before the first removal. Returns the removed values of class `allocated`.
 */
export function applyRules(plan: TypePlan, subject: Subject): Allocated[] {
  const finder = new RemovalFinder(subject);
  const lists: { list: Json[]; by: string }[] = [];
  const candidates: Emptied[] = [];
  for (const { rule, test } of plan.singly) {
    if (test !== null && !test(subject)) continue;
    finder.find(rule);
    noteSorted(rule, subject.root, lists);
    notePrunable(rule, subject.root, candidates);
  }
  const { metadata } = subject;
  for (const key of ['annotations', 'labels', 'finalizers']) noteFilled(metadata, key, 2, candidates);
  const allocated = finder.removals.filter(({ rule }) => rule.class === 'allocated').map(taken);
  removeSites(finder.removals);
  removeMerged(plan, subject.root, metadata);
  prune(candidates);
  for (const { list, by } of lists) sortList(list, by);
  return allocated.map((finish) => finish());
}

/** Every removal of every rule whose match holds, the object untouched; for explanations. */
export function findRemovals(rules: readonly Applicable[], subject: Subject): readonly Removal[] {
  const finder = new RemovalFinder(subject);
  for (const { rule, test } of rules) if (test === null || test(subject)) finder.find(rule);
  return finder.removals;
}

/** Takes the value now, its path when the lists on the way have their final order. */
function taken({ site }: Removal): () => Allocated {
  const value = valueOf(site);
  const elements = site.containers.map((container, i) => (Array.isArray(container) ? (container[site.keys[i] as number] as Json) : null));
  return () => {
    const keys = site.keys.map((key, i) => {
      const index = typeof key === 'number' ? (site.containers[i] as Json[]).indexOf(elements[i] as Json) : key;
      return index === -1 ? key : index;
    });
    return { path: pathText(keys), value };
  };
}

function removeSites(removals: readonly Removal[]): void {
  let holes: Map<Json[], Set<number>> | null = null;
  for (const { site } of removals) {
    const container = site.containers.at(-1) as Container;
    const key = site.keys.at(-1) as string | number;
    if (!Array.isArray(container)) {
      delete container[key];
      continue;
    }
    holes ??= new Map();
    const indices = holes.get(container) ?? new Set();
    holes.set(container, indices.add(key as number));
  }
  // Lists shrink last: until here every index still means the element that it meant in the object as it came.
  for (const [list, indices] of holes ?? []) keepWhere(list, (_, i) => !indices.has(i));
}

function removeMerged({ merged }: TypePlan, root: JsonObject, metadata: JsonObject): void {
  if (merged.annotations !== null) deleteKeys(own(metadata, 'annotations'), merged.annotations);
  if (merged.labels !== null) deleteKeys(own(metadata, 'labels'), merged.labels);
  const finalizers = merged.finalizers === null ? undefined : own(metadata, 'finalizers');
  if (Array.isArray(finalizers)) keepWhere(finalizers, (item) => typeof item !== 'string' || merged.finalizers?.matches(item) !== true);
  merged.drops.removeFrom(root);
}

function deleteKeys(map: Json | undefined, globs: GlobSet): void {
  if (!isObject(map)) return;
  for (const key of Object.keys(map)) if (globs.matches(key)) delete map[key];
}

function keepWhere(list: Json[], keep: (item: Json, index: number) => boolean): void {
  const kept = list.filter(keep);
  if (kept.length === list.length) return;
  list.length = 0;
  for (const item of kept) list.push(item);
}

function noteSorted(rule: Rule, root: JsonObject, lists: { list: Json[]; by: string }[]): void {
  for (const { path, by } of rule.sort) {
    for (const site of sitesOf(path, root)) {
      const list = valueOf(site);
      if (Array.isArray(list)) lists.push({ list, by });
    }
  }
}

function notePrunable(rule: Rule, root: JsonObject, candidates: Emptied[]): void {
  for (const path of rule.pruneEmpty) {
    for (const { containers, keys } of sitesOf(path, root)) {
      noteFilled(containers.at(-1) as Container, keys.at(-1) as string | number, keys.length, candidates);
    }
  }
}

/** Only what holds something now can be emptied by rules; what came empty stays. */
function noteFilled(parent: Container, key: string | number, depth: number, candidates: Emptied[]): void {
  const container = Array.isArray(parent) ? parent[key as number] : own(parent, key as string);
  if ((Array.isArray(container) || isObject(container)) && !isEmpty(container)) candidates.push({ parent, key, container, depth });
}

function isEmpty(container: Container): boolean {
  if (Array.isArray(container)) return container.length === 0;
  for (const _ in container) return false;
  return true;
}

/** Deepest first, so that a container which held only emptied ones goes with them. */
function prune(candidates: Emptied[]): void {
  if (candidates.length > 1) candidates.sort((a, b) => b.depth - a.depth);
  for (const { parent, key, container } of candidates) {
    if (!isEmpty(container)) continue;
    if (!Array.isArray(parent)) delete parent[key];
    else if (parent.includes(container)) parent.splice(parent.indexOf(container), 1);
  }
}

/** By the bytes of the field (or of the string itself), so that no locale and no UTF-16 order decides; stable. */
function sortList(list: Json[], by: string): void {
  const keyOf = (item: Json): Buffer => {
    const value = by === 'value' ? item : isObject(item) ? own(item, by) : undefined;
    return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value ?? ''));
  };
  const keyed = list.map((item) => ({ item, key: keyOf(item) })).sort((a, b) => Buffer.compare(a.key, b.key));
  keyed.forEach(({ item }, i) => (list[i] = item));
}
