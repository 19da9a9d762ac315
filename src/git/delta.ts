/** Applies a git delta (gitformat-pack(5), "Deltified representation"). Throws RangeError when it is not one for this base. */
export function applyDelta(base: Buffer, delta: Buffer): Buffer {
  const reader = new DeltaReader(delta);
  if (reader.size() !== base.length) throw new RangeError('a delta of another base');
  const result = Buffer.allocUnsafe(reader.size());
  let at = 0;
  while (!reader.done) {
    const command = reader.byte();
    if (command === 0) throw new RangeError('an unknown delta command');
    const source = command & 128 ? base : delta;
    const from = command & 128 ? reader.offset(command) : reader.position;
    const length = command & 128 ? reader.length(command) : reader.skip(command);
    if (from + length > source.length || at + length > result.length) throw new RangeError('a delta that leaves its base');
    source.copy(result, at, from, from + length);
    at += length;
  }
  if (at !== result.length) throw new RangeError('a delta that is cut short');
  return result;
}

class DeltaReader {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.position >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new RangeError('a delta that is cut short');
    this.position += 1;
    return byte;
  }

  /** Little-endian, seven bits a byte. */
  size(): number {
    let size = 0;
    let unit = 1;
    for (;;) {
      const byte = this.byte();
      size += (byte & 127) * unit;
      if (byte < 128) return size;
      unit *= 128;
    }
  }

  offset(command: number): number {
    return this.#sparse(command, 4);
  }

  length(command: number): number {
    return this.#sparse(command >> 4, 3) || 0x10000;
  }

  skip(count: number): number {
    this.position += count;
    return count;
  }

  /** Bytes whose bit is set, lowest first; the others are 0. */
  #sparse(bits: number, bytes: number): number {
    let value = 0;
    for (let i = 0; i < bytes; i++) if (bits & (1 << i)) value += this.byte() * 2 ** (8 * i);
    return value;
  }
}
