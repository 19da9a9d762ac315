import { expect } from 'chai';
import type { StatusReport } from '../../../src/model/status-report.js';
import { createMetrics } from '../../../src/observe/metrics.js';
import { healthRoutes } from '../../../src/server/health.js';
import { startHttpServer, type HttpServer } from '../../../src/server/http.js';
import { statusReport } from '../../support/status-report.js';

let status: StatusReport;
let server: HttpServer;

async function get(path: string): Promise<{ status: number; type: string; body: string }> {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, type: response.headers.get('content-type') ?? '', body: await response.text() };
}

describe('server/health', () => {
  before(async () => {
    const metrics = createMetrics();
    metrics.unsynced(2);
    server = await startHttpServer({
      listen: '127.0.0.1:0',
      routes: healthRoutes({ status: () => status, metrics: () => metrics.exposition() }),
      onError: (_path, error) => { throw error; },
    });
  });
  after(async () => { await server.close(); });
  beforeEach(() => { status = statusReport(); });

  it('is alive while it is not ready', async () => {
    status = statusReport({ ready: false, phase: 'syncing' });

    expect(await get('/livez')).to.include({ status: 200, body: 'ok\n' });
  });

  it('is ready after the first complete sync', async () => {
    expect((await get('/readyz')).status).to.equal(200);
  });

  it('says with 503 which types are missing, and why', async () => {
    status = statusReport({ ready: false, phase: 'syncing', unsynced: [{ type: 'secrets', reason: '403 Forbidden', since: null }] });

    const reply = await get('/readyz');

    expect(reply.status).to.equal(503);
    expect(JSON.parse(reply.body)).to.deep.equal({ ready: false, phase: 'syncing', unsynced: 1, reasons: [{ type: 'secrets', reason: '403 Forbidden' }] });
  });

  it('counts all of two thousand missing types but names fifty', async () => {
    const unsynced = Array.from({ length: 2000 }, (_, i) => ({ type: `t${i}`, reason: 'not listed yet', since: null }));
    status = statusReport({ ready: false, unsynced });

    const body = JSON.parse((await get('/readyz')).body) as { unsynced: number; reasons: unknown[] };

    expect([body.unsynced, body.reasons.length]).to.deep.equal([2000, 50]);
  });

  it('serves metrics as Prometheus reads them', async () => {
    const reply = await get('/metrics');

    expect(reply.type).to.match(/^text\/plain; version=0\.0\.4/);
    expect(reply.body).to.contain('\nkubetape_unsynced_types 2\n');
  });

  it('serves the whole status', async () => {
    const reply = await get('/status');

    expect(reply.type).to.match(/^application\/json/);
    expect(JSON.parse(reply.body)).to.deep.equal(status);
  });
});
