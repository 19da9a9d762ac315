import { blobOf, blobOid } from '../lib/git-blob.js';
import type { Json } from '../lib/json.js';
import type { Canonical } from '../model/canonical.js';
import type { Blob, Draft, Oid, Tape } from '../model/tape.js';
import type { BatchResult } from './batch.js';

/** Objects of a commit that are described field by field; above it, by counts. */
export const DETAILED = 20;

/** Paths of which content and managers are kept for the message: the objects and the files in .kubetape/. */
const KEPT = 2 * DETAILED;
/** Paths of which the time is remembered: a first sync of 100,000 objects needs none of them. */
const REMEMBERED = 10_000;

/** Why a commit exists, gravest last: what the trailer Kubetape-Event says. */
export const EVENTS = ['change', 'catch-up', 'recanonicalise', 'unmirrored', 'server-upgrade', 'store-went-back', 'baseline'] as const;
export type CommitEvent = (typeof EVENTS)[number];

/** What is known of one staged path besides its content. */
export interface Touch {
  /** Milliseconds since 1970 at which the change was first seen. */
  readonly seenAt: number;
  /** The new content and managedFields of the object, for the first paths: the message is made of them. */
  readonly blob: Blob | undefined;
  readonly managers: Json | undefined;
}

/**
 * The stage: what differs between what the cluster said and the head of the branch. Latest wins; a path that goes
 * back to its committed content is no change.
 */
export class Stage {
  readonly #tape: Tape;
  readonly #now: () => number;
  readonly #opened: () => void;
  #draft: Draft | null = null;
  #touches = new Map<string, Touch>();
  #unmirrored = new Map<string, string>();
  #event: CommitEvent = 'change';

  /** `opened` is called when the first change comes. */
  constructor(tape: Tape, now: () => number, opened: () => void) {
    this.#tape = tape;
    this.#now = now;
    this.#opened = opened;
  }

  get changed(): number {
    return (this.#draft?.changed ?? 0) + this.#unmirrored.size;
  }

  get event(): CommitEvent {
    return this.#event;
  }

  /** Makes the next commit say at least this. */
  label(event: CommitEvent): void {
    if (EVENTS.indexOf(event) > EVENTS.indexOf(this.#event)) this.#event = event;
  }

  oidAt(path: string): Oid | null {
    return (this.#draft ?? this.#tape).oidAt(path);
  }

  /** One object as a watch or a single read showed it. */
  observe(canonical: Canonical, managers: Json | undefined): void {
    if (canonical.kind === 'skip') this.unmirror(canonical.path, canonical.rule);
    else this.put(canonical.path, Buffer.from(canonical.text, 'utf8'), canonical.terminating, managers);
  }

  /** A batch of a list; returns nothing, adds every path that exists (skipped ones too) to `seen`. */
  observeBatch(batch: BatchResult, seen: Set<string> | null): void {
    const terminating = new Set(batch.terminating);
    let start = 0;
    batch.paths.forEach((path, i) => {
      const end = batch.ends[i] ?? start;
      const content = batch.bytes.subarray(start, end);
      start = end;
      seen?.add(path);
      const oid = batch.oids[i] ?? '';
      const before = this.oidAt(path);
      this.#unmirrored.delete(path);
      if (before === oid || (before !== null && terminating.has(i))) return;
      this.#put(path, batch.deflated ? { oid, size: batch.sizes[i] ?? 0, deflated: content } : blobOf(Buffer.from(content)), undefined);
    });
    for (const { path, rule } of batch.skipped) {
      seen?.add(path);
      this.unmirror(path, rule);
    }
  }

  put(path: string, content: Buffer, terminating = false, managers?: Json): void {
    const before = this.oidAt(path);
    this.#unmirrored.delete(path);
    if (before !== null && terminating) return;
    if (before !== blobOid(content)) this.#put(path, blobOf(content), managers);
  }

  /** The object is gone: a watch said so, or a complete list did not have it. */
  remove(path: string): void {
    this.#unmirrored.delete(path);
    if (this.oidAt(path) === null) return;
    this.#touch(path);
    this.#begin().remove(path);
  }

  /** The object is there, but a rule or filter excludes it: its file leaves in a commit of its own. */
  unmirror(path: string, rule: string): void {
    if (this.oidAt(path) === null || this.#unmirrored.has(path)) return;
    this.#touch(path);
    this.#unmirrored.set(path, rule);
  }

  /**
   * The draft to be committed now, with what is known of its paths; null when nothing would change. Paths that are
   * only unmirrored come in a draft of their own, after the others.
   */
  pending(): { readonly draft: Draft; readonly touches: ReadonlyMap<string, Touch>; readonly event: CommitEvent } | null {
    if ((this.#draft?.changed ?? 0) === 0) {
      this.#reset();
      if (this.#unmirrored.size === 0) return null;
      for (const path of this.#unmirrored.keys()) this.#begin().remove(path);
      this.#unmirrored.clear();
      this.#event = 'unmirrored';
    }
    return { draft: this.#begin(), touches: this.#touches, event: this.#event };
  }

  /** The pending draft is in the repository. */
  committed(): void {
    this.#draft = null;
    this.#reset();
  }

  discard(): void {
    this.#reset();
    this.#unmirrored.clear();
  }

  /** Paths that this stage would change, with their new content's id. */
  changes(): Iterable<{ readonly path: string; readonly before: Oid | null; readonly after: Oid | null }> {
    return this.#draft?.changes() ?? [];
  }

  #put(path: string, blob: Blob, managers: Json | undefined): void {
    this.#begin().put(path, blob);
    this.#touch(path, blob, managers);
  }

  #reset(): void {
    this.#draft?.discard();
    this.#draft = null;
    this.#touches = new Map();
    this.#event = 'change';
  }

  #begin(): Draft {
    this.#draft ??= this.#tape.begin();
    return this.#draft;
  }

  #touch(path: string, blob?: Blob, managers?: Json): void {
    const first = this.#touches.size === 0;
    const before = this.#touches.get(path);
    if (before === undefined && this.#touches.size >= REMEMBERED) return;
    const detailed = before === undefined ? this.#touches.size < KEPT : before.blob !== undefined;
    this.#touches.set(path, {
      seenAt: before?.seenAt ?? this.#now(),
      blob: detailed ? blob : undefined,
      managers: detailed ? managers : undefined,
    });
    if (first) this.#opened();
  }
}
