import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { daemonStatus } from '../../../src/cli/status/daemon-status.js';
import { repositoryStatus, type StatusTape } from '../../../src/cli/status/repository-status.js';
import { readEnvironment } from '../../../src/config/env.js';
import { NO_FLAGS } from '../../../src/config/flags.js';
import { loadSettings } from '../../../src/config/load.js';
import { healthRoutes } from '../../../src/server/health.js';
import { startHttpServer } from '../../../src/server/http.js';
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
  const message = 'shop: 3 changes\n\nBody: no trailer\n\nKubetape-Cluster: kube-system 1234\nKubetape-Complete-To: 4711\nKubetape-Coverage: complete\n';

  function tape(files: readonly string[], head = true): StatusTape & { closed: boolean } {
    return {
      closed: false,
      location: '/data/c.git',
      head: () => (head ? { oid: 'a'.repeat(40), tree: 'b'.repeat(40), parents: [], message, committedAt: 1_700_000_000 } : null),
      files: (folder) => files.filter((path) => path.startsWith(`${folder}/`)).map((path) => ({ path, oid: 'c'.repeat(40) })),
      close() { this.closed = true; },
    };
  }

  it('counts objects and types of the tree and reads the trailers of the head', async () => {
    const { settings } = await loadSettings({ file: undefined, environment: readEnvironment({}), flags: NO_FLAGS, workingFolder: '/' }, signal);
    const opened = tape(['.kubetape/format', 'namespaces/a/secrets/x.yaml', 'namespaces/b/secrets/x.yaml', 'namespaces/b/deployments.apps/y.yaml', 'cluster/nodes/n.yaml']);

    const report = await repositoryStatus(settings, { open: async () => opened, version: '0.1.0' }, signal);

    expect(report.types).to.include({ total: 3, objects: 4 });
    expect(report.head).to.include({ subject: 'shop: 3 changes', completeTo: '4711', coverage: 'complete', committedAt: '2023-11-14T22:13:20.000Z' });
    expect(report.cluster?.identity).to.equal('kube-system 1234');
    expect(opened.closed).to.equal(true);
  });

  it('says that nothing is committed yet', async () => {
    const { settings } = await loadSettings({ file: undefined, environment: readEnvironment({}), flags: NO_FLAGS, workingFolder: '/' }, signal);

    expect(await repositoryStatus(settings, { open: async () => tape([], false), version: '0' }, signal)).to.include({ head: null, cluster: null });
  });
});
