import { LineSplitter } from '../lib/line-splitter.js';
import type { WatchEvent, WatchRequest } from '../model/cluster-reader.js';
import type { ResourceType } from '../model/resource-type.js';
import { ask, readChunks } from './body.js';
import { requestError, statusError } from './errors.js';
import type { Timeouts } from './options.js';
import { collectionPath, describeCollection } from './paths.js';
import type { Transport } from './transport.js';
import { readWatchLine } from './watch-event.js';

/** The server ends a watch after a time in [290, 590) s: jittered, or all end at once (client-go: 5-10 minutes). */
const SHORTEST_S = 290;
const JITTER_S = 300;
/** A server that has not ended a watch so long after its time has forgotten it. */
const OVERDUE_S = 30;

export interface WatchContext {
  readonly transport: Transport;
  readonly timeouts: Timeouts;
  readonly random: () => number;
}

/**
 * Events of one type in the server's order, all that one chunk completed together. Ends when the server ends it; throws
 * GONE (410), SILENT, UNREACHABLE when cut, MALFORMED; what was yielded before is good. A line that was cut is dropped.
 *
 * Sign of life is a byte; on HTTP/2 an answered PING too, until a bookmark shows that this type has them (types of
 * aggregated servers may not), because a PING tells nothing about what is behind the connection's first hop.
 */
export async function* watchType(
  context: WatchContext,
  type: ResourceType,
  request: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<readonly WatchEvent[], void, undefined> {
  const { transport, timeouts } = context;
  const what = `watch ${describeCollection(type, request.namespace)}`;
  const timeoutSeconds = Math.floor(SHORTEST_S + context.random() * JITTER_S);
  const query = new URLSearchParams({
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: request.from,
    timeoutSeconds: String(timeoutSeconds),
  });
  const path = `${collectionPath(type, request.namespace)}?${query.toString()}`;
  const response = await ask(transport, { what, path, accept: 'application/json', signal });
  const lines = new LineSplitter();
  let bookmarks = false;
  const overdueAt = performance.now() + (timeoutSeconds + OVERDUE_S) * 1000;
  const lastSign = (): number => (bookmarks || performance.now() > overdueAt ? Number.NEGATIVE_INFINITY : response.lastPong());
  for await (const chunk of readChunks(response, { what, signal, idleMs: timeouts.watchSilenceMs, lastSign })) {
    const { events, failure } = readLines(lines, chunk, what);
    bookmarks ||= events.some((event) => event.kind === 'bookmark');
    if (events.length > 0) yield events;
    if (failure !== undefined) throw failure;
  }
  if (lines.pendingBytes > 0) throw requestError('UNREACHABLE', what, 'the watch was cut off in the middle of an event');
}

/** The events of a chunk up to the first thing that is none. */
function readLines(lines: LineSplitter, chunk: Uint8Array, what: string): { readonly events: WatchEvent[]; readonly failure?: Error } {
  const events: WatchEvent[] = [];
  try {
    for (const line of lines.push(chunk)) {
      const event = readWatchLine(line);
      if (event.kind === 'error') return { events, failure: statusError(what, event.status) };
      events.push(event);
    }
    return { events };
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return { events, failure: requestError('MALFORMED', what, error.message, { cause: error }) };
    throw error;
  }
}
