// A TLS proxy in front of an API server that does, on demand, what networks, load balancers and overloaded servers do.
import { createServer as createHttpsServer, Agent, request as httpsRequest, type Server as HttpsServer } from 'node:https';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import { createSecureServer, type Http2SecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, type Certificates } from './certificates.js';
import type { ControlPlane } from './control-plane.js';
import { tokenOf, writeKubeconfig, type User } from './control-plane-files.js';
import { FaultProgram, type Answer, type FaultHandle, type FaultRule, type SeenRequest, statusBody } from './faults.js';
import { FaultStream } from './fault-stream.js';

export interface FaultyProxyOptions {
  /** Default: both; the client chooses. */
  readonly protocol?: 'both' | 'http/1.1';
}

type Incoming = IncomingMessage | Http2ServerRequest;
type Outgoing = ServerResponse | Http2ServerResponse;

/** Headers that belong to one connection, not to the message. */
const CONNECTION_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding', 'upgrade', 'proxy-connection', 'host', 'http2-settings']);

export class FaultyProxy {
  /** `https://127.0.0.1:PORT` */
  readonly url: string;
  /** CA of the proxy's own certificate, PEM. */
  readonly ca: string;
  private readonly target: { readonly url: string; readonly folder: string };
  private readonly certificates: Certificates;
  private readonly server: HttpsServer | Http2SecureServer;
  private readonly agent: Agent;
  private readonly program = new FaultProgram();
  /** By the client's port: an HTTP/2 session does not give its socket away. */
  private readonly sockets = new Map<number, Socket>();
  private readonly upstream = new Set<ClientRequest>();

  private constructor(plane: ControlPlane, certificates: Certificates, server: HttpsServer | Http2SecureServer) {
    this.target = { url: plane.server, folder: plane.folder };
    this.certificates = certificates;
    this.ca = certificates.ca;
    this.server = server;
    this.url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    this.agent = new Agent({ keepAlive: true, ca: plane.ca, maxSockets: Infinity });
    server.on('secureConnection', (socket: Socket) => {
      const port = socket.remotePort ?? 0;
      this.sockets.set(port, socket);
      socket.on('error', () => undefined).once('close', () => this.sockets.delete(port));
    });
    server.on('request', (request: Incoming, response: Outgoing) => void this.serve(request, response));
  }

  /** Starts a proxy on a free port; without faults it forwards everything. */
  static async start(plane: ControlPlane, options: FaultyProxyOptions = {}): Promise<FaultyProxy> {
    const certificates = makeCertificates();
    const server = options.protocol === 'http/1.1' ? createHttpsServer(certificates.server) : createSecureServer({ ...certificates.server, allowHTTP1: true, settings: { maxConcurrentStreams: 250 } });
    // What a cut connection leaves behind is the point of this server, not a failure of it.
    server.on('sessionError', () => undefined).on('tlsClientError', () => undefined).on('clientError', () => undefined);
    await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
    return new FaultyProxy(plane, certificates, server);
  }

  /** A kubeconfig for a user that goes through this proxy. */
  kubeconfig(user: User = 'admin'): string {
    const file = join(this.target.folder, `kubeconfig-proxy-${new URL(this.url).port}-${user}`);
    return writeKubeconfig(file, { server: this.url, ca: this.ca, user, token: tokenOf(user) });
  }

  /** Adds a fault; rules are asked in the order in which they were added, the first that matches acts. */
  inject(rule: FaultRule): FaultHandle {
    return this.program.add(rule);
  }

  /** Removes every fault; what stalls goes on. */
  heal(): void {
    this.program.clear();
  }

  /** Requests and their answers so far. */
  get seen(): readonly SeenRequest[] {
    return this.program.seen;
  }

  /** How many answers had this status (410 on a watch: also as an ERROR event), for paths that match. */
  count(status: number, path: string | RegExp = /^/): number {
    return this.program.count(status, path);
  }

  /** Cuts every open connection, as a load balancer that restarts; returns how many. */
  cutAll(): number {
    const open = [...this.sockets.values()];
    for (const socket of open) socket.destroy();
    return open.length;
  }

  /** Client connections that are open. */
  get connections(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    this.heal();
    const closed = new Promise((done) => this.server.close(done));
    this.cutAll();
    for (const request of this.upstream) request.destroy();
    this.agent.destroy();
    await closed;
    rmSync(this.certificates.folder, { recursive: true, force: true });
  }

  private async serve(request: Incoming, response: Outgoing): Promise<void> {
    request.on('error', () => undefined);
    response.on('error', () => undefined);
    const entry = this.program.begin(request.method ?? 'GET', request.url ?? '/');
    const fault = await this.program.choose(entry);
    if (fault.refuse !== null) this.refuse(request, response, entry, fault.refuse);
    else if (!response.destroyed) this.forward(request, response, entry, new FaultStream(fault, entry, () => this.cut(request)));
  }

  private refuse(request: Incoming, response: Outgoing, entry: SeenRequest, answer: Answer): void {
    entry.status = answer.status;
    if (answer.status === 410) entry.gone += 1;
    request.resume();
    const retry = answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) };
    response.writeHead(answer.status, { 'content-type': 'application/json', ...retry });
    response.end(statusBody(answer));
  }

  private forward(request: Incoming, response: Outgoing, entry: SeenRequest, stream: FaultStream): void {
    const upstream = httpsRequest(`${this.target.url}${request.url ?? '/'}`, { method: request.method, agent: this.agent, headers: forwarded(request.headers) });
    this.upstream.add(upstream);
    let over = false;
    const end = (): void => {
      over = true;
      upstream.destroy();
    };
    const broken = (): void => void (over || this.cut(request)); // the server went away: so do we
    upstream.on('error', broken).once('close', () => this.upstream.delete(upstream));
    upstream.once('response', (answer: IncomingMessage) => {
      entry.status = answer.statusCode ?? 0;
      if (answer.statusCode === 410) entry.gone += 1;
      const headers = forwarded(answer.headers);
      if (stream.changesLength) delete headers['content-length'];
      response.writeHead(entry.status, headers);
      (response as ServerResponse).flushHeaders(); // a watch may have no event for minutes
      answer.on('error', broken).once('aborted', broken);
      stream.once('truncated', end);
      answer.pipe(stream).pipe(response as NodeJS.WritableStream);
    });
    response.once('close', end);
    (request as IncomingMessage).pipe(upstream);
  }

  /** Breaks the connection under a request: over HTTP/2 with all its streams, and without a GOAWAY. */
  private cut(request: Incoming): void {
    this.sockets.get(request.socket.remotePort ?? 0)?.destroy();
  }
}

function forwarded(headers: Readonly<Record<string, unknown>>): Record<string, string | string[]> {
  const kept = Object.entries(headers).filter(([name]) => !name.startsWith(':') && !CONNECTION_HEADERS.has(name));
  return Object.fromEntries(kept) as Record<string, string | string[]>;
}
