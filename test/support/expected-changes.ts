// What a comparison, a log or a blame of two recorded states should say; nothing of src/ is used.
import type { AnyJson } from './api-client.js';
import { leaves, stripServerFields } from './mirrored-tree.js';
import type { ObjectState, RecordedCommit } from './recorded-history.js';

/** Leaves by their place as a JSON pointer; values as JSON. */
export type Leaves = ReadonlyMap<string, string>;
/** A leaf's value before and after; undefined: absent. */
export type LeafChanges = ReadonlyMap<string, readonly [string | undefined, string | undefined]>;

/** What the server may choose by itself when an object is made: a comment line, not part of the body. */
const CHOSEN = /^\/spec\/(clusterIPs?|ipFamil)/;

/** What of an object's recorded state is intended. Values of Secrets are there. */
export function recordedLeaves({ record, state }: ObjectState): Leaves {
  const all = leaves(stripServerFields({ id: record.id, object: state.object }, { secrets: 'plain' }));
  return new Map([...all].filter(([path]) => !CHOSEN.test(path)));
}

export function leafChanges(before: Leaves, after: Leaves): LeafChanges {
  const changes = new Map<string, readonly [string | undefined, string | undefined]>();
  for (const path of [...before.keys(), ...after.keys()].sort()) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now || (now === undefined && filled(path, old, after)) || (old === undefined && filled(path, now, before))) continue;
    changes.set(path, [old, now]);
  }
  return changes;
}

/** An empty map or list that has members on the other side: these are the change. */
function filled(path: string, value: string | undefined, other: Leaves): boolean {
  return (value === '{}' || value === '[]') && [...other.keys()].some((each) => each.startsWith(`${path}/`));
}

/** A field as kubetape reports it. */
export interface ReportedField {
  readonly keys: readonly (string | number)[];
  readonly before?: AnyJson;
  readonly after?: AnyJson;
}

/** Reported fields by leaf: maps and lists that came or went as a whole, and items that took another's place, count by leaf. */
export function reportedChanges(fields: readonly ReportedField[]): LeafChanges {
  const sides = [new Map<string, string>(), new Map<string, string>()] as const;
  for (const field of fields) {
    const at = field.keys.map((key) => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
    for (const [side, value] of [[sides[0], field.before], [sides[1], field.after]] as const) {
      if (value === undefined) continue;
      for (const [path, leaf] of leaves(value)) side.set(`${at}${path}`, leaf);
    }
  }
  return leafChanges(...sides);
}

/** For each leaf of an object at a commit, the commit that last set it. */
export function expectedBlame(history: readonly RecordedCommit[], until: RecordedCommit, key: string): ReadonlyMap<string, string> {
  let before: Leaves = new Map();
  let blamed = new Map<string, string>();
  for (const commit of history.slice(0, history.indexOf(until) + 1)) {
    if (!commit.changed.has(key)) continue;
    const there = commit.objects.get(key);
    const now: Leaves = there === undefined ? new Map() : recordedLeaves(there);
    blamed = new Map([...now].map(([path, value]) => [path, before.get(path) === value ? (blamed.get(path) ?? commit.oid) : commit.oid]));
    before = now;
  }
  return blamed;
}
