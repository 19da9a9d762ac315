import type { CommitInfo, Oid, PathChange } from '../../model/tape.js';
import { readTrailers } from '../../model/trailers.js';
import type { Row, SegmentContent } from './encode-segment.js';
import { NO_OID, OID_BYTES, POSTING_BYTES, WENT_BACK } from './segment-layout.js';

const LARGEST_VERSION = WENT_BACK - 1n;
const BEYOND_ASCII = /[^\x00-\x7f]/;

/** Takes commits and their changes, oldest first, until they become a segment. */
export class SegmentBuilder {
  readonly #first: number;
  readonly #parent: Buffer;
  readonly #oids = new Growing(OID_BYTES);
  readonly #times = new Growing(8);
  readonly #reached = new Growing(8);
  /** Number of each path; as text of one UTF-16 unit a byte, so that texts sort as bytes do. */
  readonly #paths = new Map<string, number>();
  #nameBytes = 0;
  readonly #befores = new Growing(OID_BYTES);
  readonly #postings = new Growing(POSTING_BYTES);
  readonly #postingPaths = new Growing(4);

  /** `first`: position of the first commit; `parent`: its first parent. */
  constructor(first: number, parent: Oid | null) {
    this.#first = first;
    this.#parent = parent === null ? NO_OID : Buffer.from(parent, 'hex');
  }

  get commits(): number {
    return this.#oids.count;
  }

  get postings(): number {
    return this.#postings.count;
  }

  addCommit({ oid, committedAt, message }: CommitInfo): void {
    // First the place: it may come with a larger buffer.
    const at = this.#oids.add();
    this.#oids.bytes.write(oid, at, OID_BYTES, 'hex');
    const time = this.#times.add();
    this.#times.bytes.writeDoubleLE(committedAt, time);
    const trailers = readTrailers(message);
    const wentBack = trailers.get('Kubetape-Event') === 'store-went-back' ? WENT_BACK : 0n;
    const reached = this.#reached.add();
    this.#reached.bytes.writeBigUInt64LE(resourceVersion(trailers.get('Kubetape-Complete-To')) | wentBack, reached);
  }

  /** A change of the commit that was added last. */
  addChange({ path, before, after }: PathChange): void {
    const key = BEYOND_ASCII.test(path) ? Buffer.from(path).toString('latin1') : path;
    let number = this.#paths.get(key);
    if (number === undefined) {
      number = this.#paths.size;
      this.#paths.set(key, number);
      this.#nameBytes += key.length;
      writeOid(this.#befores, this.#befores.add(), before);
    }
    const posting = this.#postings.add();
    this.#postings.bytes.writeUInt32LE(this.#first + this.#oids.count - 1, posting);
    writeOid(this.#postings, posting + 4, after);
    const path4 = this.#postingPaths.add();
    this.#postingPaths.bytes.writeUInt32LE(number, path4);
  }

  content(): SegmentContent {
    const keys = [...this.#paths.keys()].sort();
    return {
      first: this.#first,
      parent: this.#parent,
      oids: this.#oids.all(),
      times: this.#times.all(),
      reached: this.#reached.all(),
      rows: this.#rows(keys),
      most: { paths: keys.length, nameBytes: this.#nameBytes, postings: this.postings },
    };
  }

  *#rows(keys: readonly string[]): Iterable<Row> {
    const { sorted, starts } = this.#byPath(keys);
    for (const [rank, key] of keys.entries()) {
      const before = (this.#paths.get(key) as number) * OID_BYTES;
      const postings = sorted.subarray((starts[rank] as number) * POSTING_BYTES, (starts[rank + 1] as number) * POSTING_BYTES);
      yield { path: Buffer.from(key, 'latin1'), before: this.#befores.bytes.subarray(before, before + OID_BYTES), postings: [postings] };
    }
  }

  /** Postings by the rank of their path, in order of position within one (counting sort). */
  #byPath(keys: readonly string[]): { readonly sorted: Buffer; readonly starts: Uint32Array } {
    const ranks = new Uint32Array(keys.length);
    for (const [rank, key] of keys.entries()) ranks[this.#paths.get(key) as number] = rank;
    const starts = new Uint32Array(keys.length + 1);
    const rankOf = (i: number): number => ranks[this.#postingPaths.bytes.readUInt32LE(i * 4)] as number;
    for (let i = 0; i < this.postings; i++) starts[rankOf(i) + 1] = (starts[rankOf(i) + 1] as number) + 1;
    for (let rank = 0; rank < keys.length; rank++) starts[rank + 1] = (starts[rank + 1] as number) + (starts[rank] as number);
    const next = starts.slice();
    const sorted = Buffer.allocUnsafeSlow(this.postings * POSTING_BYTES);
    for (let i = 0; i < this.postings; i++) {
      const to = next[rankOf(i)] as number;
      next[rankOf(i)] = to + 1;
      this.#postings.bytes.copy(sorted, to * POSTING_BYTES, i * POSTING_BYTES, (i + 1) * POSTING_BYTES);
    }
    return { sorted, starts };
  }
}

/** Records of one size in a buffer that grows. */
class Growing {
  readonly #record: number;
  bytes: Buffer;
  count = 0;

  constructor(record: number) {
    this.#record = record;
    this.bytes = Buffer.allocUnsafeSlow(record * 256);
  }

  /** Where the next record begins. */
  add(): number {
    const at = this.count++ * this.#record;
    if (at < this.bytes.length) return at;
    const larger = Buffer.allocUnsafeSlow(this.bytes.length * 2);
    this.bytes.copy(larger);
    this.bytes = larger;
    return at;
  }

  all(): Buffer {
    return this.bytes.subarray(0, this.count * this.#record);
  }
}

function writeOid(to: Growing, at: number, oid: Oid | null): void {
  if (oid === null) to.bytes.fill(0, at, at + OID_BYTES);
  else to.bytes.write(oid, at, OID_BYTES, 'hex');
}

/** 0 for what is absent, or no number that a store has. */
function resourceVersion(text: string | undefined): bigint {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return 0n;
  const version = BigInt(text);
  return version > LARGEST_VERSION ? 0n : version;
}
