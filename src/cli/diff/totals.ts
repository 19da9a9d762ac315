import type { Verdict } from '../../model/comparison.js';
import { typeName } from '../../model/resource-type.js';
import { isHidden, type Shown } from './shown.js';

/** Something that a comparison could not say all of: a type, a namespace or an object. */
export interface Gap {
  readonly verdict: Verdict;
  /** `secrets`, `deployments.apps in shop`, `configmaps/a in shop`; escaped. */
  readonly what: string;
  /** The server's or our own words, as they came. */
  readonly reason: string | null;
}

export interface Counts {
  readonly namespace: string;
  /** `deployments.apps`. */
  readonly type: string;
  added: number;
  removed: number;
  changed: number;
  /** Objects that differ in nothing but noise, and are not shown. */
  noise: number;
}

/** Counts while objects pass. */
export class Totals {
  readonly #groups = new Map<string, Counts>();
  /** Fields that are not shown, those of shown objects included. */
  hiddenFields = 0;

  add(shown: Shown): void {
    const { id, change } = shown.difference;
    const key = JSON.stringify([id.namespace, typeName(id)]);
    const counts = this.#groups.get(key) ?? { namespace: id.namespace, type: typeName(id), added: 0, removed: 0, changed: 0, noise: 0 };
    this.#groups.set(key, counts);
    this.hiddenFields += shown.hidden.length;
    counts[isHidden(shown) ? 'noise' : change]++;
  }

  /** By namespace (what has none first), then by type. */
  groups(): readonly Counts[] {
    return [...this.#groups.values()].sort((a, b) => order(a.namespace, b.namespace) || order(a.type, b.type));
  }

  sum(what: 'added' | 'removed' | 'changed' | 'noise'): number {
    return [...this.#groups.values()].reduce((sum, counts) => sum + counts[what], 0);
  }

  /** Objects that are shown. */
  get shown(): number {
    return this.sum('added') + this.sum('removed') + this.sum('changed');
  }
}

function order(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
