/** Whole items of a list: JSON values separated by commas, without brackets. The receiver owns the memory. */
export interface ItemBatch {
  readonly items: Uint8Array;
  readonly count: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** `[`|LOWER = `{` and `]`|LOWER = `}`, and no other byte gives these two. */
const LOWER = 0x20;
/** A string is looked at byte by byte this long; then a native search is cheaper than its call. */
const LONG_STRING = 48;
const MAX_ENVELOPE = 1 << 20;
const MAX_BATCH = 256 << 20;

/**
 * Splits a Kubernetes List, as its bytes come in, into batches of whole items; what is around the items (the envelope)
 * is kept as text with `"items":[]`. State lives across chunks (strings, escapes, depth), so every byte is looked at
 * once and a chunk may end anywhere. Only brackets and strings are understood: whoever parses the items finds other
 * errors in them. Throws SyntaxError for what cannot be a list.
 */
export class ItemSplitter {
  readonly #batchBytes: number;
  readonly #envelope: number[] = [];
  #phase: 'envelope' | 'items' | 'done' = 'envelope';
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** Where the newest string of depth 1 starts in the envelope: before a value, it is the key. */
  #keyAt = 0;
  #sawItems = false;
  #sawItem = false;
  /** In the items: the next thing is an item (`[` or a comma came last). */
  #wantsItem = true;
  #batch: Buffer;
  #used = 0;
  #count = 0;
  #ready: ItemBatch[] = [];

  constructor(batchBytes = 256 * 1024) {
    this.#batchBytes = batchBytes;
    this.#batch = Buffer.allocUnsafeSlow(batchBytes + 65_536);
  }

  /** Takes the next bytes; answers the batches that they completed. */
  push(bytes: Uint8Array): readonly ItemBatch[] {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#ready = [];
    for (let at = 0; at < chunk.length; ) at = this.#phase === 'items' ? this.#scanItems(chunk, at) : this.#scanEnvelope(chunk, at);
    return this.#ready;
  }

