import { expect } from 'chai';
import { TIMEOUTS, type Timeouts } from '../../../src/cluster/options.js';
import type { Transport } from '../../../src/cluster/transport.js';
import { watchType } from '../../../src/cluster/watch.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import type { WatchEvent } from '../../../src/model/cluster-reader.js';
import { begin, cut, sendJson, startApiServerDouble, status, type ApiServerDouble, type Handler } from '../../support/api-server-double.js';
import { scaled } from '../../support/scale.js';
import { startRelay, type Relay } from '../../support/relay.js';
import { makeCertificates } from '../../support/certificates.js';
import { collect, CONFIG_MAPS, failure, transportTo } from '../../support/double-transport.js';

const certificates = makeCertificates();
const EVER = new AbortController().signal;
const BOOKMARK = '{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"50"}}}\n';

function line(change: string, n: number): string {
  return `{"type":"${change}","object":{"metadata":{"name":"é${n}"},"n":${n}}}\n`;
}

function plain(events: readonly WatchEvent[]): unknown[] {
  return events.map((event) => (event.kind === 'object' ? `${event.change} ${Buffer.from(event.object).toString()}` : event));
}

for (const protocol of ['http/1.1', 'h2'] as const) {
  describe(`watchType over ${protocol}`, () => {
    let double: ApiServerDouble;
    let transport: Transport;
    let timeouts: Timeouts;
    const serve = async (handle: Handler, shorter: Partial<Timeouts> = {}): Promise<void> => {
      timeouts = { ...TIMEOUTS, ...shorter };
      double = await startApiServerDouble({ protocol, certificates }, handle);
      transport = transportTo(double, { ca: certificates.ca, timeouts });
    };
    const watch = (signal = EVER): AsyncGenerator<readonly WatchEvent[]> => watchType({ transport, timeouts, random: () => 0.5 }, CONFIG_MAPS, { from: '41' }, signal);
    /** What came before the failure, and the failure. */
    const watchToFailure = async (): Promise<{ events: unknown[]; error: ClusterError }> => {
      const events: unknown[] = [];
      const error = await failure<ClusterError>(
        (async () => {
          for await (const batch of watch()) events.push(...plain(batch));
        })(),
      );
      return { events, error };
    };
    afterEach(async () => {
      transport.close();
      await double.close();
    });

    it('asks for bookmarks from where the list ended, for a jittered time, and ends with the server', async () => {
      await serve((exchange) => begin(exchange).end(line('ADDED', 1) + BOOKMARK));

      expect((await collect(watch())).flatMap(plain)).to.deep.equal(['ADDED {"metadata":{"name":"é1"},"n":1}', { kind: 'bookmark', resourceVersion: '50' }]);
      expect(double.seen[0]?.url).to.equal('/api/v1/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=41&timeoutSeconds=440');
    });

    it('gives the same events wherever the chunks end', async () => {
      const bytes = Buffer.from(line('ADDED', 1) + line('MODIFIED', 2) + line('DELETED', 3));
      let at = 1;
      await serve((exchange) => {
        const body = begin(exchange);
        body.write(bytes.subarray(0, at), () => setImmediate(() => body.end(bytes.subarray(at))));
      });

      for (; at < bytes.length; at++) {
        const events = (await collect(watch())).flatMap(plain);
        expect(events, `cut at ${at}`).to.deep.equal([1, 2, 3].map((n, i) => `${['ADDED', 'MODIFIED', 'DELETED'][i]} {"metadata":{"name":"é${n}"},"n":${n}}`));
      }
    });

    for (const end of ['in order', 'by a cut'] as const) {
      it(`never gives an event that the server left unfinished ${end}`, async () => {
        await serve((exchange) => {
          const body = begin(exchange);
          body.write(line('ADDED', 1) + line('ADDED', 2).slice(0, -1), () => setImmediate(() => (end === 'in order' ? body.end() : cut(exchange))));
        });
        const { events, error } = await watchToFailure();

        expect(events).to.deep.equal(['ADDED {"metadata":{"name":"é1"},"n":1}']);
        expect(error).to.include({ code: 'UNREACHABLE', retry: true });
      });
    }

    it('answers GONE for a 410 before and within the stream, after the events before it', async () => {
      await serve((exchange) => {
        if (double.seen.length === 1) sendJson(exchange, status(410, 'Gone', 'too old resource version: 1 (5)'), 410);
        else begin(exchange).write(`${line('ADDED', 1)}{"type":"ERROR","object":${JSON.stringify(status(410, 'Expired', 'too old resource version: 41 (90)'))}}\n`);
      });
      const first = await watchToFailure();
      const second = await watchToFailure();

      expect(first).to.deep.include({ events: [] });
      expect(first.error).to.include({ code: 'GONE' });
      expect(second.events).to.have.lengthOf(1);
      expect(second.error).to.include({ code: 'GONE', message: 'Could not watch v1 configmaps: 410 Gone: too old resource version: 41 (90)' });
    });

    it('answers what an ERROR event or a refusal says, with the wait that was asked for', async () => {
      await serve((exchange) => {
        if (double.seen.length === 1) begin(exchange).write(`{"type":"ERROR","object":${JSON.stringify(status(500, 'InternalError', 'etcd is ill'))}}\n`);
        else if (double.seen.length === 2) sendJson(exchange, status(429, 'TooManyRequests', 'slow down', { retryAfterSeconds: 9 }), 429, { 'retry-after': '3' });
        else sendJson(exchange, 'upstream connect error', 503, { 'retry-after': '2' });
      });

      expect((await watchToFailure()).error).to.include({ code: 'SERVER', status: 500 });
      expect((await watchToFailure()).error).to.include({ code: 'THROTTLED', retryAfterMs: 3000 });
      expect((await watchToFailure()).error).to.include({ code: 'SERVER', status: 503, retryAfterMs: 2000 });
    });

    it('gives the events before garbage, then MALFORMED without a word of it', async () => {
      await serve((exchange) => begin(exchange).write(`${line('ADDED', 1)}<html>canary\n${line('ADDED', 2)}`));
      const { events, error } = await watchToFailure();

      expect(events).to.have.lengthOf(1);
      expect(error.code).to.equal('MALFORMED');
      expect(error.message).not.to.contain('canary');
    });

    it('gives up a watch without a sign of life', async () => {
      // The first watch shows that the type has bookmarks: from then on an answered PING proves nothing.
      await serve((exchange) => begin(exchange).write(BOOKMARK), { watchSilenceMs: 150, pingMs: 20 });
      const { events, error } = await watchToFailure();

      expect(events).to.have.lengthOf(1);
      expect(error).to.include({ code: 'SILENT', retry: true });
    });

    it('ends at once with the signal\'s reason', async () => {
      const ending = new AbortController();
      await serve((exchange) => begin(exchange).write(BOOKMARK));
      const events = watch(ending.signal);
      await events.next();
      const next = events.next();
      ending.abort(new Error('enough'));

      expect((await failure(next)).message).to.equal('enough');
    });

    it('ends when the transport is closed', async () => {
      await serve((exchange) => begin(exchange).write(BOOKMARK));
      const events = watch();
      await events.next();
      const next = events.next();
      transport.close();

      expect(await failure(next)).to.include({ code: 'UNREACHABLE' });
      expect(await failure(collect(watch()))).to.include({ code: 'UNREACHABLE' });
    });

    // A TLS connection each takes seconds over HTTP/1.1, which is not what is taken where there is a choice.
    const many = protocol === 'h2' ? 2000 : scaled(300, 2000);
    it(`keeps ${many} watches open at once`, async () => {
      const open: (() => void)[] = [];
      await serve((exchange) => {
        const body = begin(exchange);
        body.write(BOOKMARK);
        open.push(() => body.end(line('ADDED', 1)));
      });
      const watches = await Promise.all(
        Array.from({ length: many }, async () => {
          const events = watch();
          await events.next();
          return events;
        }),
      );
      for (const end of open) end();
      const counts = await Promise.all(watches.map(async (events) => (await collect(events)).flat().length));

      expect(counts.every((count) => count === 1)).to.equal(true);
      expect(double.connections).to.equal(protocol === 'h2' ? many / 100 : many);
    });
  });
}

