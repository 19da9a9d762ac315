import type { Bytes } from './checked-bytes.js';

/*
 * A segment: what a run of neighbouring commits of the chain changed. One payload, little-endian:
 *
 *   header    see Header; HEADER_BYTES
 *   oids      20 bytes a commit, oldest first
 *   times     8 bytes a commit: committer date, a double of seconds
 *   reached   8 bytes a commit: Kubetape-Complete-To (0: none); the highest bit: the store went back here
 *   byOid     8 bytes a commit, sorted: first 4 bytes of the id as a number, number of the commit in the segment
 *   starts    8 bytes a path, and once more at the end: where its name and its postings (counted) begin
 *   befores   20 bytes a path: the blob that it had before the segment; zeros: none
 *   postings  24 bytes each, by path and position: position in the chain, the blob that the path has then (zeros: none)
 *   names     of the paths, sorted by bytes, without separators
 */

/** Changes with the layout: another number is not read but built anew. 1 had a wrong id at each doubling of 256 commits. */
export const SEGMENT_VERSION = 2;
export const HEADER_BYTES = 128;
export const OID_BYTES = 20;
export const POSTING_BYTES = 24;
export const START_BYTES = 8;
export const NO_OID = Buffer.alloc(OID_BYTES);
export const WENT_BACK = 1n << 63n;

const MAGIC = Buffer.from('kt-hist\n', 'latin1');

export interface Header {
  /** Position of the first commit in the chain. */
  readonly first: number;
  readonly commits: number;
  readonly paths: number;
  readonly postings: number;
  readonly nameBytes: number;
  /** Number in the segment of the last commit with which the store went back; -1: none. */
  readonly wentBack: number;
  readonly minTime: number;
  readonly maxTime: number;
  /** Highest Kubetape-Complete-To. */
  readonly reached: bigint;
  /** First parent of the first commit; zeros: none. */
  readonly parent: Buffer;
}

/** Where each part begins, and where the last one ends. */
export interface Layout {
  readonly oids: number;
  readonly times: number;
  readonly reached: number;
  readonly byOid: number;
  readonly starts: number;
  readonly befores: number;
  readonly postings: number;
  readonly names: number;
  readonly end: number;
}

export function layoutOf(counts: Pick<Header, 'commits' | 'paths' | 'postings' | 'nameBytes'>): Layout {
  const { commits, paths, postings, nameBytes } = counts;
  const times = HEADER_BYTES + commits * OID_BYTES;
  const reached = times + commits * 8;
  const byOid = reached + commits * 8;
  const starts = byOid + commits * 8;
  const befores = starts + (paths + 1) * START_BYTES;
  const postingsAt = befores + paths * OID_BYTES;
  const names = postingsAt + postings * POSTING_BYTES;
  return { oids: HEADER_BYTES, times, reached, byOid, starts, befores, postings: postingsAt, names, end: names + nameBytes };
}

export function writeHeader(to: Buffer, header: Header): void {
  MAGIC.copy(to, 0);
  to.writeUInt32LE(SEGMENT_VERSION, 8);
  to.writeUInt32LE(header.first, 12);
  to.writeUInt32LE(header.commits, 16);
  to.writeUInt32LE(header.paths, 20);
  to.writeUInt32LE(header.postings, 24);
  to.writeUInt32LE(header.nameBytes, 28);
  to.writeInt32LE(header.wentBack, 32);
  to.writeDoubleLE(header.minTime, 40);
  to.writeDoubleLE(header.maxTime, 48);
  to.writeBigUInt64LE(header.reached, 56);
  header.parent.copy(to, 64);
}

/** Null when it is no segment of this version, or not as long as it says. */
export function readHeader(bytes: Bytes): Header | null {
  if (bytes.length < HEADER_BYTES) return null;
  const from = bytes.read(0, HEADER_BYTES);
  if (!from.subarray(0, 8).equals(MAGIC) || from.readUInt32LE(8) !== SEGMENT_VERSION) return null;
  const header: Header = {
    first: from.readUInt32LE(12),
    commits: from.readUInt32LE(16),
    paths: from.readUInt32LE(20),
    postings: from.readUInt32LE(24),
    nameBytes: from.readUInt32LE(28),
    wentBack: from.readInt32LE(32),
    minTime: from.readDoubleLE(40),
    maxTime: from.readDoubleLE(48),
    reached: from.readBigUInt64LE(56),
    parent: Buffer.from(from.subarray(64, 64 + OID_BYTES)),
  };
  return header.commits > 0 && layoutOf(header).end === bytes.length ? header : null;
}
