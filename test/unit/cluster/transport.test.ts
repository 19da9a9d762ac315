import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Transport, TransportResponse } from '../../../src/cluster/transport.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import { begin, sendJson, startApiServerDouble, type ApiServerDouble, type DoubleOptions, type Handler } from '../../support/api-server-double.js';
import { makeCertificates } from '../../support/certificates.js';
import { collect, failure, transportTo, type DoubleTransportOptions } from '../../support/double-transport.js';
import { startRelay } from '../../support/relay.js';

const certificates = makeCertificates();
const { ca } = certificates;
const EVER = new AbortController().signal;

describe('createTransport', () => {
  const endings: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });
  const serve = async (protocol: DoubleOptions['protocol'], handle: Handler = (exchange) => sendJson(exchange, { path: exchange.path })): Promise<ApiServerDouble> => {
    const double = await startApiServerDouble({ protocol, ...(protocol === 'plain' ? {} : { certificates }) }, handle);
    endings.push(() => double.close());
    return double;
  };
  const open = (double: ApiServerDouble, options: DoubleTransportOptions = {}): Transport => {
    const transport = transportTo(double, options);
    endings.push(() => transport.close());
    return transport;
  };
  const get = (transport: Transport, path = '/x', signal = EVER): Promise<TransportResponse> => transport.request({ what: 'read x', path, accept: 'application/json', signal });
  const text = async (response: TransportResponse): Promise<string> => Buffer.concat(await collect(response.body as AsyncIterable<Buffer>)).toString();

  for (const protocol of ['plain', 'http/1.1', 'h2'] as const) {
    it(`reads from a ${protocol} server, with its path prefix, reusing the connection`, async () => {
      const double = await serve(protocol);
      const transport = open(double, { ca, server: `${double.url}/prefix/` });

      for (let i = 0; i < 5; i++) expect(await text(await get(transport))).to.equal('{"path":"/prefix/x"}');
      expect(double.connections).to.equal(1);
      expect(double.seen[0]?.headers).to.include({ 'user-agent': 'kubetape/test', authorization: 'Bearer test' });
    });

    it(`ends with UNREACHABLE when a ${protocol} server does not answer in time`, async () => {
      const double = await serve(protocol, () => undefined);

      expect(await failure(get(open(double, { ca, timeouts: { headersMs: 50 } })))).to.include({ code: 'UNREACHABLE', retry: true });
    });
  }

  it('takes HTTP/1.1 where it is wanted, or is all that the server speaks', async () => {
    const both = await serve('h2', (exchange) => sendJson(exchange, exchange.request.httpVersion));
    const old = await serve('http/1.1', (exchange) => sendJson(exchange, exchange.request.httpVersion));

    expect(await text(await get(open(both, { ca })))).to.equal('2.0');
    expect(await text(await get(open(both, { ca, protocol: 'http/1.1' })))).to.equal('1.1');
    expect(await text(await get(open(old, { ca })))).to.equal('1.1');
  });

  it('says why a certificate is not trusted, and what to do', async () => {
    const double = await serve('h2');
    const wrong = await failure<ClusterError>(get(open(double, { ca: readFileSync(join(certificates.folder, 'other-ca.crt'), 'utf8') })));
    const none = await failure<ClusterError>(get(open(double)));
    const name = await failure<ClusterError>(get(open(double, { ca, servername: 'wrong.example' })));

    for (const error of [wrong, none, name]) expect(error, error.message).to.include({ code: 'TLS', retry: false });
    expect(wrong.hint).to.contain('certificate-authority');
    expect(name.hint).to.contain('tls-server-name');
    expect(await text(await get(open(double, { ca, servername: 'api.example' })))).to.equal('{"path":"/x"}');
  });

  it('goes through an HTTP proxy, and tells what the proxy answered', async () => {
    const double = await serve('h2');
    const good = await startRelay(double.port, { answer: '200 OK' });
    const bad = await startRelay(double.port, { answer: '407 Proxy Authentication Required' });
    endings.push(() => good.close(), () => bad.close());

    expect(await text(await get(open(double, { ca, proxy: new URL(`http://user:pass@127.0.0.1:${good.port}`) })))).to.equal('{"path":"/x"}');
    expect(good.asked[0]).to.match(new RegExp(`^CONNECT 127.0.0.1:${double.port} HTTP/1.1\r\n[^]*Proxy-Authorization: Basic dXNlcjpwYXNz`));
    const error = await failure<ClusterError>(get(open(double, { ca, proxy: new URL(`http://user:pass@127.0.0.1:${bad.port}`) })));
    expect(error.message).to.contain('answered 407').and.not.contain('pass@');
  });

  it('goes through a SOCKS5 proxy', async () => {
    const double = await serve('h2');
    const socks = await startRelay(double.port, 'socks5');
    endings.push(() => socks.close());

    expect(await text(await get(open(double, { ca, proxy: new URL(`socks5://127.0.0.1:${socks.port}`) })))).to.equal('{"path":"/x"}');
    expect(socks.asked).to.deep.equal([`050100017f000001${double.port.toString(16).padStart(4, '0')}`]);
  });

  it('answers UNREACHABLE when nobody listens, the server hangs before TLS, or it is no HTTP server', async () => {
    const silent = createServer(() => undefined);
    const garbage = createServer((socket) => socket.on('error', () => undefined).end('garbage\r\n\r\n'));
    for (const server of [silent, garbage]) {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      endings.push(() => server.close());
    }
    const double = await serve('h2');
    const at = (server: { address(): unknown }, scheme: string): string => `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const hung = await failure<ClusterError>(get(open(double, { ca, server: at(silent, 'https'), timeouts: { connectMs: 50 } })));
    expect(hung).to.include({ code: 'UNREACHABLE' });
    expect(hung.message).to.contain('no connection within');
    expect(await failure(get(open(double, { server: at(garbage, 'http') })))).to.include({ code: 'UNREACHABLE' });
    expect(await failure(get(open(double, { server: 'https://127.0.0.1:1' })))).to.include({ code: 'UNREACHABLE' });
  });

  it('connects again after the server went away', async () => {
    for (const protocol of ['http/1.1', 'h2'] as const) {
      const double = await serve(protocol);
      const transport = open(double, { ca });
      await text(await get(transport));
      for (const session of double.sessions) session.close();
      await new Promise((resolve) => setTimeout(resolve, 20));

      expect(await text(await get(transport)), protocol).to.equal('{"path":"/x"}');
    }
  });

  it('ends a request with the signal\'s reason while it connects or waits', async () => {
    const ending = new AbortController();
    const double = await serve('h2', () => ending.abort(new Error('enough')));

    expect((await failure(get(open(double, { ca }), '/x', ending.signal))).message).to.equal('enough');
    expect((await failure(get(open(double, { ca }), '/x', ending.signal))).message).to.equal('enough');
  });

  it('ends running bodies when it is closed', async () => {
    const double = await serve('h2', (exchange) => void begin(exchange).write('x'));
    const transport = open(double, { ca });
    const { body } = await get(transport);
    const all = failure(collect(body));
    transport.close();

    expect(await all).to.be.instanceOf(Error);
  });
});
