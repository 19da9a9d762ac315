import { randomBytes } from 'node:crypto';
import { commentBlock } from '../canon/comments.js';
import { emit } from '../canon/emitter.js';
import { redactSide } from '../canon/redact.js';
import { isSecretType } from '../canon/secrets.js';
import { builtInListKeys } from '../diff/list-keys.js';
import type { Json } from '../lib/json.js';
import type { Side } from '../model/comparison.js';
import type { History, IndexProgress, Snapshot } from '../model/history.js';
import type { ObjectId } from '../model/object-id.js';
import type { CommitInfo } from '../model/tape.js';
import { Attribution } from './attribution.js';
import { lineOrigins, visitLeaves } from './blame-lines.js';
import { commitFacts, REWRITE, type CommitFacts } from './commit-facts.js';
import { readFile, textOf } from './read-file.js';
import type { Selection } from './selection.js';
import { findObject } from './show-object.js';

export interface BlamedField {
  /** For people, escaped; items of lists by their identity: `spec.template.spec.containers[web].image`. */
  readonly path: string;
  /** Keys and indices from the root. */
  readonly keys: readonly (string | number)[];
  readonly value: Json;
  readonly commit: CommitFacts;
}

export interface BlamedLine {
  /** One line of the canonical text, without its line feed. */
  readonly text: string;
  /** What last set what stands there; of a line that only opens a map or list, what brought that in. */
  readonly commit: CommitFacts;
}

export interface Blame {
  readonly id: ObjectId;
  readonly kind: string;
  readonly apiVersion: string;
  readonly path: string;
  /** Comment lines included. */
  readonly lines: readonly BlamedLine[];
  /** Scalars, and empty maps and lists, in the order of the text's keys. */
  readonly fields: readonly BlamedField[];
  /** Values of a Secret were replaced. */
  readonly redacted: boolean;
}

export interface BlameOptions {
  readonly reveal: boolean;
  readonly onProgress?: (progress: IndexProgress) => void;
}

/**
 * For each field of one object the commit that last set it: versions are gone through newest first until every field is
 * accounted for. Items of lists are followed by their identity; commits that rewrite the tree are seen through; what made
 * the object (again) is where it ends. Errors as of showObject.
 */
export async function blame(history: History, snapshot: Snapshot, selection: Selection, options: BlameOptions, signal: AbortSignal): Promise<Blame> {
  const object = await findObject(history, snapshot, selection, signal);
  const newest = readFile(snapshot, object.oid);
  const kind = textOf(newest.body, 'kind') ?? object.kind;
  const apiVersion = textOf(newest.body, 'apiVersion') ?? object.apiVersion;
  const walk = new Walk(newest, new Attribution<CommitFacts>(newest.body, builtInListKeys(apiVersion, kind)));
  const last = await walk.through(history, snapshot.commit, object.path, signal, options.onProgress);
  const side = isSecretType(object.id) && !options.reveal ? redactSide(newest, randomBytes(32)) : newest;
  const about = { id: object.id, kind, apiVersion, path: object.path, redacted: side !== newest };
  return { ...about, ...walk.result(side, commitFacts(last)) };
}

class Walk {
  readonly #attribution: Attribution<CommitFacts>;
  readonly #comments: Map<string, CommitFacts | null>;

  constructor(newest: Side, attribution: Attribution<CommitFacts>) {
    this.#attribution = attribution;
    this.#comments = new Map(newest.comments.map((line) => [line, null]));
  }

  /** Returns the oldest commit that was looked at: where a history is cut, it stands for what was before. */
  async through(history: History, from: CommitInfo, path: string, signal: AbortSignal, onProgress: BlameOptions['onProgress']): Promise<CommitInfo> {
    let last = from;
    for await (const { commit, changes } of history.log({ from, paths: [path] }, signal, onProgress)) {
      const change = changes.find((each) => each.path === path);
      if (change === undefined) continue;
      last = commit;
      this.#step(change.before === null ? null : readFile(history, change.before), commitFacts(commit));
      if (change.before === null || this.#isDone()) break;
    }
    return last;
  }

  /** Fields in the order of the text; what has no origin yet comes from `rest`. */
  result(shown: Side, rest: CommitFacts): Pick<Blame, 'lines' | 'fields'> {
    const fields: BlamedField[] = [];
    const { root } = this.#attribution;
    visitLeaves(shown.body, root, ({ path, keys, origin }, value) => fields.push({ path, keys, value, commit: origin ?? rest }));
    const comments = commentBlock(shown.comments).split('\n').slice(0, -1);
    const texts = emit(shown.body).split('\n').slice(0, -1);
    const origins = lineOrigins(shown.body, root, ({ origin }) => origin ?? rest);
    const lines = [
      ...comments.map((text) => ({ text, commit: this.#comments.get(text) ?? rest })),
      ...texts.map((text, i) => ({ text, commit: origins[i] ?? rest })),
    ];
    return { lines, fields };
  }

  #step(before: Side | null, commit: CommitFacts): void {
    const seenThrough = commit.event === REWRITE;
    this.#attribution.step(before?.body ?? null, commit, seenThrough);
    const older = new Set(before?.comments);
    for (const [line, origin] of this.#comments) if (origin === null && !older.has(line)) this.#comments.set(line, commit);
  }

  #isDone(): boolean {
    return this.#attribution.isDone && ![...this.#comments.values()].includes(null);
  }
}
