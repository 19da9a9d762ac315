import type { Worker } from 'node:worker_threads';
import { Canonicaliser, type CanonicalPolicy } from '../canon/canonicaliser.js';
import { startWorker } from '../lib/start-worker.js';
import type { Facts } from '../model/canonical.js';
import { ClusterError } from '../model/cluster-error.js';
import type { ResourceType } from '../model/resource-type.js';
import { canonicaliseItems, type BatchResult } from './batch.js';
import type { BatchReply, BatchRequest } from './canon-worker.js';

/** Bytes of items below which a thread is not worth its start; measured in bench/ (threads cost 30 MB and 80 ms each). */
const INLINE_BYTES = 8 << 20;
/** Batches in flight a thread: one in work, one waiting. */
const DEPTH = 2;

interface Thread {
  readonly worker: Worker;
  pending: number;
  factsSent: Facts | null;
}

interface Waiting {
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: unknown) => void;
  readonly thread: Thread;
}

/**
 * Canonicalises batches of list items: in this thread while a sync is small, in `threads` workers from INLINE_BYTES
 * on. `rest()` ends the workers, so that their memory is only used while a sync lasts.
 */
export class CanonPool {
  readonly #policy: CanonicalPolicy;
  readonly #canonicaliser: Canonicaliser;
  readonly #size: number;
  readonly #waiting = new Map<number, Waiting>();
  #threads: Thread[] = [];
  #room: (() => void)[] = [];
  #bytes = 0;
  #nextId = 0;

  constructor(policy: CanonicalPolicy, canonicaliser: Canonicaliser, threads: number) {
    this.#policy = policy;
    this.#canonicaliser = canonicaliser;
    this.#size = threads;
  }

  /**
   * Resolves when the batch is taken; its result comes in `result`. Waiting here is what slows the reader down. `keep`:
   * the result holds the items too (they move to the thread and back, without a copy).
   */
  async submit(items: Uint8Array, type: ResourceType, facts: Facts, deflate: boolean, keep = false): Promise<{ readonly result: Promise<BatchResult> }> {
    this.#bytes += items.length;
    if (this.#size === 0 || this.#bytes < INLINE_BYTES) {
      const result = canonicaliseItems(this.#canonicaliser, items, type, facts, deflate);
      return { result: Promise.resolve(keep ? { ...result, items } : result) };
    }
    const thread = await this.#free();
    return { result: this.#post(thread, { items, type, deflate, keep }, facts) };
  }

  /** Ends the threads; the next big sync starts them again. Call when nothing is in flight. */
  async rest(): Promise<void> {
    this.#bytes = 0;
    const threads = this.#threads;
    this.#threads = [];
    await Promise.all(threads.map((thread) => thread.worker.terminate()));
  }

  #start(): Thread {
    const worker = startWorker('./canon-worker', import.meta.url, {
      workerData: this.#policy,
      // Batches are small and short-lived: a small young generation keeps the peak low.
      resourceLimits: { maxYoungGenerationSizeMb: 16, maxOldGenerationSizeMb: 256 },
    });
    const thread: Thread = { worker, pending: 0, factsSent: null };
    worker.unref();
    worker.on('message', (reply: BatchReply) => this.#answered(thread, reply));
    worker.on('error', (error) => this.#died(thread, error));
    return thread;
  }

  async #free(): Promise<Thread> {
    for (;;) {
      if (this.#threads.length === 0) this.#threads = Array.from({ length: this.#size }, () => this.#start());
      const thread = this.#threads.reduce((a, b) => (b.pending < a.pending ? b : a));
      if (thread.pending < DEPTH) return thread;
      await new Promise<void>((resolve) => this.#room.push(resolve));
    }
  }

  #post(thread: Thread, batch: Pick<BatchRequest, 'items' | 'type' | 'deflate' | 'keep'>, facts: Facts): Promise<BatchResult> {
    const id = this.#nextId++;
    const { items } = batch;
    const own = items.byteLength === items.buffer.byteLength ? items : items.slice();
    const request: BatchRequest = {
      ...batch, id, items: own,
      ...(thread.factsSent === facts ? {} : { scaled: [...facts.scaled] }),
    };
    thread.factsSent = facts;
    thread.pending++;
    thread.worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, thread });
      thread.worker.postMessage(request, [own.buffer as ArrayBuffer]);
    });
  }

  #answered(thread: Thread, reply: BatchReply): void {
    const waiting = this.#waiting.get(reply.id);
    this.#waiting.delete(reply.id);
    if (--thread.pending === 0) thread.worker.unref();
    this.#room.splice(0).forEach((wake) => wake());
    if (waiting === undefined) return;
    if ('result' in reply) waiting.resolve(reply.result);
    else waiting.reject(new ClusterError('MALFORMED', `Could not read a batch of list items: ${reply.error}`));
  }

  #died(thread: Thread, error: Error): void {
    this.#threads = this.#threads.filter((other) => other !== thread);
    if (this.#threads.length === 0) this.#bytes = 0;
    for (const [id, waiting] of this.#waiting) {
      if (waiting.thread !== thread) continue;
      this.#waiting.delete(id);
      waiting.reject(error);
    }
    this.#room.splice(0).forEach((wake) => wake());
  }
}
