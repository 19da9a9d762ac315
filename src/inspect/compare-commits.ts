import { randomBytes } from 'node:crypto';
import { redactSide } from '../canon/redact.js';
import { isSecretType } from '../canon/secrets.js';
import { readTypes } from '../capture/meta-files.js';
import type { ObjectDifference, Side } from '../model/comparison.js';
import type { History, Snapshot } from '../model/history.js';
import type { ObjectId } from '../model/object-id.js';
import type { ResourceType } from '../model/resource-type.js';
import type { PathChange } from '../model/tape.js';
import { commonForm, type CommonForm } from './common-form.js';
import { typesByFolder } from './folders.js';
import { contentOf, identityAt, recordedType } from './identity.js';
import { fieldsBetween, typeIn } from './fields-between.js';
import { lazyFile, readFile, textOf } from './read-file.js';
import type { Selection } from './selection.js';

/** What a comparison met that is no difference; complete when its iteration has ended. */
export interface ComparisonNotes {
  /** The commits were written under different rules or emitters, so only what both keep is compared. */
  readonly rulesDiffer: boolean;
  /** Files whose text differs and whose content does not, mostly because of that. */
  rewritten: number;
  /** Objects that a rule or filter of the other commit leaves out, by rule. */
  readonly leftOut: Map<string, number>;
  /** Secrets of which nothing but the digests differs, made with different keys: nobody can tell. */
  readonly incomparable: ObjectId[];
}

/** Differences of two commits in the order of paths; to be iterated once. */
export interface CommitComparison extends AsyncIterable<ObjectDifference> {
  readonly notes: ComparisonNotes;
}

/** Files between two looks at the signal, and at whoever else wants to run. */
const STRIDE = 500;

/**
 * The wanted objects that differ between two commits. Files with the same content are not read. Where the rules differ,
 * both sides are put under the rules of the other, so that only what both keep is compared (decisions.md §5). RulesError,
 * RepositoryError NOT_OURS and DAMAGED.
 */
export function compareCommits(
  history: History,
  before: Snapshot,
  after: Snapshot,
  selection: Selection,
  options: { readonly reveal: boolean },
  signal: AbortSignal,
): CommitComparison {
  const form = commonForm(before, after);
  const notes: ComparisonNotes = { rulesDiffer: form.rulesDiffer, rewritten: 0, leftOut: new Map(), incomparable: [] };
  const byFolder = typesByFolder(new Map([...readTypes(before), ...readTypes(after)]));
  const comparer = new Comparer(history, form, notes, byFolder, options.reveal);
  async function* differences(): AsyncGenerator<ObjectDifference> {
    let seen = 0;
    for (const change of history.changes(before.commit, after.commit)) {
      if (++seen % STRIDE === 0) await new Promise(setImmediate);
      signal.throwIfAborted();
      const difference = comparer.compare(change, selection);
      if (difference !== null) yield difference;
    }
  }
  return { notes, [Symbol.asyncIterator]: differences };
}

class Comparer {
  readonly #history: History;
  readonly #form: CommonForm;
  readonly #notes: ComparisonNotes;
  readonly #byFolder: ReadonlyMap<string, ResourceType>;
  /** Null: values are shown. */
  readonly #redaction: Uint8Array | null;

  constructor(history: History, form: CommonForm, notes: ComparisonNotes, byFolder: ReadonlyMap<string, ResourceType>, reveal: boolean) {
    this.#history = history;
    this.#form = form;
    this.#notes = notes;
    this.#byFolder = byFolder;
    this.#redaction = reveal ? null : randomBytes(32);
  }

  /** Null: not wanted, or no difference. */
  compare(change: PathChange, selection: Selection): ObjectDifference | null {
    const id = identityAt(change.path, () => readFile(this.#history, contentOf(change)).body, this.#byFolder);
    if (id === null || !selection.matchesName(id)) return null;
    const [was, is] = [this.#side(change.before), this.#side(change.after)];
    if (selection.needsBody && ![was, is].some((side) => side !== null && selection.matchesLabels(id, side.body))) return null;
    const common = this.#form.between(id, was, is);
    if (common.kind === 'left out') {
      this.#notes.leftOut.set(common.rule, (this.#notes.leftOut.get(common.rule) ?? 0) + 1);
      return null;
    }
    return this.#difference(change, id, common.before, common.after, common.keysDiffer);
  }

  /** The cheap way first: a body is read only where its text does not show what differs. */
  #difference(change: PathChange, id: ObjectId, before: Side | null, after: Side | null, keysDiffer: boolean): ObjectDifference | null {
    const [was, is] = [this.#shown(id, before), this.#shown(id, after)];
    const fields = was === null || is === null ? null : fieldsBetween(was, is);
    if (fields === null || fields.length > 0) {
      const type = typeIn((is ?? was)?.text ?? '') ?? this.#typeInBody(id, is ?? was);
      return { id, ...type, path: change.path, before: was, after: is, change: was === null ? 'added' : is === null ? 'removed' : 'changed', fields: fields ?? [] };
    }
    if (keysDiffer) this.#notes.incomparable.push(id);
    else this.#notes.rewritten++;
    return null;
  }

  #typeInBody(id: ObjectId, side: Side | null): { readonly apiVersion: string; readonly kind: string } {
    return { apiVersion: textOf(side?.body, 'apiVersion') ?? '', kind: textOf(side?.body, 'kind') ?? recordedType(id, this.#byFolder).kind };
  }

  #side(oid: string | null): Side | null {
    return oid === null ? null : lazyFile(this.#history, oid);
  }

  #shown(id: ObjectId, side: Side | null): Side | null {
    return side === null || this.#redaction === null || !isSecretType(id) ? side : redactSide(side, this.#redaction);
  }
}
