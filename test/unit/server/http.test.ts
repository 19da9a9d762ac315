import { once } from 'node:events';
import { request } from 'node:http';
import { connect } from 'node:net';
import { expect } from 'chai';
import { startHttpServer, type HttpServer, type Route } from '../../../src/server/http.js';
import { ServerError } from '../../../src/server/server-error.js';

const errors: unknown[] = [];
let server: HttpServer;

const routes = new Map<string, Route>([
  ['/ok', () => ({ status: 200, contentType: 'text/plain; charset=utf-8', body: 'grün\n' })],
  ['/broken', () => Promise.reject(new Error('a secret detail'))],
]);

describe('server/http', () => {
  before(async () => {
    server = await startHttpServer({ listen: '127.0.0.1:0', routes, onError: (path, error) => errors.push([path, error]) });
  });
  after(async () => { await server.close(); });

  it('answers GET and HEAD of its routes, whatever the query is', async () => {
    const response = await fetch(`${server.url}/ok?verbose`);
    const head = await fetch(`${server.url}/ok`, { method: 'HEAD' });

    expect([response.status, await response.text()]).to.deep.equal([200, 'grün\n']);
    expect([head.status, await head.text(), head.headers.get('content-length')]).to.deep.equal([200, '', '6']);
  });

  it('answers 404 elsewhere without repeating what was asked', async () => {
    const response = await fetch(`${server.url}/<script>`);

    expect(response.status).to.equal(404);
    expect(await response.text()).to.equal('Not found; there are /ok, /broken\n');
    expect((await fetch(`${server.url}/ok/`)).status).to.equal(404);
    expect((await fetch(`${server.url}/__proto__`)).status).to.equal(404);
  });

  it('answers 405 to every other method, with those that are allowed', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const response = await fetch(`${server.url}/ok`, { method, ...(method === 'POST' ? { body: 'x'.repeat(100_000) } : {}) });
      expect([response.status, response.headers.get('allow')], method).to.deep.equal([405, 'GET, HEAD']);
    }
  });

  it('answers 500 without details when a route fails, and hands on the error', async () => {
    const response = await fetch(`${server.url}/broken`);

    expect(response.status).to.equal(500);
    expect(await response.text()).to.not.contain('secret');
    expect(errors).to.have.length(1);
    expect(errors[0]).to.have.nested.property('[1].message', 'a secret detail');
  });

  it('refuses an address in use, one that this machine does not have, and what is none', async () => {
    for (const [listen, words] of [
      [server.url.slice('http://'.length), 'the address is in use'],
      ['192.0.2.1:0', 'this machine has no such address'],
      ['nowhere', 'Could not read the listen address'],
    ] as const) {
      const error: unknown = await startHttpServer({ listen, routes, onError: () => undefined }).catch((thrown: unknown) => thrown);
      expect(error, listen).to.be.instanceOf(ServerError);
      expect((error as ServerError).message).to.contain(words);
      expect((error as ServerError).exitCode).to.equal(2);
    }
  });

  it('closes at once though connections are open and a request is half sent', async () => {
    const other = await startHttpServer({ listen: '127.0.0.1:0', routes, onError: () => undefined });
    const { hostname, port } = new URL(other.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write('GET /ok HTTP/1.1\r\nHost: x\r\n');
    const idle = request(`${other.url}/ok`, { headers: { connection: 'keep-alive' } });
    idle.end();
    await once(idle, 'response');
    const closed = once(socket, 'close');

    await other.close();
    await closed;

    const refused: unknown = await fetch(`${other.url}/ok`).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Error);
  });
});
