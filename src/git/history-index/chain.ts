import type { CommitInfo, Oid } from '../../model/tape.js';
import { OID_BYTES } from './segment-layout.js';
import { lowerBound, type Segment } from './segment.js';

/** The indexed commits: first parents from the root to a tip, each with its position; in segments, oldest first. */
export class Chain {
  readonly segments: readonly Segment[];

  constructor(segments: readonly Segment[]) {
    this.segments = segments;
  }

  get count(): number {
    return this.segments.at(-1)?.end ?? 0;
  }

  get tip(): Oid | null {
    return this.segments.at(-1)?.tip ?? null;
  }

  positionOf(oid: Oid): number | null {
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const segment = this.segments[i] as Segment;
      const position = segment.tip === oid ? segment.end - 1 : segment.positionOf(oid);
      if (position !== null) return position;
    }
    return null;
  }

  oidAt(position: number): Oid {
    const segment = this.segments.find(({ end }) => position < end);
    if (segment === undefined) throw new RangeError(`the chain has no commit ${position}`);
    return segment.oidAt(position - segment.header.first);
  }

  /** The last commit before the first that is later, up to position `top`; null when the root is later. A date that goes back says nothing. */
  commitAt(seconds: number, top: number): Oid | null {
    for (const segment of this.segments) {
      const later = segment.firstAfter(seconds);
      if (later !== null) return later === 0 ? null : this.oidAt(Math.min(later - 1, top));
    }
    return top < 0 ? null : this.oidAt(top);
  }

  /** The first commit, since the store went back last, that reached a resourceVersion; null when none has up to position `top`. */
  commitHolding(version: bigint, top: number): Oid | null {
    const epoch = this.#lastWentBack(top);
    for (const segment of this.segments) {
      const found = segment.end > epoch ? segment.firstHolding(version, epoch) : null;
      if (found !== null) return found > top ? null : this.oidAt(found);
    }
    return null;
  }

  /** Position of the last commit up to `top` with which the store went back; else 0. */
  #lastWentBack(top: number): number {
    for (let i = this.segments.length - 1; i >= 0; i--) {
      const found = (this.segments[i] as Segment).lastWentBack(top);
      if (found !== null) return found;
    }
    return 0;
  }
}

/** Object ids, 20 bytes each. */
export class OidList {
  #bytes = Buffer.allocUnsafeSlow(OID_BYTES * 1024);
  count = 0;

  push(oid: Oid): void {
    if (this.count * OID_BYTES === this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, Buffer.allocUnsafeSlow(this.#bytes.length)]);
    this.#bytes.write(oid, this.count * OID_BYTES, OID_BYTES, 'hex');
    this.count += 1;
  }

  at(i: number): Oid {
    return this.#bytes.toString('hex', i * OID_BYTES, (i + 1) * OID_BYTES);
  }
}

/** What has to be indexed: `oids`, newest first, after the first `keep` commits of the chain. */
export interface Missing {
  readonly keep: number;
  readonly oids: OidList;
}

/** Looking a commit up costs as much as reading a few: done after 1, 2, 4 … commits, then after so many. */
const LOOK_EVERY = 256;

/** Walks from a commit along first parents until it meets the chain, or to the root; `rest` is called at every commit. */
export async function missingCommits(tip: CommitInfo, chain: Chain, commit: (oid: Oid) => CommitInfo, rest: (walked: number) => Promise<void> | undefined): Promise<Missing> {
  const oids = new OidList();
  let looked = 0;
  for (let info: CommitInfo | undefined = tip; info !== undefined; ) {
    if (info.oid === chain.tip) return { keep: chain.count, oids };
    oids.push(info.oid);
    const parent: Oid | undefined = info.parents[0];
    if (oids.count >= Math.min(2 * looked, looked + LOOK_EVERY) || parent === undefined) {
      if (chain.positionOf(info.oid) !== null) return firstMet(chain, oids, looked);
      looked = oids.count;
    }
    const resting = rest(oids.count);
    if (resting !== undefined) await resting;
    info = parent === undefined ? undefined : commit(parent);
  }
  return { keep: 0, oids };
}

/** All ancestors of a commit of the chain are in the chain, as the last of the walked ones is: which, from `low` on, was the first? */
function firstMet(chain: Chain, oids: OidList, low: number): Missing {
  oids.count = low + lowerBound(oids.count - low, (i) => chain.positionOf(oids.at(low + i)) === null);
  return { keep: (chain.positionOf(oids.at(oids.count)) as number) + 1, oids };
}
