import type { IndexProgress } from '../../model/history.js';
import { RepositoryError } from '../../model/repository-error.js';
import type { CommitInfo, Oid, PathChange } from '../../model/tape.js';
import { Chain, missingCommits, type Missing } from './chain.js';
import { encodeSegment, type SegmentContent } from './encode-segment.js';
import { IndexDamaged } from './index-damaged.js';
import { IndexFiles } from './index-files.js';
import { cutContent, joinedContent } from './merge-segments.js';
import { Pace } from './pace.js';
import { SegmentBuilder } from './segment-builder.js';
import { logOfSegment } from './segment-log.js';
import type { Segment } from './segment.js';

/** Where the index gets commits and their changes from; RepositoryError. */
export interface HistorySource {
  commit(oid: Oid): CommitInfo;
  /** Against the first parent; in the order of paths. */
  changes(before: CommitInfo | null, after: CommitInfo): Iterable<PathChange>;
}

export interface IndexQuery {
  /** A commit of the index. */
  readonly from: Oid;
  /** Files or folders, without trailing slash; `''`: everything. */
  readonly paths: readonly string[];
  /** Committer dates in seconds since 1970, inclusive. */
  readonly since?: number;
  readonly until?: number;
}

export interface IndexedChange {
  readonly oid: Oid;
  /** In the order of paths; `before` is what the first parent has. */
  readonly changes: readonly PathChange[];
}

type OnProgress = ((progress: IndexProgress) => void) | undefined;

/** What bounds the memory of a build. */
export interface IndexLimits {
  /** A segment is written when it has so many commits or changes. */
  readonly commits: number;
  readonly changes: number;
  /** Segments that are larger together are not merged: merging takes three times the memory. */
  readonly mergedBytes: number;
}

const LIMITS: IndexLimits = { commits: 32_768, changes: 131_072, mergedBytes: 24 << 20 };

/**
 * Which commit of a branch changed which path: derived from the commits along first parents, rebuilt whenever it does
 * not fit, kept outside the tree. Segments of commits are merged geometrically, so that n updates leave O(log n) of them
 * (an LSM tree; the rule is that of `git repack --geometric`). Several processes may use and update one at a time.
 */
export class HistoryIndex {
  readonly #files: IndexFiles;
  readonly #limits: IndexLimits;
  #chain: Chain | undefined;
  /** What the last update was asked for; the chain may go on after it. */
  #tip: Oid | undefined;
  #updating: Promise<void> = Promise.resolve();
  #readers = 0;
  #replaced: Segment[] = [];

  private constructor(files: IndexFiles, limits: IndexLimits) {
    this.#files = files;
    this.#limits = limits;
  }

  /** Reads and writes nothing yet. What cannot be written to `folder` goes to `fallbackFolder`, or else stays in memory. */
  static open(folder: string, fallbackFolder: string, limits: IndexLimits = LIMITS): HistoryIndex {
    return new HistoryIndex(new IndexFiles(folder, fallbackFolder), limits);
  }

  /** Commits in the index. */
  get commits(): number {
    return this.#load().count;
  }

  /** Bytes of the segments in force. */
  get bytes(): number {
    return this.#load().segments.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Whether a commit is in the index: on the first-parent chain of the tip that was indexed last. */
  holds(oid: Oid): boolean {
    return this.#reading((chain) => chain.positionOf(oid) !== null);
  }

  /**
   * Brings the index up to `tip`, which counts as the newest commit from then on. In slices of 20 ms; after the signal, or
   * a failure of the source, what was written so far is kept. One call at a time: a second one waits.
   */
  async update(tip: CommitInfo, source: HistorySource, signal: AbortSignal, onProgress?: (progress: IndexProgress) => void): Promise<void> {
    const turn = this.#updating.then(() => this.#update(tip, source, new Pace(signal), onProgress));
    this.#updating = turn.catch(() => undefined);
    return turn;
  }

  /** Newest first. RepositoryError NOT_FOUND when the index does not hold `from`; IndexDamaged. */
  *log(query: IndexQuery): Generator<IndexedChange> {
    const chain = this.#load();
    this.#readers += 1;
    try {
      const top = chain.positionOf(query.from);
      if (top === null) throw new RepositoryError('NOT_FOUND', `The index of the history does not hold ${query.from}`);
      for (const segment of [...chain.segments].reverse()) if (segment.header.first <= top) yield* this.#logOf(segment, top, query);
    } catch (error) {
      this.#forgetDamaged(error);
      throw error;
    } finally {
      this.#readers -= 1;
      this.#closeReplaced();
    }
  }

  /** The root of the chain; null: nothing is indexed. */
  first(): Oid | null {
    return this.#reading((chain) => (chain.count === 0 ? null : chain.oidAt(0)));
  }

  /** The newest commit that is not later than a time: the last before the first that is later. Null: all are later. */
  commitAt(seconds: number): Oid | null {
    return this.#reading((chain) => chain.commitAt(seconds, this.#topOf(chain)));
  }

  /** The first commit, since the store went back last, with everything up to a resourceVersion; null: none yet. */
  commitHolding(resourceVersion: bigint): Oid | null {
    return this.#reading((chain) => chain.commitHolding(resourceVersion, this.#topOf(chain)));
  }

  /** Lets go of the files; the next use opens them again. */
  close(): void {
    this.#replace(new Chain([]));
    this.#chain = undefined;
    this.#tip = undefined;
    this.#files.forget();
  }

  *#logOf(segment: Segment, top: number, { paths, since = -Infinity, until = Infinity }: IndexQuery): Generator<IndexedChange> {
    const { first, minTime, maxTime } = segment.header;
    if (maxTime < since || minTime > until) return;
    const timed = minTime < since || maxTime > until;
    for (const { commit, changes } of logOfSegment(segment, paths, top - first)) {
      const time = timed ? segment.timeAt(commit) : since;
      if (time >= since && time <= until) yield { oid: segment.oidAt(commit), changes };
    }
  }

