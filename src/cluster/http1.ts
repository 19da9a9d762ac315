import { Agent, request as httpRequest, type ClientRequest, type ClientRequestArgs, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { onAbort } from '../lib/abort.js';
import { systemCode } from '../lib/errors.js';
import { LinkedSet } from '../lib/linked-set.js';
import type { Backend, BackendRequest, BackendResponse } from './backend.js';
import type { Connection, Connector } from './connect.js';

/** Connections that are set up at once; thousands would all be too slow for their deadline. */
const HANDSHAKES = 32;

/** HTTP/1.1: one connection a running request, kept for the next one. */
export class Http1Backend implements Backend {
  readonly #connector: Connector;
  readonly #agent: ConnectorAgent;
  readonly #running = new LinkedSet<ClientRequest>();
  usable = true;

  constructor(connector: Connector, first: Connection) {
    this.#connector = connector;
    this.#agent = new ConnectorAgent(connector, first);
  }

  async request(request: BackendRequest): Promise<BackendResponse> {
    try {
      return await this.#once(request);
    } catch (error) {
      // The server may close a kept connection at the moment when we take it (RFC 9112 §9.3.1): GET may be sent again, a
      // write may not, because nobody knows whether it happened.
      if (!(error instanceof StaleConnection)) throw error;
      if ((request.method ?? 'GET') !== 'GET') throw error.cause;
      return this.#once(request);
    }
  }

  get idle(): boolean {
    return this.#running.isEmpty;
  }

  retire(): void {
    this.usable = false;
    this.#agent.maxFreeSockets = 0;
    for (const sockets of Object.values(this.#agent.freeSockets)) for (const socket of sockets ?? []) socket.destroy();
  }

  destroy(error: Error): void {
    this.usable = false;
    for (const request of this.#running.values()) request.destroy(error);
    this.#agent.close();
  }

  #once({ method = 'GET', path, headers, body, headersMs, signal }: BackendRequest): Promise<BackendResponse> {
    signal.throwIfAborted();
    const { host } = this.#connector.credentials.server;
    const request = httpRequest({ agent: this.#agent, host, method, path, setHost: false, headers: { host, ...headers } as OutgoingHttpHeaders });
    const ended = this.#running.add(request);
    return new Promise((resolve, reject) => {
      // The connection has a time of its own, and may have to wait for others.
      let timer: NodeJS.Timeout | undefined;
      request.once('socket', () => {
        timer = setTimeout(() => request.destroy(new Error(`no answer within ${headersMs / 1000} s`)), headersMs);
      });
      let message: IncomingMessage | undefined;
      const guard = onAbort(signal, () => (message ?? request).destroy(signal.reason as Error));
      request.once('close', () => {
        clearTimeout(timer);
        guard[Symbol.dispose]();
        ended();
      });
      request.on('error', (error) => {
        const stale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(systemCode(error) ?? '');
        reject(stale ? new StaleConnection('', { cause: error }) : error);
        message?.destroy(error);
      });
      request.once('response', (response) => {
        clearTimeout(timer);
        message = response;
        response.on('error', () => undefined);
        resolve(toResponse(response));
      });
      request.end(body);
    });
  }
}

class StaleConnection extends Error {}

function toResponse(message: IncomingMessage): BackendResponse {
  return {
    status: message.statusCode ?? 0,
    headers: message.headers,
    body: message,
    cut: () => !message.complete,
    lastPong: () => Number.NEGATIVE_INFINITY,
  };
}

/** node's agent over our own connections (proxy, TLS), the first of which stands already. */
class ConnectorAgent extends Agent {
  readonly #connector: Connector;
  #spare: Duplex | undefined;
  #closed = false;
  #opening = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(connector: Connector, first: Connection) {
    super({ keepAlive: true, maxFreeSockets: 64, scheduling: 'lifo' });
    this.#connector = connector;
    this.#spare = first.socket;
  }

  override createConnection(_options: ClientRequestArgs, callback?: (error: Error | null, stream: Duplex) => void): undefined {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined && !spare.destroyed) {
      callback?.(null, spare);
      return;
    }
    this.#waiting.push(() => void this.#open(callback as (error: unknown, stream?: Duplex) => void));
    this.#openNext();
  }

  #openNext(): void {
    if (this.#opening < HANDSHAKES) this.#waiting.shift()?.();
  }

  async #open(callback: (error: unknown, stream?: Duplex) => void): Promise<void> {
    this.#opening++;
    try {
      if (this.#closed) throw new Error('closed');
      const { socket } = await this.#connector.open(['http/1.1']);
      callback(null, socket);
      if (this.#closed) socket.destroy();
    } catch (error) {
      callback(error);
    } finally {
      this.#opening--;
      this.#openNext();
    }
  }

  close(): void {
    this.#closed = true;
    this.#spare?.destroy();
    this.destroy();
  }
}
