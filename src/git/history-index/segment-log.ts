import type { Oid, PathChange } from '../../model/tape.js';
import { OID_BYTES, POSTING_BYTES, START_BYTES } from './segment-layout.js';
import { lowerBound, type PathRange, type Segment } from './segment.js';

/** Above this many paths a segment's whole table of paths is read at once. */
const FEW_PATHS = 8;
/** Postings of one segment fit in here, positions in what is left of a double's 53 bits. */
const NUMBERS = 2 ** 31;

export interface Changed {
  /** Number of the commit in the segment. */
  readonly commit: number;
  /** In the order of paths. */
  readonly changes: readonly PathChange[];
}

/** Commits of a segment up to `top` (a number in it) that changed one of the paths, or something below one; newest first. */
export function* logOfSegment(segment: Segment, paths: readonly string[], top: number): Generator<Changed> {
  const spans = spansOf(segment, paths);
  const keys = sortedKeys(spans, segment.header.first, top);
  for (let end = keys.length; end > 0; ) {
    const commit = Math.floor((keys[end - 1] as number) / NUMBERS);
    let start = end - 1;
    while (start > 0 && Math.floor((keys[start - 1] as number) / NUMBERS) === commit) start -= 1;
    const changes: PathChange[] = [];
    for (let i = start; i < end; i++) changes.push(changeAt(spans, (keys[i] as number) % NUMBERS));
    yield { commit, changes };
    end = start;
  }
}

/** What the segment says of a run of paths. */
interface Span {
  readonly range: PathRange;
  readonly starts: Buffer;
  readonly befores: Buffer;
  readonly names: Buffer;
  readonly postings: Buffer;
  /** Number of its first posting among those of all spans. */
  readonly number: number;
}

function spansOf(segment: Segment, paths: readonly string[]): readonly Span[] {
  const table = segment.paths(paths.length > FEW_PATHS);
  const ranges = joined(paths.flatMap((path) => table.find(path)));
  let number = 0;
  return ranges.map((range) => {
    const span = readSpan(segment, range, number);
    number += span.postings.length / POSTING_BYTES;
    return span;
  });
}

function readSpan({ bytes, at }: Segment, range: PathRange, number: number): Span {
  const starts = bytes.read(at.starts + range.from * START_BYTES, (range.to - range.from + 1) * START_BYTES);
  const last = starts.length - START_BYTES;
  const names = starts.readUInt32LE(0);
  const postings = starts.readUInt32LE(4);
  return {
    range,
    number,
    starts,
    befores: bytes.read(at.befores + range.from * OID_BYTES, (range.to - range.from) * OID_BYTES),
    names: bytes.read(at.names + names, starts.readUInt32LE(last) - names),
    postings: bytes.read(at.postings + postings * POSTING_BYTES, (starts.readUInt32LE(last + 4) - postings) * POSTING_BYTES),
  };
}

/** In order, without overlap. */
function joined(ranges: readonly PathRange[]): readonly PathRange[] {
  const result: PathRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last === undefined || range.from > last.to) result.push(range);
    else if (range.to > last.to) result[result.length - 1] = { from: last.from, to: range.to };
  }
  return result;
}

/** Commit and number of every posting up to `top` in one double each, sorted. */
function sortedKeys(spans: readonly Span[], first: number, top: number): Float64Array {
  const last = spans.at(-1);
  const keys = new Float64Array(last === undefined ? 0 : last.number + last.postings.length / POSTING_BYTES);
  let count = 0;
  for (const { postings, number } of spans) {
    for (let at = 0; at < postings.length; at += POSTING_BYTES) {
      const commit = postings.readUInt32LE(at) - first;
      if (commit <= top) keys[count++] = commit * NUMBERS + number + at / POSTING_BYTES;
    }
  }
  return keys.subarray(0, count).sort();
}

function changeAt(spans: readonly Span[], number: number): PathChange {
  const span = spans[lowerBound(spans.length, (i) => (spans[i] as Span).number <= number) - 1] as Span;
  const { starts, names, befores, postings } = span;
  const [firstName, firstPosting] = [starts.readUInt32LE(0), starts.readUInt32LE(4)];
  const i = number - span.number;
  const path = lowerBound(span.range.to - span.range.from, (p) => starts.readUInt32LE(p * START_BYTES + 4) - firstPosting <= i) - 1;
  const name = starts.readUInt32LE(path * START_BYTES) - firstName;
  const isFirst = starts.readUInt32LE(path * START_BYTES + 4) - firstPosting === i;
  return {
    path: names.toString('utf8', name, starts.readUInt32LE((path + 1) * START_BYTES) - firstName),
    before: isFirst ? oidIn(befores, path * OID_BYTES) : oidIn(postings, (i - 1) * POSTING_BYTES + 4),
    after: oidIn(postings, i * POSTING_BYTES + 4),
  };
}

const NONE = '0'.repeat(2 * OID_BYTES);

function oidIn(bytes: Buffer, at: number): Oid | null {
  const oid = bytes.toString('hex', at, at + OID_BYTES);
  return oid === NONE ? null : oid;
}
