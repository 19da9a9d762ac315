// The proxy does what it is told, says what it did, and otherwise lets everything through.
import { connect, type ClientHttp2Session } from 'node:http2';
import { expect } from 'chai';
import { ApiClient } from '../support/api-client.js';
import { ControlPlane } from '../support/control-plane.js';
import { tokenOf } from '../support/control-plane-files.js';
import { eventually } from '../support/eventually.js';
import { FaultyProxy } from '../support/faulty-proxy.js';
import { configMap, namespace } from '../support/objects.js';
import { controlPlaneOrSkip, sharedControlPlane } from '../support/shared-control-plane.js';

const LIST = '/api/v1/namespaces/faulty/configmaps';

interface Got {
  status: number;
  body: string;
  /** Ended in good order. */
  ended: boolean;
  closed: boolean;
}

/** One GET as one of many streams of an HTTP/2 session; fills what it returns as it comes. */
function get(session: ClientHttp2Session, path: string): Got {
  const got: Got = { status: 0, body: '', ended: false, closed: false };
  const stream = session.request({ ':path': path, authorization: `Bearer ${tokenOf('admin')}` });
  stream.on('response', (headers) => (got.status = Number(headers[':status'])));
  stream.setEncoding('utf8').on('data', (text: string) => (got.body += text)).on('end', () => (got.ended = true));
  stream.on('error', () => undefined).on('close', () => (got.closed = true));
  return got;
}

