import { redactSide } from '../canon/redact.js';
import { isSecretType } from '../canon/secrets.js';
import { readPolicy } from '../capture/meta-files.js';
import type { JsonObject } from '../lib/json.js';
import type { Difference, Side } from '../model/comparison.js';
import type { History } from '../model/history.js';
import type { ObjectId } from '../model/object-id.js';
import type { ResourceType } from '../model/resource-type.js';
import type { CommitInfo, PathChange } from '../model/tape.js';
import { withoutDigests } from './common-form.js';
import { fieldsBetween } from './fields-between.js';
import { recordedType } from './identity.js';
import { phrases } from './phrases.js';
import { lazyFile, textOf } from './read-file.js';

/** What happened to one object. `unmirror`: excluded by rule or filter, it may still be there; `rewrite`: only its file is another. */
export type LogVerb = 'create' | 'update' | 'delete' | 'unmirror' | 'rewrite';

export interface LogContext {
  readonly history: History;
  readonly byFolder: ReadonlyMap<string, ResourceType>;
  /** The key under which values of Secrets are hidden; null: they are shown. */
  readonly redaction: Uint8Array | null;
}

/** One object of a log's entry. Files are read when they are first needed. */
export class LoggedObject {
  readonly id: ObjectId;
  readonly path: string;
  readonly verb: LogVerb;
  readonly #change: PathChange;
  readonly #commit: CommitInfo;
  readonly #context: LogContext;
  readonly #sides = new Map<string, Side>();
  #fields: readonly Difference[] | undefined;

  constructor(id: ObjectId, change: PathChange, verb: LogVerb, commit: CommitInfo, context: LogContext) {
    this.id = id;
    this.path = change.path;
    this.verb = verb;
    this.#change = change;
    this.#commit = commit;
    this.#context = context;
  }

  /** As recorded for its type; of a type that is not, as the file says. */
  get kind(): string {
    return recordedType(this.id, this.#context.byFolder).kind || (textOf(this.bodies()[0], 'kind') ?? '');
  }

  /** What differs when both sides are there, comment lines included; a Secret has no values. */
  get fields(): readonly Difference[] {
    return (this.#fields ??= this.#compare());
  }

  /** One a field, escaped: `spec.replicas 2 → 5`, `image nginx:1.25 → 1.26`. */
  get phrases(): readonly string[] {
    if (this.fields.length === 0 && this.#hasOtherKey()) return ['the digests were made anew with another key: nobody can tell what changed'];
    return phrases(this.fields, this.#isSecret);
  }

  /** Redacted where it is a Secret; null: the object was not there. */
  before(): Side | null {
    return this.#shown(this.#change.before);
  }

  after(): Side | null {
    return this.#shown(this.#change.after);
  }

  /** Of the sides that are there, the newer first, as the files have them. For tests, not for showing. */
  bodies(): readonly JsonObject[] {
    return [this.#change.after, this.#change.before].flatMap((oid) => (oid === null ? [] : [this.#read(oid).body]));
  }

  get #isSecret(): boolean {
    return isSecretType(this.id);
  }

  #compare(): readonly Difference[] {
    const [before, after] = [this.before(), this.after()];
    if (before === null || after === null) return [];
    return this.#hasOtherKey() ? fieldsBetween(withoutDigests(before), withoutDigests(after)) : fieldsBetween(before, after);
  }

  /** Whether this commit came with another key of the digests, so that all of them are new. */
  #hasOtherKey(): boolean {
    if (!this.#isSecret || this.#change.before === null || this.#change.after === null) return false;
    const [parent] = this.#commit.parents;
    if (parent === undefined) return false;
    const { history } = this.#context;
    const keyOf = (commit: CommitInfo): string | null => readPolicy(history.snapshot(commit))?.digestKeyId ?? null;
    return keyOf(history.commit(parent)) !== keyOf(this.#commit);
  }

  #shown(oid: string | null): Side | null {
    if (oid === null) return null;
    const side = this.#read(oid);
    return this.#isSecret && this.#context.redaction !== null ? redactSide(side, this.#context.redaction) : side;
  }

  #read(oid: string): Side {
    const side = this.#sides.get(oid) ?? lazyFile(this.#context.history, oid);
    this.#sides.set(oid, side);
    return side;
  }
}
