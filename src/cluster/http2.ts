import { connect, constants, type ClientHttp2Session, type ClientHttp2Stream } from 'node:http2';
import { onAbort } from '../lib/abort.js';
import { systemCode } from '../lib/errors.js';
import type { Backend, BackendRequest, BackendResponse } from './backend.js';
import type { Connection, Connector } from './connect.js';

/** API servers allow 250 streams a connection by default, proxies in front of them often 100 or 128. */
const STREAMS_PER_SESSION = 100;
/** What a server may send ahead of a stream's reader; on loopback 256 KiB is enough, over 100 ms this gives 20 MB/s. */
const STREAM_WINDOW = 2 << 20;
const SESSION_WINDOW = 64 << 20;
const SESSION_MEMORY_MB = 1024;

/** HTTP/2: few connections with many streams; a PING each while proves that the other side lives. */
export class Http2Backend implements Backend {
  readonly #connector: Connector;
  readonly #pingMs: number;
  readonly #slots = new Set<Slot>();
  usable = true;

  constructor(connector: Connector, first: Connection, pingMs: number) {
    this.#connector = connector;
    this.#pingMs = pingMs;
    this.#addSlot(Promise.resolve(first));
  }

  async request(request: BackendRequest): Promise<BackendResponse> {
    try {
      return await this.#once(request);
    } catch (error) {
      // A server that goes away (GOAWAY) refuses what it has not begun (RFC 9113 §8.7): safe to send again.
      if (!isRefused(error) || request.signal.aborted) throw error;
      return this.#once(request);
    }
  }

  get idle(): boolean {
    return [...this.#slots].every((slot) => slot.reserved === 0);
  }

  retire(): void {
    this.usable = false;
    for (const slot of this.#slots) slot.session?.close();
  }

  destroy(error: Error): void {
    this.usable = false;
    for (const slot of this.#slots) slot.destroy(error);
  }

  async #once(request: BackendRequest): Promise<BackendResponse> {
    request.signal.throwIfAborted();
    const slot = this.#freeSlot();
    slot.reserved++;
    let stream: ClientHttp2Stream;
    try {
      const session = await slot.ready;
      request.signal.throwIfAborted();
      stream = session.request({ ':method': request.method ?? 'GET', ':path': request.path, ...mutable(request.headers) }, { endStream: request.body === undefined });
      if (request.body !== undefined) stream.end(request.body);
    } catch (error) {
      slot.reserved--;
      throw error;
    }
    slot.streams.add(stream);
    stream.once('close', () => {
      slot.reserved--;
      slot.streams.delete(stream);
      if (slot.reserved === 0 && slot.retired) slot.session?.close();
    });
    return respond(stream, slot, request);
  }

  #freeSlot(): Slot {
    for (const slot of this.#slots) if (!slot.retired && slot.reserved < slot.limit()) return slot;
    return this.#addSlot(this.#connector.open(['h2', 'http/1.1']));
  }

  #addSlot(connection: Promise<Connection>): Slot {
    const slot = new Slot(connection, this.#connector.credentials.server, this.#pingMs, () => {
      this.#slots.delete(slot);
      // Another kind of server answers at this address now: the next request looks again.
      if (slot.otherProtocol) this.usable = false;
    });
    this.#slots.add(slot);
    return slot;
  }
}

/** One connection, from before it stands until it is gone. */
class Slot {
  readonly ready: Promise<ClientHttp2Session>;
  readonly streams = new Set<ClientHttp2Stream>();
  session: ClientHttp2Session | undefined;
  reserved = 0;
  retired = false;
  otherProtocol = false;
  lastPong = performance.now();
  destroyedBy: Error | undefined;
  #socket: Connection['socket'] | undefined;

  constructor(connection: Promise<Connection>, server: URL, pingMs: number, gone: () => void) {
    this.ready = connection.then((opened) => this.#start(opened, server, pingMs, gone));
    this.ready.catch(() => {
      this.retired = true;
      gone();
    });
  }

  limit(): number {
    return Math.min(STREAMS_PER_SESSION, this.session?.remoteSettings.maxConcurrentStreams ?? STREAMS_PER_SESSION);
  }

  /** Ends all streams with this error, and the socket without waiting for a peer that may be dead. */
  destroy(error: Error): void {
    this.destroyedBy = error;
    for (const stream of this.streams) stream.destroy(error);
    this.session?.destroy();
    this.#socket?.destroy();
  }

  #start({ socket, protocol }: Connection, server: URL, pingMs: number, gone: () => void): ClientHttp2Session {
    if (protocol !== 'h2' || this.destroyedBy !== undefined) {
      socket.destroy();
      this.otherProtocol = protocol !== 'h2';
      throw this.destroyedBy ?? new Error('the server stopped speaking HTTP/2');
    }
    const session = connect(server.origin, {
      createConnection: () => socket,
      settings: { initialWindowSize: STREAM_WINDOW, enablePush: false },
      maxSessionMemory: SESSION_MEMORY_MB,
    });
    this.session = session;
    this.#socket = socket;
    session.once('connect', () => session.setLocalWindowSize(SESSION_WINDOW));
    const retire = (): void => {
      this.retired = true;
      gone();
    };
    session.once('goaway', retire);
    session.on('error', retire);
    const pings = setInterval(() => this.#ping(session, pingMs), pingMs).unref();
    session.once('close', () => {
      clearInterval(pings);
      retire();
    });
    return session;
  }

  /** A connection whose PING is not answered before the next one is due is dead, whatever TCP thinks. */
  #ping(session: ClientHttp2Session, pingMs: number): void {
    if (session.destroyed) return;
    if (performance.now() - this.lastPong > 2.5 * pingMs) {
      const error = new Error(`no answer to an HTTP/2 PING for ${Math.round((2.5 * pingMs) / 1000)} s`);
      this.destroy(error);
      return;
    }
    session.ping((error) => {
      if (error === null) this.lastPong = performance.now();
    });
  }
}

function respond(stream: ClientHttp2Stream, slot: Slot, { signal, headersMs }: BackendRequest): Promise<BackendResponse> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => stream.destroy(new Error(`no answer within ${headersMs / 1000} s`)), headersMs);
    const guard = onAbort(signal, () => stream.destroy(signal.reason as Error));
    stream.on('error', reject);
    stream.once('close', () => {
      clearTimeout(timer);
      guard[Symbol.dispose]();
      reject(slot.destroyedBy ?? new Error('the connection was closed before an answer'));
    });
    stream.once('response', (headers) => {
      clearTimeout(timer);
      resolve({
        status: headers[':status'] ?? 0,
        headers,
        body: stream,
        // A reset in the middle ends the readable side as if it were finished; only the code tells.
        cut: () => stream.rstCode !== constants.NGHTTP2_NO_ERROR,
        lastPong: () => slot.lastPong,
      });
    });
  });
}

function isRefused(error: unknown): boolean {
  const refused = error instanceof Error && error.message.includes('NGHTTP2_REFUSED_STREAM');
  return refused || ['ERR_HTTP2_GOAWAY_SESSION', 'ERR_HTTP2_INVALID_SESSION'].includes(systemCode(error) ?? '');
}

function mutable(headers: BackendRequest['headers']): Record<string, string | string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]));
}