describe('faulty proxy', function () {
  let plane: ControlPlane;
  let proxy: FaultyProxy;
  let direct: ApiClient;
  let session: ClientHttp2Session;

  before(async function () {
    await controlPlaneOrSkip(this);
    plane = await sharedControlPlane();
    await plane.api.create(namespace('faulty'));
    for (let index = 0; index < 5; index += 1) await plane.api.create(configMap('faulty', `item-${index}`, { text: 'x'.repeat(500) }));
  });

  beforeEach(async () => {
    proxy = await FaultyProxy.start(plane);
    direct = new ApiClient(proxy.url, proxy.ca);
    session = connect(proxy.url, { ca: proxy.ca }).on('error', () => undefined);
  });

  afterEach(async () => {
    session?.destroy();
    direct?.close();
    await proxy?.stop();
  });

  const watchPath = async (): Promise<string> => `${LIST}?watch=true&resourceVersion=${(await plane.request('GET', LIST)).json.metadata.resourceVersion}`;

  it('without a fault answers as the server does, over HTTP/1.1, HTTP/2 and to kubectl', async () => {
    const wanted = (await plane.request('GET', LIST)).json.items;
    expect((await direct.request('GET', LIST)).json.items).to.deep.equal(wanted);
    const got = get(session, LIST);
    await eventually(() => got.ended);
    expect(JSON.parse(got.body).items).to.deep.equal(wanted);
    const kubectl = await plane.kubectl(['--kubeconfig', proxy.kubeconfig(), 'create', 'configmap', 'through-the-proxy', '-n', 'faulty', '-o', 'name']);
    expect(kubectl.stdout).to.equal('configmap/through-the-proxy\n');
    expect(proxy.seen.filter(({ fault }) => fault !== null)).to.deep.equal([]);
  });

  it('answers an error as often as it was told, and counts the answers by path', async () => {
    const fault = proxy.inject({ fault: { kind: 'answer', status: 429, retryAfterSeconds: 7 }, path: LIST, times: 2 });
    const answers = [];
    for (let index = 0; index < 3; index += 1) answers.push(await direct.request('GET', LIST));
    expect(answers.map(({ status }) => status)).to.deep.equal([429, 429, 200]);
    expect(answers[0]?.headers['retry-after']).to.equal('7');
    expect(answers[0]?.json).to.include({ kind: 'Status', reason: 'TooManyRequests', code: 429 });
    expect([fault.injected, proxy.count(429), proxy.count(429, '/api/v1/pods'), proxy.count(200, LIST)]).to.deep.equal([2, 2, 0, 1]);
  });

  it('leaves other paths alone, and one path for ever when it is told no number', async () => {
    const fault = proxy.inject({ fault: { kind: 'answer', status: 403 }, path: /\/secrets$/ });
    for (let index = 0; index < 3; index += 1) expect((await direct.request('GET', '/api/v1/secrets')).status).to.equal(403);
    expect((await direct.request('GET', LIST)).status).to.equal(200);
    fault.remove();
    expect((await direct.request('GET', '/api/v1/secrets')).status).to.equal(200);
  });

  it('cuts an HTTP/2 connection with all its streams after the bytes that it was told', async () => {
    const other = get(session, await watchPath());
    await eventually(() => other.status === 200);
    const fault = proxy.inject({ fault: { kind: 'cut', afterBytes: 1000 }, path: LIST, watch: false, times: 1 });
    const list = get(session, LIST);
    await eventually(() => list.closed && other.closed);
    expect([list.ended && list.body.endsWith('}\n'), list.body.length <= 1000, fault.injected, session.destroyed]).to.deep.equal([false, true, 1, true]);
  });

  it('cuts an HTTP/1.1 answer in the middle', async () => {
    proxy.inject({ fault: { kind: 'cut', afterBytes: 1000 }, path: LIST });
    const failure = await direct.request('GET', LIST).then(() => null, (error: NodeJS.ErrnoException) => error.code);
    expect(failure).to.equal('ECONNRESET');
  });

  it('truncates a line and ends the answer in good order', async () => {
    proxy.inject({ fault: { kind: 'truncate', afterBytes: 1000 }, path: LIST, times: 2 });
    const { text, status, json } = await direct.request('GET', LIST);
    expect([status, text.length, json]).to.deep.equal([200, 1000, undefined]);
    const got = get(session, LIST);
    await eventually(() => got.ended);
    expect([got.status, got.body.length, session.destroyed]).to.deep.equal([200, 1000, false]);
  });

  it('stalls a watch without closing it, and lets everything through, in order, when the fault is removed', async () => {
    const fault = proxy.inject({ fault: { kind: 'stall', afterBytes: 0 }, watch: true });
    const watch = get(session, await watchPath());
    await eventually(() => watch.status === 200);
    for (const key of ['1', '2', '3']) await plane.api.patch(configMap('faulty', 'item-0'), { data: { key } });
    await eventually(() => fault.injected === 1);
    expect([watch.body, watch.closed]).to.deep.equal(['', false]);
    fault.remove();
    const events = await eventually(() => {
      const lines = watch.body.split('\n').slice(0, -1).map((line) => JSON.parse(line));
      return lines.length === 3 ? lines : null;
    });
    expect(events.map(({ object }) => object.data.key)).to.deep.equal(['1', '2', '3']);
    expect(fault.injected).to.equal(1);
  });

  it('delays a request by the time that it was told', async () => {
    proxy.inject({ fault: { kind: 'delay', ms: 300 }, path: LIST });
    const started = Date.now();
    expect((await direct.request('GET', LIST)).status).to.equal(200);
    expect(Date.now() - started).to.be.at.least(300);
  });

  it('ends a watch as a server does that no longer has its resourceVersion', async () => {
    proxy.inject({ fault: { kind: 'errorEvent', code: 410 }, times: 1 });
    const path = await watchPath();
    const watch = get(session, path);
    await eventually(() => watch.ended);
    expect(JSON.parse(watch.body)).to.deep.include({ type: 'ERROR' }).and.nested.include({ 'object.code': 410, 'object.reason': 'Expired' });
    expect([proxy.count(410), proxy.count(410, LIST)]).to.deep.equal([1, 1]);
  });

  it('breaks every open connection at once', async () => {
    const watches = [get(session, await watchPath()), get(session, await watchPath())];
    await eventually(() => watches.every(({ status }) => status === 200));
    expect(proxy.cutAll()).to.be.at.least(1);
    await eventually(() => watches.every(({ closed }) => closed));
  });

  it('breaks the connection when the server behind it does, and counts the 410 that the server answers then', async () => {
    const own = await ControlPlane.start({ controllerManager: false });
    const front = await FaultyProxy.start(own);
    const client = connect(front.url, { ca: front.ca }).on('error', () => undefined);
    try {
      const watch = get(client, '/api/v1/configmaps?watch=true');
      await eventually(() => watch.body !== '');
      await own.compactEtcd();
      await own.killApiServer();
      await eventually(() => watch.closed);
      expect(client.destroyed).to.equal(true);
      await own.startApiServer();
      for await (const event of new ApiClient(front.url, front.ca).watch('/api/v1/configmaps?watch=true&resourceVersion=2')) expect(event.object.code).to.equal(410);
      expect([front.count(410, '/api/v1/configmaps'), front.count(410, '/api/v1/pods'), front.seen.at(-1)?.fault]).to.deep.equal([1, 0, null]);
    } finally {
      client.destroy();
      await front.stop();
      await own.stop();
    }
  });

  it('takes its share of the requests, the same ones for the same random numbers', async () => {
    const shares = async (): Promise<number[]> => {
      let state = 1;
      const fault = proxy.inject({ fault: { kind: 'answer', status: 500 }, path: LIST, share: { of: 0.5, random: () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647 } });
      const statuses = [];
      for (let index = 0; index < 10; index += 1) statuses.push((await direct.request('GET', LIST)).status);
      fault.remove();
      return statuses;
    };
    const first = await shares();
    expect(await shares()).to.deep.equal(first);
    expect(first).to.include.members([200, 500]);
  });
});
