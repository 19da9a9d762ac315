import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { daemonStatus } from '../../../src/cli/status/daemon-status.js';
import { renderStatus } from '../../../src/cli/render/status.js';
import { repositoryStatus } from '../../../src/cli/status/repository-status.js';
import { openHistory } from '../../../src/git/open-history.js';
import type { StatusReport } from '../../../src/model/status-report.js';
import { healthRoutes } from '../../../src/server/health.js';
import { startHttpServer } from '../../../src/server/http.js';
import { TestRepository } from '../../support/history.js';
import { statusReport } from '../../support/status-report.js';

const signal = new AbortController().signal;

describe('cli/status of a daemon', () => {
  let server: Server;
  let answer: [status: number, body: string];
  let address: string;
  before(async () => {
    server = createServer((_request, response) => { response.writeHead(answer[0]).end(answer[1]); });
    await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
    address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => { server.close(); server.closeAllConnections(); });

  it('reads what the daemon serves, however its address is written', async () => {
    const status = statusReport();
    const daemon = await startHttpServer({
      listen: '127.0.0.1:0',
      routes: healthRoutes({ status: () => status, metrics: async () => ({ contentType: '', body: '' }) }),
      onError: () => undefined,
    });
    try {
      for (const url of [daemon.url, `${daemon.url}/status`, daemon.url.replace('http://', ''), `:${new URL(daemon.url).port}`]) {
        expect(await daemonStatus(url, signal), url).to.deep.equal(status);
      }
    } finally {
      await daemon.close();
    }
  });

  it('says that somebody else answers', async () => {
    for (const given of [[404, 'no'], [200, 'no'], [200, '{}'], [200, 'null'], [200, '{"source":"daemon"}']] as [number, string][]) {
      answer = given;
      const error: unknown = await daemonStatus(address, signal).catch((thrown: unknown) => thrown);
      expect(error, given.join(' ')).to.have.property('code', 'NOT_A_STATUS');
    }
  });

  it('says that nobody answers, and that an address is none', async () => {
    const closed = await startHttpServer({ listen: '127.0.0.1:0', routes: new Map(), onError: () => undefined });
    await closed.close();

    const error: unknown = await daemonStatus(closed.url, signal).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'UNREACHABLE');
    expect((error as Error).message).to.contain('connection refused');
    for (const url of ['ftp://a', 'http://', '::::']) {
      expect(await daemonStatus(url, signal).catch((thrown: unknown) => thrown), url).to.have.property('exitCode', 2);
    }
  });
});

describe('cli/status of a repository', () => {
  let folder: string;
  let repository: TestRepository;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kubetape-status-'));
    repository = await TestRepository.create(folder);
  });
  afterEach(() => {
    repository.close();
    rmSync(folder, { recursive: true });
  });

  const map = (name: string, value: string): readonly [string, string] => repository.file('configmaps', { metadata: { name, namespace: 'shop' }, data: { value } });

  async function report(): Promise<StatusReport> {
    const history = await openHistory({ location: repository.path, cacheFolder: join(folder, 'cache'), now: Date.now }, signal);
    try {
      return await repositoryStatus(history, '0.1.0', signal);
    } finally {
      history.close();
    }
  }

  it('says what the head holds, and which types were not seen completely and why', async () => {
    const coverage = 'types:\n  configmaps:\n    state: complete\n  secrets:\n    state: partial\n    reason: forbidden\n  leases.coordination.k8s.io:\n    state: skipped\n    rules:\n    - core/skip-leases\n';
    const head = repository.commit(Object.fromEntries([map('a', '1'), map('b', '1'), ['.kubetape/coverage', coverage], ['.kubetape/cluster', 'identity: kube-system 1234\nserver: v1.36.3\n']]));
    const found = await report();

    expect(found.head).to.include({ oid: head.oid, subject: 'change', committedAt: new Date(head.committedAt * 1000).toISOString() });
    expect(found.cluster).to.deep.equal({ name: '', identity: 'kube-system 1234', serverVersion: 'v1.36.3' });
    expect(found.types.objects).to.equal(2);
    expect(found.unsynced.filter(({ type }) => type === 'secrets')).to.deep.equal([{ type: 'secrets', reason: 'forbidden', since: null }]);
    expect(found.unsynced.map(({ type }) => type)).to.not.include.members(['configmaps', 'leases.coordination.k8s.io']);
  });

  it('names what churns, and the restore points', async () => {
    for (let i = 0; i < 30; i++) repository.commit(Object.fromEntries([map('restless', String(i)), ...(i < 3 ? [map('calm', String(i))] : [])]));
    const history = await openHistory({ location: repository.path, cacheFolder: join(folder, 'cache'), now: Date.now }, signal);
    const oid = history.head().oid;
    history.createPoint('good', history.head(), 'works');
    history.close();
    const found = await report();

    expect(found.churning).to.deep.equal([{ object: 'shop: configmaps/restless', changes: 30, commits: 30 }]);
    expect(found.points).to.deep.equal([{ name: 'good', oid }]);
    expect(renderStatus(found, { now: Date.now(), wide: false, paint: (_style, text) => text })).to.contain('good').and.contain('restless   30 in the last 30 commits');
  });
});
