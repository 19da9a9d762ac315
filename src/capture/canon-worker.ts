// Thread of the canon pool: canonicalises batches of list items while the main thread reads the network.
import { parentPort, workerData } from 'node:worker_threads';
import { Canonicaliser, type CanonicalPolicy } from '../canon/canonicaliser.js';
import { messageOf } from '../lib/errors.js';
import type { ResourceType } from '../model/resource-type.js';
import { canonicaliseItems, type BatchResult } from './batch.js';

export interface BatchRequest {
  readonly id: number;
  readonly items: Uint8Array;
  readonly type: ResourceType;
  readonly deflate: boolean;
  /** The items are given back with the result. */
  readonly keep: boolean;
  /** Sent only when it differs from what this thread was told last. */
  readonly scaled?: readonly string[];
}

export type BatchReply = { readonly id: number; readonly result: BatchResult } | { readonly id: number; readonly error: string };

if (parentPort !== null) {
  const port = parentPort;
  const canonicaliser = new Canonicaliser(workerData as CanonicalPolicy);
  let facts = { scaled: new Set<string>() };
  port.on('message', (request: BatchRequest) => {
    if (request.scaled !== undefined) facts = { scaled: new Set(request.scaled) };
    try {
      const result = canonicaliseItems(canonicaliser, request.items, request.type, facts, request.deflate);
      const kept = request.keep ? { items: request.items } : {};
      const moved = [result.bytes, ...Object.values(kept)].map(({ buffer }) => buffer as ArrayBuffer);
      port.postMessage({ id: request.id, result: { ...result, ...kept } } satisfies BatchReply, moved);
    } catch (error) {
      port.postMessage({ id: request.id, error: messageOf(error) } satisfies BatchReply);
    }
  });
}
