import type { CommitInfo, Oid, PathChange } from '../model/tape.js';
import type { Folder } from './tree.js';
import type { TreeEntry } from './tree-entries.js';

/** More foreign commits than anybody makes beside a mirror. */
const MAX_WALK = 100_000;

/** Whether `tip` descends from `ancestor`; false, too, when that is not seen within 100,000 commits. */
export function descendsFrom(tip: Oid, ancestor: Oid, commit: (oid: Oid) => CommitInfo): boolean {
  const seen = new Set<Oid>([tip]);
  for (const oid of seen) {
    if (oid === ancestor) return true;
    if (seen.size > MAX_WALK) return false;
    for (const parent of commit(oid).parents) seen.add(parent);
  }
  return false;
}

/** Paths whose blob differs between two trees; equal folders are not looked into. */
export function changesBetween(before: Folder | null, after: Folder | null, prefix = ''): readonly PathChange[] {
  if (before?.oid === after?.oid && before !== null && after !== null) return [];
  const old = byKey(before);
  const fresh = byKey(after);
  const changes: PathChange[] = [];
  for (const key of new Set([...old.keys(), ...fresh.keys()])) {
    const was = old.get(key);
    const is = fresh.get(key);
    if (was?.oid === is?.oid) continue;
    const path = prefix + ((was ?? is)?.name ?? '');
    if ((was ?? is)?.isFolder) changes.push(...changesBetween(below(before, was), below(after, is), `${path}/`));
    else changes.push({ path, before: was?.oid ?? null, after: is?.oid ?? null });
  }
  return changes;
}

function byKey(folder: Folder | null): Map<string, TreeEntry> {
  return new Map([...(folder?.entries() ?? [])].map((entry) => [entry.isFolder ? `${entry.name}/` : entry.name, entry]));
}

function below(folder: Folder | null, entry: TreeEntry | undefined): Folder | null {
  return entry === undefined ? null : (folder?.child(entry.name) ?? null);
}
