import type { LoggedObject } from '../../inspect/logged-object.js';
import { typeName } from '../../model/resource-type.js';

/** How many objects of one type changed, and how. */
export interface StatLine {
  readonly type: string;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  /** Excluded by a rule or filter, or only written anew: says nothing of the cluster. */
  readonly other: number;
}

const MEMBER = { create: 'created', update: 'updated', delete: 'deleted', unmirror: 'other', rewrite: 'other' } as const;

/** Counts by type, in the order of types. */
export function statOf(objects: readonly LoggedObject[]): StatLine[] {
  const lines = new Map<string, { type: string; created: number; updated: number; deleted: number; other: number }>();
  for (const { id, verb } of objects) {
    const type = typeName(id);
    const line = lines.get(type) ?? { type, created: 0, updated: 0, deleted: 0, other: 0 };
    line[MEMBER[verb]] += 1;
    lines.set(type, line);
  }
  return [...lines.values()].sort((a, b) => (a.type < b.type ? -1 : 1));
}
