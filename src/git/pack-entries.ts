/** The objects of a pack that is being written: 32 bytes each, in the order of the pack. */
export class PackEntries {
  count = 0;
  oids: Buffer;
  crcs: Uint32Array;
  /** Doubles: packs may be larger than 4 GiB. */
  offsets: Float64Array;

  constructor(capacity = 64) {
    this.oids = Buffer.allocUnsafeSlow(capacity * 20);
    this.crcs = new Uint32Array(capacity);
    this.offsets = new Float64Array(capacity);
  }

  push(oid: string, crc: number, offset: number): void {
    if (this.count === this.crcs.length) this.#grow();
    this.oids.write(oid, this.count * 20, 20, 'hex');
    this.crcs[this.count] = crc;
    this.offsets[this.count] = offset;
    this.count += 1;
  }

  /** Positions of all entries in the order of their object ids. */
  byOid(): Uint32Array {
    const { count, oids } = this;
    // Four bytes of the id and the position fit one double, which sorts without calling back.
    const keys = new Float64Array(count);
    for (let i = 0; i < count; i++) keys[i] = oids.readUInt32BE(i * 20) * LIMIT + i;
    keys.sort();
    const order = new Uint32Array(count);
    for (let i = 0; i < count; i++) order[i] = (keys[i] as number) % LIMIT;
    for (let i = 1; i < count; i++) {
      const at = order[i] as number;
      let j = i - 1;
      while (j >= 0 && this.#compare(order[j] as number, at) > 0) {
        order[j + 1] = order[j] as number;
        j -= 1;
      }
      order[j + 1] = at;
    }
    return order;
  }

  #compare(a: number, b: number): number {
    return this.oids.compare(this.oids, b * 20, b * 20 + 20, a * 20, a * 20 + 20);
  }

  #grow(): void {
    const capacity = this.crcs.length * 2;
    if (capacity > LIMIT) throw new RangeError(`more than ${LIMIT} objects in one pack`);
    const oids = Buffer.allocUnsafeSlow(capacity * 20);
    const crcs = new Uint32Array(capacity);
    const offsets = new Float64Array(capacity);
    this.oids.copy(oids);
    crcs.set(this.crcs);
    offsets.set(this.offsets);
    Object.assign(this, { oids, crcs, offsets });
  }
}

/** 2^21: a 32-bit prefix times this is still an exact double. */
const LIMIT = 2_097_152;
