import { readTypes, type RecordedType } from '../../capture/meta-files.js';
import type { Canonicaliser } from '../../canon/canonicaliser.js';
import { YamlError } from '../../canon/yaml-error.js';
import { commonForm } from '../../inspect/common-form.js';
import { typesByFolder } from '../../inspect/folders.js';
import { contentOf, identityAt, recordedType } from '../../inspect/identity.js';
import { parseFile, readFile } from '../../inspect/read-file.js';
import type { Selection } from '../../inspect/selection.js';
import { AppError } from '../../lib/errors.js';
import type { Side } from '../../model/comparison.js';
import type { History, Snapshot } from '../../model/history.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { PathChange } from '../../model/tape.js';

/** An object that a change touched, on both sides in the form that both commits, and the rules now, keep. */
export interface ChangedObject {
  readonly path: string;
  readonly id: ObjectId;
  readonly type: ResourceType;
  /** Of the newer side; of the older one when it is absent there. */
  readonly oid: string;
  readonly before: Side | null;
  readonly after: Side | null;
  /** Why its sides cannot be told; null: they can. */
  readonly unreadable: string | null;
}

/** Types that one of the commits knows, the first commit's word before the others'. */
export function typesOf(...snapshots: readonly Snapshot[]): Map<string, RecordedType> {
  return new Map(snapshots.toReversed().flatMap((snapshot) => [...readTypes(snapshot)]));
}

/**
 * The wanted objects whose content differs between two commits, in the order of paths. `now`: the rules under which live is looked
 * at. RepositoryError, RulesError.
 */
export function changedObjects(history: History, before: Snapshot, after: Snapshot, selection: Selection, types: ReadonlyMap<string, RecordedType>, now: { readonly canonicaliser: Canonicaliser; readonly rulesHash: string }): ChangedObject[] {
  const byFolder = typesByFolder(types);
  const form = commonForm(before, after);
  const sideOf = (oid: string | null): Side | null => (oid === null ? null : readFile(history, oid));
  const underNow = (side: Side | null, id: ObjectId): Side | null => {
    const canonical = side === null ? null : now.canonicaliser.recanonicalise(side.text, id);
    if (canonical === null || canonical.kind === 'skip') return null;
    return canonical.text === side?.text ? side : parseFile(canonical.text, canonical.path);
  };
  const read = (change: PathChange, id: ObjectId): Pick<ChangedObject, 'before' | 'after'> | null => {
    const [was, is] = [sideOf(change.before), sideOf(change.after)];
    if (selection.needsBody && ![was, is].some((side) => side !== null && selection.matchesLabels(id, side.body))) return null;
    const common = form.between(id, was, is);
    if (common.kind === 'left out') return null;
    const sides = { before: underNow(common.before, id), after: underNow(common.after, id) };
    return (sides.before === null && sides.after === null) || sides.before?.text === sides.after?.text ? null : sides;
  };
  return [...history.changes(before.commit, after.commit)].flatMap((change): ChangedObject[] => {
    const id = identityAt(change.path, () => readFile(history, contentOf(change)).body, byFolder);
    if (id === null || !selection.matchesName(id)) return [];
    const about = { path: change.path, id, type: types.get(typeName(id))?.type ?? recordedType(id, byFolder), oid: contentOf(change) };
    try {
      const sides = read(change, id);
      return sides === null ? [] : [{ ...about, ...sides, unreadable: null }];
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return [{ ...about, before: null, after: null, unreadable: 'its file in one of the commits cannot be read' }];
    }
  });
}

/** Somebody else wrote it. */
function isUnreadable(error: unknown): boolean {
  return error instanceof YamlError || (error instanceof AppError && (error.code === 'DAMAGED' || error.code === 'MALFORMED'));
}
