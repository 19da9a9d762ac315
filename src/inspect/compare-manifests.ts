import { randomBytes } from 'node:crypto';
import { redactSide } from '../canon/redact.js';
import { isSecretType } from '../canon/secrets.js';
import { classify } from '../diff/classify.js';
import { compareObjects } from '../diff/compare-objects.js';
import { builtInListKeys, type ListKeys } from '../diff/list-keys.js';
import type { Manifest } from '../diff/manifests.js';
import type { JsonObject } from '../lib/json.js';
import type { Difference, ObjectDifference, Side } from '../model/comparison.js';
import type { ObjectId } from '../model/object-id.js';
import { treePath } from '../model/tree-path.js';
import { withAllocated } from './allocated.js';
import { countedIn, laidOver } from './laid-over.js';
import { withoutDigests } from './common-form.js';
import { isDigested, namedLines } from './manifest-comments.js';
import { manifestSide, ManifestTypes } from './manifest-side.js';
import type { ManifestTarget } from './manifest-target.js';
import { textOf } from './read-file.js';
import type { Selection } from './selection.js';

export interface ManifestOptions {
  /** Of manifests of namespaced types that name none; `default` when undefined. */
  readonly namespace?: string | undefined;
  /** Compare every field, not only what the manifest names. */
  readonly exact: boolean;
  readonly reveal: boolean;
  /** Objects that are wanted; absent: all that the manifests describe. */
  readonly selection?: Selection;
  /** Merge keys of lists; absent: the built-in table. */
  readonly listKeys?: (apiVersion: string, kind: string) => ListKeys;
}

/** What a comparison met that is no difference; complete when its iteration has ended. */
export interface ManifestNotes {
  /** Manifests that were compared, differences included. */
  compared: number;
  /** Manifests of objects that a rule or filter leaves out of the mirror. */
  readonly leftOut: { readonly id: ObjectId; readonly place: string; readonly rule: string }[];
  /** Secrets of which only the values could differ, and nobody can tell: their digests' key is not here. */
  readonly incomparable: ObjectId[];
}

export interface ManifestComparison extends AsyncIterable<ObjectDifference> {
  readonly notes: ManifestNotes;
}

/**
 * Manifests against what a commit or the cluster has of their objects: `before` is what is there, `after` the manifest,
 * put under the same rules; `added`: the object is not there. In the order of the manifests. Throws InspectError
 * UNKNOWN_TYPE that names the place of a manifest whose kind nobody knows, before anything is compared.
 */
export function compareManifests(manifests: readonly Manifest[], target: ManifestTarget, options: ManifestOptions, signal: AbortSignal): ManifestComparison {
  const notes: ManifestNotes = { compared: 0, leftOut: [], incomparable: [] };
  const types = new ManifestTypes(target.types, manifests);
  const typed = manifests.map((manifest) => ({ manifest, type: types.typeOf(manifest) }));
  const comparer = new Comparer(target, notes, options);
  async function* differences(): AsyncGenerator<ObjectDifference> {
    for (const { manifest, type } of typed) {
      signal.throwIfAborted();
      const made = manifestSide(manifest, type, target, options.namespace ?? 'default');
      if (options.selection?.matches(type, made.kind === 'skip' ? made.body : made.side.body) === false) continue;
      if (made.kind === 'skip') {
        notes.leftOut.push({ id: made.id, place: manifest.place, rule: made.rule });
        continue;
      }
      const there = await target.lookUp(made.id, type, signal);
      notes.compared++;
      const difference = comparer.compare(made.id, made.side, there?.side ?? null, there?.live ?? null);
      if (difference !== null) yield difference;
    }
  }
  return { notes, [Symbol.asyncIterator]: differences };
}

class Comparer {
  readonly #target: ManifestTarget;
  readonly #notes: ManifestNotes;
  readonly #options: ManifestOptions;
  readonly #redaction: Uint8Array | null;

  constructor(target: ManifestTarget, notes: ManifestNotes, options: ManifestOptions) {
    this.#target = target;
    this.#notes = notes;
    this.#options = options;
    this.#redaction = options.reveal ? null : randomBytes(32);
  }

  compare(id: ObjectId, manifest: Side, there: Side | null, live: JsonObject | null): ObjectDifference | null {
    const after = this.#shown(id, manifest);
    const before = there === null ? null : this.#shown(id, there);
    const apiVersion = textOf((before ?? after).body, 'apiVersion') ?? '';
    const kind = textOf(after.body, 'kind') ?? '';
    const about = { id, apiVersion, kind, path: treePath(id), before, after };
    if (before === null) return { ...about, change: 'added', fields: [] };
    // The version is no part of an identity: the server has the object in every version that it serves.
    const listKeys = this.#listKeys(apiVersion, kind);
    const manifestBody = { ...after.body, apiVersion };
    const fields = this.#fields(before, { ...after, body: manifestBody }, live, listKeys);
    if (fields.length > 0) return { ...about, ...this.#asShown(before, manifestBody, fields, listKeys), change: 'changed' };
    if (isSecretType(id) && isDigested(after.comments) && !this.#target.digestsComparable) this.#notes.incomparable.push(id);
    return null;
  }

  /**
   * A manifest names a part of its object: what is shown of it is the whole, with that part laid over it, and fields
   * counted there. The manifest itself where nothing but an order differs, or everything is compared.
   */
  #asShown(before: Side, manifest: JsonObject, fields: readonly Difference[], listKeys: ListKeys): { readonly after?: Side; readonly fields: readonly Difference[] } {
    if (this.#options.exact) return { fields };
    const after = laidOver(before, manifest, fields, listKeys);
    return after.text === before.text ? { fields } : { after, fields: fields.map((field) => countedIn(field, manifest, after.body, listKeys)) };
  }

  #fields(before: Side, after: Side, live: JsonObject | null, listKeys: ListKeys): Difference[] {
    const { exact } = this.#options;
    // A manifest may name what the server chose: then it stands in a comment line and not in the body.
    const there = { ...before, body: withAllocated(before) };
    const fields = compareObjects(there.body, after.body, { listKeys, semantic: true, onlyNamed: !exact });
    const lines = namedLines(before.comments, after.comments, exact);
    return classify([...fields, ...lines], { before: there, after, live, listKeys });
  }

  #listKeys(apiVersion: string, kind: string): ListKeys {
    return (this.#options.listKeys ?? builtInListKeys)(apiVersion, kind);
  }

  #shown(id: ObjectId, side: Side): Side {
    if (!isSecretType(id)) return side;
    const comparable = this.#target.digestsComparable ? side : withoutDigests(side);
    return this.#redaction === null ? comparable : redactSide(comparable, this.#redaction);
  }
}
