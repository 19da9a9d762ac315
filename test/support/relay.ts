import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** First lines that clients sent, when it is an HTTP proxy. */
  readonly asked: readonly string[];
  /** Nothing passes any more, and nobody is told. */
  freeze(): void;
  close(): Promise<void>;
}

/**
 * A TCP relay to a port of 127.0.0.1. As an HTTP proxy it expects CONNECT first and refuses when `answer` is not 200; as
 * a SOCKS5 proxy (RFC 1928) it lets everybody in.
 */
export async function startRelay(target: number, proxy?: { readonly answer: string } | 'socks5'): Promise<Relay> {
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const join = (client: Socket): void => {
    const upstream = connect(target, '127.0.0.1');
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined).once('close', () => (client.destroy(), upstream.destroy(), sockets.delete(socket)));
    }
    client.pipe(upstream).pipe(client);
  };
  const server = createServer((client) => {
    if (proxy === undefined) return join(client);
    client.on('error', () => undefined);
    if (proxy === 'socks5') {
      client.once('data', () => {
        client.write(Buffer.from([5, 0]));
        client.once('data', (request) => {
          asked.push(request.toString('hex'));
          client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0]));
          join(client);
        });
      });
      return;
    }
    client.once('data', (head) => {
      asked.push(head.toString('latin1'));
      client.write(`HTTP/1.1 ${proxy.answer}\r\n\r\n`);
      if (proxy.answer.startsWith('200')) join(client);
      else client.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
