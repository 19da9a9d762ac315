import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf, systemCode } from '../lib/errors.js';
import { LISTEN_FORMS, parseListenAddress, type ListenAddress } from '../lib/listen-address.js';
import { ServerError } from './server-error.js';

export interface HttpReply {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Answers GET and HEAD of one path. A rejection is answered with 500 and given to onError. */
export type Route = () => HttpReply | Promise<HttpReply>;

export interface HttpServerOptions {
  /** HOST:PORT, :PORT or PORT. */
  readonly listen: string;
  /** By path, `/livez`. */
  readonly routes: ReadonlyMap<string, Route>;
  readonly onError: (path: string, error: unknown) => void;
}

export interface HttpServer {
  /** `http://127.0.0.1:8080`, with the port that was taken. */
  readonly url: string;
  /** Stops listening and ends every open connection. */
  close(): Promise<void>;
}

/** Serves a few read-only routes; rejects with ServerError when the address cannot be taken. */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const address = parseListenAddress(options.listen);
  if (address === null) {
    throw new ServerError('LISTEN', `Could not read the listen address "${options.listen}"`, { hint: `Write ${LISTEN_FORMS}` });
  }
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 10_000, keepAliveTimeout: 5000 }, (request, response) => {
    void answer(options, request, response);
  });
  server.maxConnections = 256;
  await listen(server, address, options.listen);
  // Accepting can fail later (no more file descriptors); without a listener that would end the process.
  server.on('error', (error) => {
    options.onError('', error);
  });
  return { url: urlOf(server), close: () => close(server) };
}

async function answer(options: HttpServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Only GET and HEAD mean something here; a body is not read.
  request.resume();
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const route = options.routes.get(path);
  if (route === undefined) {
    send(request, response, plainReply(404, `Not found; there are ${[...options.routes.keys()].join(', ')}`));
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    send(request, response, plainReply(405, 'Method not allowed'));
  } else {
    try {
      send(request, response, await route());
    } catch (error) {
      options.onError(path, error);
      send(request, response, plainReply(500, 'Internal error; the log has it'));
    }
  }
}

function send(request: IncomingMessage, response: ServerResponse, reply: HttpReply): void {
  const body = Buffer.from(reply.body);
  response.writeHead(reply.status, {
    'content-type': reply.contentType,
    'content-length': body.length,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function plainReply(status: number, text: string): HttpReply {
  return { status, contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

async function listen(server: Server, address: ListenAddress, text: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    throw new ServerError('LISTEN', `Could not listen on ${text}: ${LISTEN_FAILURES[systemCode(error) ?? ''] ?? messageOf(error)}`, {
      hint: 'Give another address with --listen',
      cause: error,
    });
  }
}

const LISTEN_FAILURES: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the address is in use',
  EACCES: 'permission denied',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
};

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.close((error) => {
      if (error === undefined || systemCode(error) === 'ERR_SERVER_NOT_RUNNING') {
        resolve();
      } else {
        reject(error);
      }
    });
    server.closeAllConnections();
  });
}