  /** Position of the commit that counts as the newest. */
  #topOf(chain: Chain): number {
    return (this.#tip === undefined ? null : chain.positionOf(this.#tip)) ?? chain.count - 1;
  }

  #load(): Chain {
    const segments = this.#chain === undefined ? (this.#files.load() ?? []) : undefined;
    return (this.#chain ??= new Chain(segments ?? []));
  }

  #reading<T>(work: (chain: Chain) => T): T {
    try {
      return work(this.#load());
    } catch (error) {
      this.#forgetDamaged(error);
      throw error;
    }
  }

  async #update(tip: CommitInfo, source: HistorySource, pace: Pace, onProgress: OnProgress): Promise<void> {
    const fresh = this.#files.load();
    if (fresh !== undefined) this.#replace(new Chain(fresh));
    for (;;) {
      try {
        const missing = await missingCommits(tip, this.#load(), (oid) => source.commit(oid), (commits) => resting(pace, () => onProgress?.({ commits, total: undefined })));
        if (missing.oids.count > 0) {
          await this.#cut(missing.keep, pace);
          await this.#extend(missing, source, pace, onProgress);
        }
        // A chain that goes on after the tip stays: another process may have seen a newer one.
        this.#tip = tip.oid;
        return;
      } catch (error) {
        // Each time at least one segment went, so this ends.
        if (!(error instanceof ChainChanged) && !this.#forgetDamaged(error)) throw error;
      }
    }
  }

  /** Keeps the first commits of the chain: the branch was reset. */
  async #cut(keep: number, pace: Pace): Promise<void> {
    const chain = this.#load();
    if (keep === chain.count) return;
    const whole = chain.segments.filter(({ end }) => end <= keep);
    const cut = chain.segments.find(({ end, header }) => header.first < keep && end > keep);
    if (cut === undefined) this.#putInForce(whole, chain);
    else await this.#put(cutContent(cut, keep), whole, chain, pace);
  }

  async #extend({ keep, oids }: Missing, source: HistorySource, pace: Pace, onProgress: OnProgress): Promise<void> {
    let chain = this.#load();
    let parent = chain.tip === null ? null : source.commit(chain.tip);
    let builder = new SegmentBuilder(keep, chain.tip);
    for (let left = oids.count; left > 0; left--) {
      const commit = source.commit(oids.at(left - 1));
      builder.addCommit(commit);
      for (const change of source.changes(parent, commit)) {
        builder.addChange(change);
        if (builder.postings % 256 === 0 && pace.due) await pace.rest();
      }
      parent = commit;
      const progress = { commits: oids.count - left + 1, total: oids.count };
      if (pace.due) await resting(pace, () => onProgress?.(progress));
      if (left > 1 && builder.commits < this.#limits.commits && builder.postings < this.#limits.changes) continue;
      chain = await this.#put(builder.content(), chain.segments, chain, pace);
      builder = new SegmentBuilder(keep + progress.commits, commit.oid);
      chain = await this.#merged(chain, pace);
    }
  }

  /** The newest segments as one, as long as they are not much smaller than the one before. */
  async #merged(chain: Chain, pace: Pace): Promise<Chain> {
    const [older, newer] = chain.segments.slice(-2);
    if (older === undefined || newer === undefined || !this.#worthMerging(older, newer)) return chain;
    return this.#merged(await this.#put(joinedContent(older, newer), chain.segments.slice(0, -2), chain, pace), pace);
  }

  #worthMerging(older: Segment, newer: Segment): boolean {
    return older.bytes.length < 2 * newer.bytes.length && older.bytes.length + newer.bytes.length <= this.#limits.mergedBytes;
  }

  /** Makes a segment and puts it in force after some that are. */
  async #put(content: SegmentContent, after: readonly Segment[], chain: Chain, pace: Pace): Promise<Chain> {
    const payload = await encodeSegment(content, pace);
    if (this.#load() !== chain) throw new ChainChanged();
    return this.#putInForce([...after, this.#files.store(payload)], chain);
  }

  /** Whether it was damage; then the segment and all after it are out of force. */
  #forgetDamaged(error: unknown): boolean {
    if (!(error instanceof IndexDamaged)) return false;
    const chain = this.#load();
    const damaged = chain.segments.findIndex(({ bytes }) => bytes.path === error.path);
    if (damaged < 0) return false;
    this.#putInForce(chain.segments.slice(0, damaged), chain);
    return true;
  }

  #putInForce(segments: readonly Segment[], before: Chain): Chain {
    const chain = new Chain(segments);
    this.#replace(chain);
    this.#files.publish(segments);
    for (const segment of before.segments) if (!segments.includes(segment)) this.#files.remove(segment);
    return chain;
  }

  #replace(chain: Chain): void {
    this.#replaced.push(...(this.#chain?.segments ?? []).filter((segment) => !chain.segments.includes(segment)));
    this.#chain = chain;
    this.#closeReplaced();
  }

  #closeReplaced(): void {
    if (this.#readers > 0) return;
    for (const { bytes } of this.#replaced.splice(0)) bytes.close();
  }
}

/** A look-up found damage while an update was at work: what the update knows of the chain is out of date. */
class ChainChanged extends Error {}

function resting(pace: Pace, first: () => void): Promise<void> | undefined {
  if (!pace.due) return undefined;
  first();
  return pace.rest();
}
