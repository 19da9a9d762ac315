const NEWLINE = 0x0a;

/**
 * Splits a stream of bytes at newlines. Lines come without their newline, empty ones are left out, and may share the
 * memory of the chunk that they came in. Throws RangeError when one line is longer than `maxBytes`.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #partBytes = 0;

  constructor(maxBytes = 64 * 1024 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes of a line that has begun and not ended. */
  get pendingBytes(): number {
    return this.#partBytes;
  }

  /** Takes the next bytes; answers the lines that they completed. */
  push(bytes: Uint8Array): readonly Uint8Array[] {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const line = this.#complete(chunk.subarray(from, at));
      if (line.length > 0) lines.push(line);
      from = at + 1;
    }
    if (from < chunk.length) this.#keep(chunk.subarray(from));
    return lines;
  }

  #complete(last: Uint8Array): Uint8Array {
    if (this.#partBytes === 0) return last;
    this.#keep(last);
    const line = Buffer.concat(this.#parts, this.#partBytes);
    this.#parts = [];
    this.#partBytes = 0;
    return line;
  }

  #keep(part: Uint8Array): void {
    this.#partBytes += part.length;
    if (this.#partBytes > this.#maxBytes) throw new RangeError(`a line is longer than ${this.#maxBytes} bytes`);
    this.#parts.push(part);
  }
}
