/** A queue between one producer that can be made to wait and one reader; neither ever holds more than about `capacity` values. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  #values: T[] = [];
  #end: { readonly error: unknown } | 'done' | null = null;
  #left = false;
  #wakeReader: (() => void) | null = null;
  #wakeProducers: (() => void)[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Never waits; whoever puts much asks for room() in between. What is put after the reader left is dropped. */
  put(value: T): void {
    if (this.#left) return;
    this.#values.push(value);
    this.#wakeReader?.();
  }

  /** Resolves when there is room, or nobody reads any more. */
  async room(): Promise<void> {
    while (this.#values.length >= this.#capacity && !this.#left) await new Promise<void>((resolve) => this.#wakeProducers.push(resolve));
  }

  end(): void {
    this.#end ??= 'done';
    this.#wakeReader?.();
  }

  /** The reader gets the error after what was put before. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wakeReader?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (;;) {
        const values = this.#values;
        this.#values = [];
        this.#wakeProducers.splice(0).forEach((wake) => wake());
        yield* values;
        if (this.#values.length > 0) continue;
        if (this.#end === 'done') return;
        if (this.#end !== null) throw this.#end.error;
        await new Promise<void>((resolve) => { this.#wakeReader = resolve; });
        this.#wakeReader = null;
      }
    } finally {
      this.#left = true;
      this.#values = [];
      this.#wakeProducers.splice(0).forEach((wake) => wake());
    }
  }
}
