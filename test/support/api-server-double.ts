// A server on real sockets that answers as a test says: HTTP/1.1 or HTTP/2, with or without TLS.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse, type ServerHttp2Session } from 'node:http2';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Certificates } from './certificates.js';

export type DoubleRequest = IncomingMessage | Http2ServerRequest;
export type DoubleResponse = ServerResponse | Http2ServerResponse;

/** `path` is without the query. */
export interface Exchange {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly request: DoubleRequest;
  readonly response: DoubleResponse;
}

export type Handler = (exchange: Exchange) => unknown;

export interface ApiServerDouble {
  readonly url: string;
  readonly port: number;
  /** Paths with their queries, in order. */
  readonly seen: readonly { readonly url: string; readonly headers: Readonly<Record<string, unknown>> }[];
  /** Connections that were ever opened. */
  readonly connections: number;
  /** HTTP/2 sessions that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  handle: Handler;
  close(): Promise<void>;
}

export interface DoubleOptions {
  readonly protocol: 'plain' | 'http/1.1' | 'h2';
  readonly certificates?: Certificates;
  readonly requireClientCertificate?: boolean;
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startApiServerDouble(options: DoubleOptions, handle: Handler): Promise<ApiServerDouble> {
  const seen: { url: string; headers: Record<string, unknown> }[] = [];
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  let connections = 0;
  const onRequest = (request: DoubleRequest, response: DoubleResponse): void => {
    const url = new URL(request.url ?? '/', 'http://double');
    seen.push({ url: request.url ?? '', headers: request.headers });
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    void double.handle({ path: url.pathname, query: url.searchParams, request, response });
  };
  const tls = { ...options.certificates?.server, ca: options.certificates?.ca, requestCert: options.requireClientCertificate === true, rejectUnauthorized: options.requireClientCertificate === true };
  const server =
    options.protocol === 'plain'
      ? createServer(onRequest)
      : options.protocol === 'h2'
        ? createSecureServer({ ...tls, allowHTTP1: true }, onRequest).on('session', (session) => {
            sessions.add(session);
            session.on('error', () => undefined).once('close', () => sessions.delete(session));
          })
        : createHttpsServer(tls, onRequest);
  server.on('tlsClientError', () => undefined);
  server.on('connection', (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const double: ApiServerDouble = {
    url: `${options.protocol === 'plain' ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    seen,
    get connections() {
      return connections;
    },
    sessions,
    handle,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
  return double;
}

/** Answers a JSON document. */
export function sendJson({ response }: Exchange, document: unknown, status = 200, headers: Record<string, string> = {}): void {
  const plain = response as ServerResponse;
  plain.writeHead(status, { 'content-type': 'application/json', ...headers });
  plain.end(typeof document === 'string' ? document : JSON.stringify(document));
}

/** A Status as the API server writes it. */
export function status(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message, details };
}

/** Begins an answer of status 200 and leaves it open. */
export function begin({ response }: Exchange): ServerResponse {
  const plain = response as ServerResponse;
  plain.writeHead(200, { 'content-type': 'application/json' });
  return plain;
}

/** Ends the connection in the middle of whatever it carries. */
export function cut({ request }: Exchange): void {
  const stream = (request as Http2ServerRequest).stream as Http2ServerRequest['stream'] | undefined;
  if (stream?.session === undefined) request.socket.destroy();
  else stream.session.destroy();
}
