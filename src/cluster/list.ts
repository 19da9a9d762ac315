import { linked } from '../lib/abort.js';
import { ItemSplitter, type ItemBatch } from '../lib/item-splitter.js';
import type { ListChunk, ListRequest } from '../model/cluster-reader.js';
import type { ResourceType } from '../model/resource-type.js';
import { ask, parseJson, readChunks } from './body.js';
import { requestError } from './errors.js';
import type { Timeouts } from './options.js';
import { collectionPath, describeCollection } from './paths.js';
import type { Transport } from './transport.js';

const FIRST_PAGE = 500;
const LARGEST_PAGE = 2000;

export interface ListContext {
  readonly transport: Transport;
  readonly timeouts: Timeouts;
  /** Whether the server writes this type's list item by item, so that an unpaged one costs it no memory. */
  readonly streamed: boolean;
}

interface Page {
  readonly query: URLSearchParams;
  readonly signal: AbortSignal;
}

interface Envelope {
  readonly resourceVersion: string;
  /** Where the next page starts; '' on the last one. */
  readonly next: string;
}

/**
 * A complete list as it streams in: one unpaged consistent LIST where the server streams it, pages elsewhere. Throws
 * EXPIRED when the store forgot the list's state on the way: following the token that the server then offers would mix
 * two states (decisions.md §7). Never asks with resourceVersion=0, which may be older than what we hold.
 */
export async function* listType(
  context: ListContext,
  type: ResourceType,
  request: ListRequest,
  signal: AbortSignal,
): AsyncGenerator<ListChunk, void, undefined> {
  const query = new URLSearchParams();
  if (request.floor !== undefined) {
    query.set('resourceVersion', request.floor);
    query.set('resourceVersionMatch', 'NotOlderThan');
  }
  const reader = new PageReader(context, type, request.namespace);
  if (request.peek !== undefined) query.set('limit', String(request.peek));
  if (request.peek !== undefined || request.unpaged === true || context.streamed) {
    const envelope = yield* reader.read({ query, signal });
    if (envelope.next !== '' && request.peek === undefined) throw requestError('MALFORMED', reader.what, 'the server cut an unpaged list into pages');
    yield { kind: 'end', resourceVersion: envelope.resourceVersion };
    return;
  }
  yield* readPages(reader, query, signal);
}

/** Pages one after the other; while the consumer works on one, the next is fetched into memory, and no further. */
async function* readPages(reader: PageReader, first: URLSearchParams, signal: AbortSignal): AsyncGenerator<ListChunk, void, undefined> {
  using ending = linked(signal);
  try {
    let size = FIRST_PAGE;
    first.set('limit', String(size));
    let page = await reader.fetch({ query: first, signal: ending.signal });
    while (page.envelope.next !== '') {
      size = Math.min(LARGEST_PAGE, size * 2);
      const query = new URLSearchParams({ limit: String(size), continue: page.envelope.next });
      const following = reader.fetch({ query, signal: ending.signal });
      // It is awaited only after the consumer has taken this page.
      following.catch(() => undefined);
      yield* page.chunks;
      page = await following;
    }
    yield* page.chunks;
    yield { kind: 'end', resourceVersion: page.envelope.resourceVersion };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    ending.abort(new Error('the list was left'));
  }
}

class PageReader {
  readonly what: string;
  readonly #context: ListContext;
  readonly #path: string;

  constructor(context: ListContext, type: ResourceType, namespace: string | undefined) {
    this.what = `list ${describeCollection(type, namespace)}`;
    this.#context = context;
    this.#path = collectionPath(type, namespace);
  }

  /** A page into memory. */
  async fetch(page: Page): Promise<{ readonly chunks: readonly ListChunk[]; readonly envelope: Envelope }> {
    const chunks: ListChunk[] = [];
    const pages = this.read(page);
    for (;;) {
      const { done, value } = await pages.next();
      if (done === true) return { chunks, envelope: value };
      chunks.push(value);
    }
  }

  /** A page as it streams in; returns what was around the items. */
  async *read({ query, signal }: Page): AsyncGenerator<ListChunk, Envelope, undefined> {
    const { transport, timeouts } = this.#context;
    const { what } = this;
    const search = query.toString();
    const path = search === '' ? this.#path : `${this.#path}?${search}`;
    const response = await ask(transport, { what, path, accept: 'application/json', gzip: true, headersMs: timeouts.listHeadersMs, signal }, 'EXPIRED');
    const splitter = new ItemSplitter();
    for await (const chunk of readChunks(response, { what, signal, idleMs: timeouts.bodyMs })) {
      for (const batch of this.#split(() => splitter.push(chunk))) yield { kind: 'items', items: batch.items, count: batch.count };
    }
    return readEnvelope(this.#split(() => splitter.end()), what);
  }

  #split<T extends string | readonly ItemBatch[]>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      if (error instanceof SyntaxError) throw requestError('MALFORMED', this.what, error.message, { cause: error });
      throw error;
    }
  }
}

/** Virtual types (componentstatuses, metrics) have no resourceVersion: theirs is ''. */
function readEnvelope(text: string, what: string): Envelope {
  const document = parseJson(Buffer.from(text), what) as { items?: unknown; metadata?: unknown };
  const { items, metadata } = document;
  if (items === undefined || typeof metadata !== 'object' || metadata === null) {
    throw requestError('MALFORMED', what, 'the answer is no list: it has no items or no metadata');
  }
  const { resourceVersion = '', continue: next = '' } = metadata as { resourceVersion?: unknown; continue?: unknown };
  if (typeof resourceVersion !== 'string' || typeof next !== 'string') {
    throw requestError('MALFORMED', what, 'resourceVersion and continue of a list are strings');
  }
  return { resourceVersion, next };
}
