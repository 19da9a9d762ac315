import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, createSecureContext, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { onAbort } from '../lib/abort.js';
import { messageOf } from '../lib/errors.js';
import type { Credentials } from './credentials.js';
import { kubeconfigError } from './kubeconfig.js';
import type { Protocol } from './options.js';
import { tunnel } from './proxy.js';

const KEEP_ALIVE_MS = 30_000;

export interface Connection {
  readonly socket: Socket | TLSSocket;
  readonly protocol: Protocol;
}

/** Opens connections to one server with one set of credentials; the certificates are parsed once. */
export class Connector {
  readonly credentials: Credentials;
  readonly #timeoutMs: number;
  readonly #tls: ConnectionOptions | undefined;

  /** Throws ClusterError KUBECONFIG when certificate or key cannot be read. */
  constructor(credentials: Credentials, timeoutMs: number) {
    this.credentials = credentials;
    this.#timeoutMs = timeoutMs;
    this.#tls = credentials.server.protocol === 'https:' ? tlsOptions(credentials) : undefined;
  }

  /** A connection to the server, through the proxy if there is one; protocols are offered in this order. */
  async open(protocols: readonly Protocol[]): Promise<Connection> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const socket = await this.#transport(deadline);
      if (this.#tls === undefined) return { socket, protocol: 'http/1.1' };
      const host = hostOf(this.credentials.server);
      const secure = connectTls({ ...this.#tls, socket, host, ALPNProtocols: [...protocols] });
      await connected(secure, 'secureConnect', deadline);
      return { socket: secure, protocol: secure.alpnProtocol === 'h2' ? 'h2' : 'http/1.1' };
    } catch (error) {
      if (error === deadline.reason) throw new Error(`no connection within ${this.#timeoutMs / 1000} s`);
      throw error;
    }
  }

  async #transport(deadline: AbortSignal): Promise<Socket> {
    const { server, proxy } = this.credentials;
    const host = hostOf(server);
    const port = portOf(server);
    if (proxy === undefined) return this.#tcp(host, port, deadline);
    const proxyHost = hostOf(proxy);
    if (proxy.protocol.startsWith('socks5')) {
      const { SocksClient } = await import('socks');
      const { socket } = await SocksClient.createConnection({
        command: 'connect',
        timeout: this.#timeoutMs,
        destination: { host, port },
        proxy: {
          type: 5,
          host: proxyHost,
          port: Number(proxy.port || 1080),
          ...(proxy.username === '' ? {} : { userId: decodeURIComponent(proxy.username), password: decodeURIComponent(proxy.password) }),
        },
      });
      return socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
    }
    let socket = await this.#tcp(proxyHost, portOf(proxy), deadline);
    if (proxy.protocol === 'https:') {
      const secure = connectTls({ socket, host: proxyHost, ...(isIP(proxyHost) === 0 ? { servername: proxyHost } : {}) });
      await connected(secure, 'secureConnect', deadline);
      socket = secure;
    }
    const guard = onAbort(deadline, () => socket.destroy(deadline.reason as Error));
    await tunnel(socket, proxy, host, port).finally(() => guard[Symbol.dispose]());
    return socket;
  }

  async #tcp(host: string, port: number, deadline: AbortSignal): Promise<Socket> {
    const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    await connected(socket, 'connect', deadline);
    return socket;
  }
}

function tlsOptions({ server, source, tls }: Credentials): ConnectionOptions {
  const { ca, cert, key, servername, insecure } = tls;
  const host = hostOf(server);
  try {
    return {
      secureContext: createSecureContext({ ca, cert, key }),
      rejectUnauthorized: !insecure,
      // An address is never sent as a name (RFC 6066 §3); node then checks it against the certificate's addresses.
      ...(servername !== undefined ? { servername } : isIP(host) === 0 ? { servername: host } : {}),
    };
  } catch (error) {
    throw kubeconfigError(`A certificate or key of ${source} cannot be read: ${messageOf(error)}`, 'It must be PEM, and the key must belong to the certificate', error);
  }
}

function connected(socket: Socket, event: 'connect' | 'secureConnect', deadline: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const guard = onAbort(deadline, () => socket.destroy(deadline.reason as Error));
    const fail = (error?: Error): void => {
      guard[Symbol.dispose]();
      reject(error ?? new Error('the connection was closed'));
    };
    // The second listener stays: an error before the socket's user listens must not end the process.
    socket.once('error', fail);
    socket.on('error', () => undefined);
    socket.once('close', () => fail());
    socket.once(event, () => {
      guard[Symbol.dispose]();
      socket.off('error', fail);
      resolve();
    });
  });
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[|\]$/g, '');
}

function portOf(url: URL): number {
  return Number(url.port || (url.protocol === 'https:' ? 443 : 80));
}
