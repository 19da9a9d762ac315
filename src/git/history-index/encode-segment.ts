import type { Pace } from './pace.js';
import { HEADER_BYTES, layoutOf, OID_BYTES, POSTING_BYTES, START_BYTES, WENT_BACK, writeHeader, type Layout } from './segment-layout.js';

/** What a segment says of one path. */
export interface Row {
  /** UTF-8. */
  readonly path: Uint8Array;
  /** 20 bytes: the blob before the segment; zeros: none. */
  readonly before: Uint8Array;
  /** In order of position; more than one part when segments are joined. */
  readonly postings: readonly Buffer[];
}

/** What a segment is made of. */
export interface SegmentContent {
  /** Position of its first commit in the chain. */
  readonly first: number;
  /** First parent of its first commit; zeros: none. */
  readonly parent: Buffer;
  /** A commit each: 20 bytes, seconds (8 bytes, little-endian double), what was reached (8 bytes; see segment-layout). */
  readonly oids: Buffer;
  readonly times: Buffer;
  readonly reached: Buffer;
  /** Sorted by the bytes of the path, no path twice. */
  readonly rows: Iterable<Row>;
  /** Of the rows; more than there are costs memory only. */
  readonly most: { readonly paths: number; readonly nameBytes: number; readonly postings: number };
}

const PACE_EVERY = 1024;

/** The payload of a segment. Memory: twice its size at most. */
export async function encodeSegment(content: SegmentContent, pace: Pace): Promise<Buffer> {
  const commits = content.oids.length / OID_BYTES;
  const wide = layoutOf({ commits, ...content.most });
  const payload = Buffer.allocUnsafeSlow(wide.end);
  payload.fill(0, 0, HEADER_BYTES);
  content.oids.copy(payload, wide.oids);
  content.times.copy(payload, wide.times);
  content.reached.copy(payload, wide.reached);
  writeByOid(payload, wide, content.oids);
  const rows = await writeRows(payload, wide, content.rows, pace);
  const counts = { commits, ...rows };
  const narrow = layoutOf(counts);
  // Towards the front, first part first: nothing is overwritten that is still to be moved.
  payload.copyWithin(narrow.befores, wide.befores, wide.befores + rows.paths * OID_BYTES);
  payload.copyWithin(narrow.postings, wide.postings, wide.postings + rows.postings * POSTING_BYTES);
  payload.copyWithin(narrow.names, wide.names, wide.names + rows.nameBytes);
  writeHeader(payload, { first: content.first, parent: content.parent, ...counts, ...factsOf(content) });
  return payload.subarray(0, narrow.end);
}

function writeByOid(to: Buffer, { byOid }: Layout, oids: Buffer): void {
  const commits = oids.length / OID_BYTES;
  const keys = new Float64Array(commits);
  for (let i = 0; i < commits; i++) keys[i] = oids.readUInt32BE(i * OID_BYTES) * LIMIT + i;
  keys.sort();
  for (let i = 0; i < commits; i++) {
    const key = keys[i] as number;
    to.writeUInt32LE(Math.floor(key / LIMIT), byOid + i * 8);
    to.writeUInt32LE(key % LIMIT, byOid + i * 8 + 4);
  }
}

/** 2^21 commits a segment: a 32-bit prefix times this is still an exact double. */
const LIMIT = 2_097_152;

async function writeRows(to: Buffer, at: Layout, rows: Iterable<Row>, pace: Pace): Promise<{ paths: number; postings: number; nameBytes: number }> {
  const written = { paths: 0, postings: 0, nameBytes: 0 };
  const writeStart = (): void => {
    to.writeUInt32LE(written.nameBytes, at.starts + written.paths * START_BYTES);
    to.writeUInt32LE(written.postings, at.starts + written.paths * START_BYTES + 4);
  };
  for (const { path, before, postings } of rows) {
    writeStart();
    to.set(before, at.befores + written.paths * OID_BYTES);
    to.set(path, at.names + written.nameBytes);
    for (const part of postings) {
      part.copy(to, at.postings + written.postings * POSTING_BYTES);
      written.postings += part.length / POSTING_BYTES;
    }
    written.nameBytes += path.length;
    written.paths += 1;
    if (written.paths % PACE_EVERY === 0 && pace.due) await pace.rest();
  }
  writeStart();
  return written;
}

function factsOf({ times, reached }: SegmentContent): { wentBack: number; minTime: number; maxTime: number; reached: bigint } {
  const facts = { wentBack: -1, minTime: Infinity, maxTime: -Infinity, reached: 0n };
  for (let at = 0; at < times.length; at += 8) {
    const time = times.readDoubleLE(at);
    facts.minTime = Math.min(facts.minTime, time);
    facts.maxTime = Math.max(facts.maxTime, time);
    const value = reached.readBigUInt64LE(at);
    if (value >= WENT_BACK) facts.wentBack = at / 8;
    const version = value & ~WENT_BACK;
    if (version > facts.reached) facts.reached = version;
  }
  return facts;
}

/** A row cut to the postings before a position; null when none is left. */
export function cutRow(row: Row, limit: number): Row | null {
  const kept = row.postings.map((part) => part.subarray(0, countBelow(part, limit) * POSTING_BYTES)).filter((part) => part.length > 0);
  return kept.length === 0 ? null : { ...row, postings: kept };
}

/** How many of the postings (sorted by position) are before a position. */
export function countBelow(postings: Buffer, limit: number): number {
  let low = 0;
  let high = postings.length / POSTING_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (postings.readUInt32LE(middle * POSTING_BYTES) < limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
