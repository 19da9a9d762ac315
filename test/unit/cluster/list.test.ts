import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import { listType } from '../../../src/cluster/list.js';
import { TIMEOUTS } from '../../../src/cluster/options.js';
import type { Transport } from '../../../src/cluster/transport.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import type { ListChunk, ListRequest } from '../../../src/model/cluster-reader.js';
import { begin, cut, sendJson, startApiServerDouble, status, type ApiServerDouble, type Handler } from '../../support/api-server-double.js';
import { makeCertificates } from '../../support/certificates.js';
import { collect, CONFIG_MAPS, DEPLOYMENTS, failure, transportTo } from '../../support/double-transport.js';

const certificates = makeCertificates();
const EVER = new AbortController().signal;

function object(i: number): object {
  return { metadata: { name: `item-${i}` }, data: { text: 'x'.repeat(100) } };
}

function page(from: number, to: number, metadata: object): object {
  return { kind: 'ConfigMapList', metadata, items: Array.from({ length: to - from }, (_, i) => object(from + i)) };
}

function items(chunks: readonly ListChunk[]): unknown[] {
  return chunks.flatMap((chunk) => (chunk.kind === 'items' ? (JSON.parse(`[${Buffer.from(chunk.items).toString()}]`) as unknown[]) : []));
}

