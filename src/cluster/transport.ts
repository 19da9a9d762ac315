import { pipeline, type Readable } from 'node:stream';
import { isDeepStrictEqual } from 'node:util';
import { createGunzip } from 'node:zlib';
import { onAbort } from '../lib/abort.js';
import { ClusterError } from '../model/cluster-error.js';
import type { Backend, BackendResponse, Method } from './backend.js';
import { Connector } from './connect.js';
import type { CredentialProvider, Credentials } from './credentials.js';
import { transportError } from './errors.js';
import { Http1Backend } from './http1.js';
import { Http2Backend } from './http2.js';
import type { Protocol, Timeouts } from './options.js';

export interface TransportRequest {
  /** What a message says that we could not do: `list apps/v1 deployments`. */
  readonly what: string;
  /** Default: GET. */
  readonly method?: Method;
  /** Path and query below the server's address. */
  readonly path: string;
  /** What is sent, and its media type. */
  readonly body?: { readonly bytes: Uint8Array; readonly type: string };
  readonly accept: string;
  /** Ask for a compressed body. */
  readonly gzip?: boolean;
  /** Default: the timeout of an ordinary request. */
  readonly headersMs?: number;
  readonly signal: AbortSignal;
}

export interface TransportResponse extends BackendResponse {
  /** Decompressed. */
  readonly body: Readable;
}

export interface Transport {
  /** Any status is an answer; rejects with a ClusterError when there is none, with the signal's reason when aborted. */
  request(request: TransportRequest): Promise<TransportResponse>;
  /** Ends every stream. */
  close(): void;
}

export interface TransportOptions {
  readonly userAgent: string;
  readonly protocol: Protocol;
  readonly timeouts: Timeouts;
}

/** Offered to the server by ALPN. One that may choose takes HTTP/2. */
const OFFERS: Readonly<Record<Protocol, readonly Protocol[]>> = { h2: ['h2', 'http/1.1'], 'http/1.1': ['http/1.1'] };

/** A transport over the connections that the credentials in force allow. */
export function createTransport(source: CredentialProvider, options: TransportOptions): Transport {
  return new CredentialedTransport(source, options);
}

interface Held {
  readonly credentials: Credentials;
  readonly ready: Promise<Backend>;
  /** Once it stands. */
  backend: Backend | undefined;
}

class CredentialedTransport implements Transport {
  readonly #source: CredentialProvider;
  readonly #options: TransportOptions;
  /** Also those that were replaced and still have streams. */
  readonly #backends = new Set<Backend>();
  #held: Held | undefined;
  #closed: ClusterError | undefined;

  constructor(source: CredentialProvider, options: TransportOptions) {
    this.#source = source;
    this.#options = options;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    try {
      const credentials = await unlessAborted(this.#source.current(), request.signal);
      const response = await this.#ask(request, credentials);
      if (response.status !== 401) return response;
      const others = await unlessAborted(this.#source.after401(credentials), request.signal);
      if (others === null) return response;
      response.body.destroy();
      return await this.#ask(request, others);
    } catch (error) {
      request.signal.throwIfAborted();
      throw this.#closed ?? transportError(request.what, error);
    }
  }

  close(): void {
    this.#closed = new ClusterError('UNREACHABLE', 'The connection to the cluster was closed by us');
    this.#source.close();
    for (const backend of this.#backends) backend.destroy(this.#closed);
    this.#backends.clear();
  }

  async #ask(request: TransportRequest, credentials: Credentials): Promise<TransportResponse> {
    const backend = await unlessAborted(this.#backend(credentials), request.signal);
    const prefix = credentials.server.pathname.replace(/\/$/, '');
    const { method, body } = request;
    const response = await backend.request({
      method,
      body: body?.bytes,
      path: prefix + request.path,
      headers: {
        accept: request.accept,
        'user-agent': this.#options.userAgent,
        // Without it a gzipping proxy may choose for us.
        'accept-encoding': request.gzip === true ? 'gzip' : 'identity',
        // Node frames the body of a DELETE only when its length is given: preconditions would be lost.
        ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': String(body.bytes.length) }),
        ...credentials.headers,
      },
      headersMs: request.headersMs ?? this.#options.timeouts.headersMs,
      signal: request.signal,
    });
    return { ...response, body: decoded(response) };
  }

  /** A promise only while the connection is set up. */
  #backend(credentials: Credentials): Backend | Promise<Backend> {
    if (this.#closed !== undefined) throw this.#closed;
    const held = this.#held;
    if (held !== undefined && held.backend?.usable !== false && sameConnection(held.credentials, credentials)) return held.backend ?? held.ready;
    held?.ready.then((backend) => backend.retire(), () => undefined);
    for (const backend of this.#backends) if (!backend.usable && backend.idle) this.#backends.delete(backend);
    const ready = this.#open(credentials);
    const next: Held = { credentials, ready, backend: undefined };
    this.#held = next;
    ready.then(
      (backend) => (next.backend = backend),
      () => this.#forget(next),
    );
    return ready;
  }

  #forget(held: Held): void {
    if (this.#held === held) this.#held = undefined;
  }

  async #open(credentials: Credentials): Promise<Backend> {
    const connector = new Connector(credentials, this.#options.timeouts.connectMs);
    const connection = await connector.open(OFFERS[this.#options.protocol]);
    const backend =
      connection.protocol === 'h2'
        ? new Http2Backend(connector, connection, this.#options.timeouts.pingMs)
        : new Http1Backend(connector, connection);
    if (this.#closed !== undefined) backend.destroy(this.#closed);
    this.#backends.add(backend);
    return backend;
  }
}

/** Tokens and impersonation travel with each request; server, proxy and certificates belong to the connection. */
function sameConnection(a: Credentials, b: Credentials): boolean {
  return a === b || (a.server.href === b.server.href && a.proxy?.href === b.proxy?.href && isDeepStrictEqual(a.tls, b.tls));
}

function decoded({ headers, body }: BackendResponse): Readable {
  body.on('error', () => undefined);
  if (headers['content-encoding'] !== 'gzip') return body;
  return pipeline(body, createGunzip({ chunkSize: 65_536 }), () => undefined);
}

/** What may be a shared promise, for somebody who may leave early. */
function unlessAborted<T>(value: T | Promise<T>, signal: AbortSignal): T | Promise<T> {
  signal.throwIfAborted();
  if (!(value instanceof Promise)) return value;
  return new Promise((resolve, reject) => {
    const guard = onAbort(signal, () => reject(signal.reason));
    (value).then(resolve, reject).finally(() => guard[Symbol.dispose]());
  });
}