  /** The envelope, after the last chunk. Throws SyntaxError when the document had not ended. */
  end(): string {
    if (this.#phase !== 'done') throw new SyntaxError('the list ended before its closing brace');
    return Buffer.from(this.#envelope).toString('utf8');
  }

  #scanEnvelope(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at++) {
      const byte = chunk[at] ?? 0;
      if (this.#envelope.length >= MAX_ENVELOPE) throw new SyntaxError('this is no list: no items in the first MiB');
      if (this.#inString) {
        this.#envelope.push(byte);
        this.#inString = this.#escaped || byte !== QUOTE;
        this.#escaped = !this.#escaped && byte === BACKSLASH;
        continue;
      }
      if (isSpace(byte)) continue;
      if (this.#phase === 'done') throw new SyntaxError('more follows after the list');
      if (this.#depth === 0 && byte !== OPEN_OBJECT) throw new SyntaxError('this is no JSON object');
      this.#envelope.push(byte);
      if (byte === QUOTE) this.#openEnvelopeString();
      else if ((byte | LOWER) === OPEN_OBJECT) {
        if (byte === OPEN_LIST && this.#depth === 1 && this.#key() === 'items') return this.#openItems(at + 1);
        this.#depth++;
      } else if ((byte | LOWER) === CLOSE_OBJECT && --this.#depth === 0) this.#phase = 'done';
    }
    return chunk.length;
  }

  #openEnvelopeString(): void {
    this.#inString = true;
    if (this.#depth === 1) this.#keyAt = this.#envelope.length - 1;
  }

  /** The key of the value that the last byte of the envelope opens. */
  #key(): unknown {
    const text = Buffer.from(this.#envelope.slice(this.#keyAt, -1)).toString('utf8');
    return text.endsWith(':') ? JSON.parse(text.slice(0, -1)) : undefined;
  }

  #openItems(at: number): number {
    if (this.#sawItems) throw new SyntaxError('the list has items twice');
    this.#sawItems = true;
    this.#phase = 'items';
    this.#depth = 0;
    this.#wantsItem = true;
    return at;
  }

  /** The hot loop. Depth counts from inside the items' brackets. */
  #scanItems(chunk: Buffer, from: number): number {
    const length = chunk.length;
    let at = from;
    let depth = this.#depth;
    let copyFrom = from;
    for (;;) {
      if (this.#inString) {
        at = this.#skipString(chunk, at);
        if (this.#inString) break;
      }
      let byte = 0;
      while (at < length && (byte = chunk[at] as number) !== QUOTE) {
        const bracket = byte | LOWER;
        if (bracket === OPEN_OBJECT) {
          if (depth++ === 0) {
            this.#openItem(byte);
            if (this.#used === 0 && this.#count === 0) copyFrom = at;
          }
        } else if (bracket === CLOSE_OBJECT) {
          if (depth === 0) return this.#closeItems(chunk, copyFrom, at);
          if (--depth === 0) {
            this.#count++;
            if (this.#used + at + 1 - copyFrom >= this.#batchBytes) {
              this.#append(chunk, copyFrom, at + 1);
              this.#flush();
            }
          }
        } else if (depth === 0) this.#between(byte);
        at++;
      }
      if (at >= length) break;
      if (depth === 0) throw new SyntaxError('an item of the list is no object');
      this.#inString = true;
      at++;
    }
    this.#depth = depth;
    if (depth > 0 || this.#count > 0) this.#append(chunk, copyFrom, length);
    return length;
  }

  /** From inside a string to behind its closing quote, or to the chunk's end with #inString still set. */
  #skipString(chunk: Buffer, from: number): number {
    const length = chunk.length;
    let at = from;
    if (this.#escaped) {
      this.#escaped = false;
      at++;
    }
    let searchAt = at + LONG_STRING;
    while (at < length) {
      const byte = chunk[at] as number;
      if (byte === QUOTE) {
        this.#inString = false;
        return at + 1;
      }
      if (byte === BACKSLASH) {
        at += 2;
        searchAt = at + LONG_STRING;
      } else if (++at >= searchAt) {
        const quote = chunk.indexOf(QUOTE, at);
        const end = quote === -1 ? length : quote;
        // An odd number of backslashes before the end escapes what stands there.
        let slash = end;
        while (slash > at && chunk[slash - 1] === BACKSLASH) slash--;
        at = end + ((end - slash) & 1);
        searchAt = at + LONG_STRING;
      }
    }
    this.#escaped = at > length;
    return length;
  }

  #openItem(byte: number): void {
    if (byte !== OPEN_OBJECT || !this.#wantsItem) throw new SyntaxError('an item of the list is no object');
    this.#wantsItem = false;
    this.#sawItem = true;
  }

  #between(byte: number): void {
    if (isSpace(byte)) return;
    if (byte !== COMMA || this.#wantsItem) throw new SyntaxError('something is between the items of the list');
    this.#wantsItem = true;
  }

  #closeItems(chunk: Buffer, copyFrom: number, at: number): number {
    if (chunk[at] !== CLOSE_LIST || (this.#wantsItem && this.#sawItem)) throw new SyntaxError('the items of the list end wrongly');
    if (this.#count > 0) {
      this.#append(chunk, copyFrom, at);
      this.#flush();
    }
    this.#phase = 'envelope';
    this.#depth = 1;
    this.#envelope.push(CLOSE_LIST);
    return at + 1;
  }

  #append(chunk: Buffer, from: number, to: number): void {
    const needed = this.#used + to - from;
    if (needed > MAX_BATCH) throw new SyntaxError('an item of the list is larger than 256 MiB');
    if (needed > this.#batch.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#batch.length));
      this.#batch.copy(larger, 0, 0, this.#used);
      this.#batch = larger;
    }
    chunk.copy(this.#batch, this.#used, from, to);
    this.#used = needed;
  }

  #flush(): void {
    this.#ready.push({ items: this.#batch.subarray(0, this.#used), count: this.#count });
    this.#batch = Buffer.allocUnsafeSlow(this.#batchBytes + 65_536);
    this.#used = 0;
    this.#count = 0;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