for (const protocol of ['http/1.1', 'h2'] as const) {
  describe(`listType over ${protocol}`, () => {
    let double: ApiServerDouble;
    let transport: Transport;
    const serve = async (handle: Handler): Promise<void> => {
      double = await startApiServerDouble({ protocol, certificates }, handle);
      transport = transportTo(double, { ca: certificates.ca, timeouts: { bodyMs: 200 } });
    };
    const list = (request: ListRequest, streamed: boolean, signal = EVER): AsyncGenerator<ListChunk> =>
      listType({ transport, timeouts: { ...TIMEOUTS, bodyMs: 200 }, streamed }, CONFIG_MAPS, request, signal);
    afterEach(async () => {
      transport.close();
      await double.close();
    });

    it('asks a streaming server once, without limit and without resourceVersion, compressed', async () => {
      await serve(({ response }) => {
        const body = gzipSync(JSON.stringify(page(0, 1000, { resourceVersion: '77' })));
        (response as import('node:http').ServerResponse).writeHead(200, { 'content-encoding': 'gzip' }).end(body);
      });
      const chunks = await collect(list({}, true));

      expect(items(chunks)).to.deep.equal(Array.from({ length: 1000 }, (_, i) => object(i)));
      expect(chunks.at(-1)).to.deep.equal({ kind: 'end', resourceVersion: '77' });
      expect(double.seen.map(({ url }) => url)).to.deep.equal(['/api/v1/configmaps']);
      expect(double.seen[0]?.headers).to.include({ 'accept-encoding': 'gzip', accept: 'application/json', authorization: 'Bearer test' });
    });

    it('asks another server for pages that grow, and answers the items of all', async () => {
      await serve((exchange) => {
        const from = Number(exchange.query.get('continue') ?? 0);
        const to = Math.min(3000, from + Number(exchange.query.get('limit')));
        sendJson(exchange, page(from, to, { resourceVersion: '5', ...(to < 3000 ? { continue: String(to) } : {}) }));
      });
      const chunks = await collect(list({ namespace: 'a b', floor: '4' }, false));

      expect(items(chunks)).to.have.lengthOf(3000);
      expect(chunks.at(-1)).to.deep.equal({ kind: 'end', resourceVersion: '5' });
      expect(double.seen.map(({ url }) => url)).to.deep.equal([
        '/api/v1/namespaces/a%20b/configmaps?resourceVersion=4&resourceVersionMatch=NotOlderThan&limit=500',
        '/api/v1/namespaces/a%20b/configmaps?limit=1000&continue=500',
        '/api/v1/namespaces/a%20b/configmaps?limit=2000&continue=1500',
      ]);
    });

    it('fetches one page ahead while the consumer works, and no further', async () => {
      await serve((exchange) => {
        const from = Number(exchange.query.get('continue') ?? 0);
        sendJson(exchange, page(from, from + 1, { resourceVersion: '5', ...(from < 9 ? { continue: String(from + 1) } : {}) }));
      });
      const chunks = list({}, false);
      await chunks.next();
      while (double.seen.length < 2) await new Promise((resolve) => setImmediate(resolve));
      // A round trip after the second page was asked for: a third would have come with it.
      await transport.request({ what: 'x', path: '/other?continue=9', accept: '*/*', signal: EVER }).then(({ body }) => collect(body));
      const seen = double.seen.filter(({ url }) => url.startsWith('/api')).length;
      await chunks.return(undefined);

      expect(seen).to.equal(2);
    });

    it('asks relists with a floor and never with resourceVersion=0', async () => {
      await serve((exchange) => sendJson(exchange, page(0, 1, { resourceVersion: '9' })));
      await collect(list({ floor: '8' }, true));
      await collect(list({ unpaged: true }, false));

      expect(double.seen.map(({ url }) => url)).to.deep.equal(['/api/v1/configmaps?resourceVersion=8&resourceVersionMatch=NotOlderThan', '/api/v1/configmaps']);
    });

    it('peeks at the first items and the store\'s resourceVersion', async () => {
      await serve((exchange) => sendJson(exchange, page(0, 1, { resourceVersion: '9', continue: 'more' })));
      const chunks = await collect(list({ peek: 1 }, true));

      expect(double.seen[0]?.url).to.equal('/api/v1/configmaps?limit=1');
      expect(items(chunks)).to.have.lengthOf(1);
      expect(chunks.at(-1)).to.deep.equal({ kind: 'end', resourceVersion: '9' });
    });

    it('answers EXPIRED when the continue token expired, and does not follow the new one', async () => {
      await serve((exchange) => {
        if (exchange.query.has('continue')) sendJson(exchange, { ...status(410, 'Expired', 'too old'), metadata: { continue: 'inconsistent' } }, 410);
        else sendJson(exchange, page(0, 1, { resourceVersion: '5', continue: 'x' }));
      });
      const error = await failure<ClusterError>(collect(list({}, false)));

      expect(error).to.include({ code: 'EXPIRED', status: 410, retry: true });
      expect(double.seen).to.have.lengthOf(2);
    });

    for (const end of ['in order', 'by a cut'] as const) {
      it(`never ends a list that the server ended early ${end}`, async () => {
        const document = JSON.stringify(page(0, 50, { resourceVersion: '5' }));
        await serve((exchange) => {
          const body = begin(exchange);
          body.write(document.slice(0, document.length - 2), () => (end === 'in order' ? body.end() : cut(exchange)));
        });
        const seen: ListChunk[] = [];
        const error = await failure<ClusterError>(
          (async () => {
            for await (const chunk of list({}, true)) seen.push(chunk);
          })(),
        );

        expect(error.code).to.equal(end === 'in order' ? 'MALFORMED' : 'UNREACHABLE');
        expect(error.message).to.match(/^Could not list v1 configmaps: /);
        expect(seen.filter((chunk) => chunk.kind === 'end')).to.deep.equal([]);
      });
    }

    it('answers MALFORMED for a compressed body that is cut, a page that is no list, and an unpaged list with more', async () => {
      const bodies = [gzipSync(JSON.stringify(page(0, 50, { resourceVersion: '5' }))).subarray(0, 60), gzipSync('{"kind":"Status"}'), gzipSync('<html>'), gzipSync('{"items":[],"metadata":{"resourceVersion":"1","continue":"x"}}')];
      await serve(({ response, query }) => {
        (response as import('node:http').ServerResponse).writeHead(200, { 'content-encoding': 'gzip' }).end(bodies[Number(query.get('resourceVersion'))]);
      });

      for (const floor of bodies.keys()) {
        expect(await failure(collect(list({ floor: String(floor) }, true))), `body ${floor}`).to.include({ code: 'MALFORMED' });
      }
    });

    it('gives up a body that stands still, but not one whose consumer is slow', async () => {
      await serve((exchange) => {
        const body = begin(exchange);
        body.write('{"metadata":{"resourceVersion":"1"},"items":[');
        if (exchange.query.has('limit')) body.end(`${`${JSON.stringify(object(1))},`.repeat(5000)}{}]}`);
      });
      expect(await failure(collect(list({}, true)))).to.include({ code: 'SILENT' });

      let count = 0;
      for await (const chunk of list({ peek: 9999 }, true)) {
        if (count === 0) await new Promise((resolve) => setTimeout(resolve, 300));
        if (chunk.kind === 'items') count += chunk.count;
      }
      expect(count).to.equal(5001);
    });

    it('stops reading while the consumer works', async () => {
      let written = 0;
      const chunk = `${`${JSON.stringify(object(1))},`.repeat(700)}`;
      await serve(async (exchange) => {
        const body = begin(exchange);
        let waiting = (): void => undefined;
        body.on('drain', () => waiting()).on('close', () => waiting());
        body.write('{"metadata":{"resourceVersion":"1"},"items":[');
        while (!body.destroyed && written < 400e6) {
          written += chunk.length;
          if (!body.write(chunk)) await new Promise<void>((resolve) => (waiting = resolve));
        }
      });
      const chunks = list({}, true);
      await chunks.next();
      let before = -1;
      while (before !== written) {
        before = written;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      await chunks.return(undefined);

      expect(written).to.be.lessThan(40e6);
    });

    it('tells what the server answered, and ends with the signal\'s reason when aborted', async () => {
      const ending = new AbortController();
      await serve((exchange) => {
        if (exchange.path.startsWith('/apis/apps')) return sendJson(exchange, status(403, 'Forbidden', 'deployments.apps is forbidden: User "u\u001b[31m" cannot list'), 403);
        begin(exchange).write('{"items":[');
        setImmediate(() => ending.abort(new Error('enough')));
      });
      const refused = await failure<ClusterError>(collect(listType({ transport, timeouts: TIMEOUTS, streamed: true }, DEPLOYMENTS, { namespace: 'shop' }, EVER)));
      expect(refused).to.include({ code: 'FORBIDDEN', status: 403, retry: false });
      expect(refused.message).to.equal('Could not list apps/v1 deployments in namespace shop: 403 Forbidden: deployments.apps is forbidden: User "u\\x1b[31m" cannot list');

      expect((await failure(collect(list({}, true, ending.signal)))).message).to.equal('enough');
      expect((await failure(collect(list({}, false, ending.signal)))).message).to.equal('enough');
    });
  });
}
