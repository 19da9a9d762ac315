import { cutRow, type Row, type SegmentContent } from './encode-segment.js';
import { OID_BYTES } from './segment-layout.js';
import type { Segment } from './segment.js';

/** Two neighbours as one. */
export function joinedContent(older: Segment, newer: Segment): SegmentContent {
  const parts = [contentOf(older), contentOf(newer)] as const;
  const sum = (of: 'paths' | 'nameBytes' | 'postings'): number => parts[0].most[of] + parts[1].most[of];
  const concat = (of: 'oids' | 'times' | 'reached'): Buffer => Buffer.concat([parts[0][of], parts[1][of]]);
  return {
    first: parts[0].first,
    parent: parts[0].parent,
    oids: concat('oids'),
    times: concat('times'),
    reached: concat('reached'),
    rows: mergedRows(parts[0].rows, parts[1].rows),
    most: { paths: sum('paths'), nameBytes: sum('nameBytes'), postings: sum('postings') },
  };
}

/** The first commits of a segment, up to a position (excluded) in it. */
export function cutContent(segment: Segment, limit: number): SegmentContent {
  const whole = contentOf(segment);
  const commits = limit - segment.header.first;
  return {
    ...whole,
    oids: whole.oids.subarray(0, commits * OID_BYTES),
    times: whole.times.subarray(0, commits * 8),
    reached: whole.reached.subarray(0, commits * 8),
    rows: cutRows(whole.rows, limit),
  };
}

function contentOf(segment: Segment): SegmentContent {
  const { bytes, at, header } = segment;
  return {
    first: header.first,
    parent: header.parent,
    oids: bytes.read(at.oids, header.commits * OID_BYTES),
    times: bytes.read(at.times, header.commits * 8),
    reached: bytes.read(at.reached, header.commits * 8),
    rows: segment.rows(),
    most: { paths: header.paths, nameBytes: header.nameBytes, postings: header.postings },
  };
}

function* cutRows(rows: Iterable<Row>, limit: number): Iterable<Row> {
  for (const row of rows) {
    const cut = cutRow(row, limit);
    if (cut !== null) yield cut;
  }
}

function* mergedRows(older: Iterable<Row>, newer: Iterable<Row>): Iterable<Row> {
  const [a, b] = [older[Symbol.iterator](), newer[Symbol.iterator]()];
  let [x, y] = [a.next(), b.next()];
  while (x.done !== true || y.done !== true) {
    const order = x.done === true ? 1 : y.done === true ? -1 : Buffer.compare((x.value).path, (y.value).path);
    if (order === 0) yield { ...(x.value as Row), postings: [...(x.value as Row).postings, ...(y.value as Row).postings] };
    else yield (order < 0 ? x.value : y.value) as Row;
    if (order <= 0) x = a.next();
    if (order >= 0) y = b.next();
  }
}