describe('watchType of a quiet type without bookmarks', () => {
  const timeouts = { ...TIMEOUTS, watchSilenceMs: 150, pingMs: 40 };
  let double: ApiServerDouble;
  let relay: Relay;
  let transport: Transport;
  let events: AsyncGenerator<readonly WatchEvent[]>;
  let end: () => void;
  beforeEach(async () => {
    double = await startApiServerDouble({ protocol: 'h2', certificates }, (exchange) => {
      const body = begin(exchange);
      body.write(line('ADDED', 1));
      end = () => body.end(line('ADDED', 2));
    });
    relay = await startRelay(double.port);
    transport = transportTo(double, { ca: certificates.ca, timeouts, server: `https://127.0.0.1:${relay.port}` });
    events = watchType({ transport, timeouts, random: () => 0 }, CONFIG_MAPS, { from: '1' }, EVER);
    await events.next();
  });
  afterEach(async () => {
    await events.return(undefined); // a watch that nobody reads to its end keeps its clock, and this process alive
    transport.close();
    await relay.close();
    await double.close();
  });

  it('goes on while the server answers PINGs', async () => {
    const next = events.next();
    // Three times as long as the silence that would end it.
    await new Promise((resolve) => setTimeout(resolve, 450));
    end();

    expect(plain((await next).value as readonly WatchEvent[])).to.deep.equal(['ADDED {"metadata":{"name":"é2"},"n":2}']);
  });

  it('ends when PINGs stay unanswered', async () => {
    relay.freeze();

    expect(await failure(events.next())).to.include({ retry: true }).and.have.property('code').that.is.oneOf(['SILENT', 'UNREACHABLE']);
  });
});
