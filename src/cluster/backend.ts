import type { Readable } from 'node:stream';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface BackendRequest {
  /** Default: GET. */
  readonly method?: Method | undefined;
  /** With its length in the headers. */
  readonly body?: Uint8Array | undefined;
  /** Whole path, the server's own prefix included. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly headersMs: number;
  readonly signal: AbortSignal;
}

export interface BackendResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Readable;
  /** After the body's end: whether it was cut rather than finished. */
  cut(): boolean;
  /** performance.now() of the newest answered PING of its connection; -Infinity where there is none. */
  lastPong(): number;
}

/** One protocol's way to ask one server with one set of certificates. Rejects with what node threw. */
export interface Backend {
  /** False when new requests need a new backend. */
  readonly usable: boolean;
  request(request: BackendRequest): Promise<BackendResponse>;
  /** Whether no request runs. */
  readonly idle: boolean;
  /** Takes no new requests; those that run go on. */
  retire(): void;
  /** Ends everything with this error. */
  destroy(error: Error): void;
}
