import { commentBlock, commentsKnownTo } from '../../canon/comments.js';
import { emit } from '../../canon/emitter.js';
import { isSecretType } from '../../canon/secrets.js';
import { YamlError } from '../../canon/yaml-error.js';
import { AppError } from '../../lib/errors.js';
import { own, type Json, type JsonObject } from '../../lib/json.js';
import { metadataOf, type Facts } from '../../model/canonical.js';
import type { Side, Verdict } from '../../model/comparison.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { identityOfPath } from '../../model/tree-path.js';
import { withoutMovedValues } from '../allocated.js';
import { withoutDigests } from '../common-form.js';
import { parseFile } from '../read-file.js';
import type { CommitCoverage } from './commit-coverage.js';
import type { LiveFinding } from './live-comparison.js';
import { LiveDifferences } from './live-differences.js';
import type { LivePolicy } from './live-policy.js';
import { namespaceOfPath } from './live-scope.js';

/** A live object as the server sent it. */
export interface RawObject {
  readonly path: string;
  readonly type: ResourceType;
  /** With managedFields; it is only read. */
  readonly raw: JsonObject;
}

/** The same, with its canonical text under the rules of the commit. */
export interface LiveObject extends RawObject {
  readonly text: string;
}

export interface CommittedFile {
  readonly path: string;
  readonly type: ResourceType;
  readonly text: string;
}

/** Both texts in a form that can be compared, or the rule by which one of them is not mirrored. */
type Comparable = { readonly before: Side; readonly after: Side } | { readonly rule: string };

const UNREADABLE = 'its file in the commit cannot be read';
const NO_KEY = 'the key of its digests is not here, so its values cannot be compared';

/** Decides what becomes of one object when its bytes are not those of the commit. */
export class Judge {
  readonly #policy: LivePolicy;
  readonly #coverage: CommitCoverage;
  readonly #differences: LiveDifferences;

  constructor(policy: LivePolicy, coverage: CommitCoverage, options: { readonly reveal: boolean }) {
    this.#policy = policy;
    this.#coverage = coverage;
    this.#differences = new LiveDifferences(options.reveal);
  }

  /** The commit has a file with other bytes: `equal` all the same when what both sets of rules keep is equal. */
  differing(live: LiveObject, file: string, facts: Facts): LiveFinding {
    const comparable = this.#comparable(live, file);
    if (comparable === null) return finding('differs', live, UNREADABLE);
    if ('rule' in comparable) return finding('skipped', live, comparable.rule);
    if (comparable.before.text === comparable.after.text) return this.#isHeld(live.type) ? finding('held', live, NO_KEY) : finding('equal', live, null);
    const { then, now } = this.#policy;
    const { removed } = (now ?? then.canonicaliser).explain(live.raw, live.type, facts);
    const subject = { ...live, id: idOf(live) };
    const difference = this.#differences.changed(subject, comparable, live.raw, removed, now !== null);
    if (difference.fields.length > 0) return finding('differs', live, null, difference);
    return now === null ? finding('differs', live, 'its text differs, though no field does: kubetape did not write it so', difference) : finding('equal', live, null);
  }

  /** The commit has no file for it. */
  extra(live: LiveObject): LiveFinding {
    const canonical = this.#policy.now?.recanonicalise(live.text, live.type);
    if (canonical?.kind === 'skip') return finding('skipped', live, canonical.rule);
    const gap = this.#coverage.gap(typeName(live.type), namespaceOfPath(live.path));
    if (gap !== null) return finding('not covered', live, `the commit does not hold all of its type: ${gap}`);
    return finding('extra', live, null, this.#differences.added({ ...live, id: idOf(live) }, parseFile(canonical?.text ?? live.text, live.path)));
  }

  /** A complete list, at `listedAt`, had no object for the file. */
  missing(file: CommittedFile, listedAt: string): LiveFinding {
    const { path, type, text } = file;
    const base = { path, kind: type.kind, resourceVersion: listedAt };
    try {
      const canonical = this.#policy.now?.recanonicalise(text, type);
      const id = canonical?.id ?? this.#policy.then.canonicaliser.identityOf(text, type);
      if (canonical?.kind === 'skip') return { ...base, verdict: 'skipped', id, reason: canonical.rule, difference: null };
      const difference = this.#differences.removed({ ...file, id }, parseFile(canonical?.text ?? text, path));
      return { ...base, verdict: 'missing', id, reason: null, difference };
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return { ...base, verdict: 'missing', id: idOfPath(path, type), reason: UNREADABLE, difference: null };
    }
  }

  /** The object is being deleted: whatever its file is, it is frozen. */
  terminating(object: RawObject): LiveFinding {
    const finalizers = own(metadataOf(object.raw), 'finalizers');
    const waits = Array.isArray(finalizers) ? finalizers.filter((each): each is string => typeof each === 'string') : [];
    return finding('terminating', object, waits.length === 0 ? null : `being deleted; it waits for ${waits.join(', ')}`);
  }

  held(object: RawObject, reason: string): LiveFinding {
    return finding('held', object, reason);
  }

  skipped(object: RawObject, rule: string): LiveFinding {
    return finding('skipped', object, rule);
  }

  /** Null: the file is none that can be read. */
  #comparable(live: LiveObject, file: string): Comparable | null {
    const { now } = this.#policy;
    const held = this.#isHeld(live.type);
    const side = (text: string): Side => {
      const read = parseFile(text, live.path);
      return held ? withoutDigests(read) : read;
    };
    try {
      if (now === null) return { before: side(file), after: side(live.text) };
      const [old, fresh] = [now.recanonicalise(file, live.type), now.recanonicalise(live.text, live.type)];
      if (old.kind === 'skip') return { rule: old.rule };
      if (fresh.kind === 'skip') return { rule: fresh.rule };
      const [before, after] = withoutMovedValues(side(old.text), this.#asThen(side(fresh.text)));
      return { before, after };
    } catch (error) {
      if (isUnreadable(error)) return null;
      throw error;
    }
  }

  /** Without the comment lines that the emitter of the commit did not write yet. */
  #asThen(live: Side): Side {
    const comments = commentsKnownTo(this.#policy.then.emitter, live.comments);
    return comments.length === live.comments.length ? live : { body: live.body, comments, text: commentBlock(comments) + emit(live.body) };
  }

  /** Digests of the type were made with a key that is not here. */
  #isHeld(type: ResourceType): boolean {
    const { policy, digestsComparable } = this.#policy.then;
    return isSecretType(type) && policy.secrets === 'digest' && !digestsComparable;
  }
}

/** It is no YAML, or no object with a name: somebody else wrote it. */
function isUnreadable(error: unknown): boolean {
  return error instanceof YamlError || (error instanceof AppError && (error.code === 'DAMAGED' || error.code === 'MALFORMED'));
}

function finding(verdict: Verdict, object: RawObject, reason: string | null, difference: LiveFinding['difference'] = null): LiveFinding {
  const { resourceVersion } = metadataOf(object.raw);
  const version = typeof resourceVersion === 'string' ? resourceVersion : null;
  return { verdict, id: idOf(object), kind: object.type.kind, path: object.path, reason, difference, resourceVersion: version };
}

function idOf({ type, raw }: RawObject): ObjectId {
  const { name, namespace } = metadataOf(raw);
  return { group: type.group, resource: type.resource, namespace: type.namespaced ? textOf(namespace) : '', name: textOf(name) };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function idOfPath(path: string, type: ResourceType): ObjectId {
  return identityOfPath(path) ?? { group: type.group, resource: type.resource, namespace: namespaceOfPath(path), name: path.slice(path.lastIndexOf('/') + 1) };
}
