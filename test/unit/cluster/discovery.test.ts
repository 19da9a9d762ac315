import { expect } from 'chai';
import { discoverTypes } from '../../../src/cluster/discovery.js';
import { TIMEOUTS } from '../../../src/cluster/options.js';
import type { Discovery } from '../../../src/model/cluster-reader.js';
import { sendJson, startApiServerDouble, status, type ApiServerDouble } from '../../support/api-server-double.js';
import { failure, transportTo } from '../../support/double-transport.js';

const READ = ['get', 'list', 'watch'];

function served(resource: string, kind: string, more: object = {}): object {
  return { resource, responseKind: { group: '', version: '', kind }, scope: 'Namespaced', verbs: READ, ...more };
}

function group(name: string, ...versions: object[]): object {
  return { metadata: name === '' ? {} : { name }, versions };
}

const CORE = { kind: 'APIGroupDiscoveryList', items: [group('', { version: 'v1', resources: [served('configmaps', 'ConfigMap', { shortNames: ['cm'], subresources: [{ subresource: 'status' }] }), served('nodes', 'Node', { scope: 'Cluster' }), served('bindings', 'Binding', { verbs: ['create'] })] })] };

describe('discoverTypes', () => {
  let double: ApiServerDouble;
  const discover = async (answers: Record<string, unknown>, pinned: Record<string, string> = {}): Promise<Discovery> => {
    double = await startApiServerDouble({ protocol: 'plain' }, (exchange) => {
      const answer = answers[exchange.path];
      if (answer === undefined) sendJson(exchange, status(404, 'NotFound', 'no'), 404);
      else if (typeof answer === 'number') sendJson(exchange, status(answer, 'Bad', 'out of order'), answer);
      else sendJson(exchange, answer);
    });
    const transport = transportTo(double);
    try {
      return await discoverTypes({ transport, timeouts: TIMEOUTS }, new Map(Object.entries(pinned)), new AbortController().signal);
    } finally {
      transport.close();
      await double.close();
    }
  };
  const names = ({ types }: Discovery): string[] => types.map((type) => `${type.group}/${type.version} ${type.resource}`);

  it('reads an aggregated document: types with list, without subresources, with short names', async () => {
    const { types, failedGroups } = await discover({ '/api': CORE, '/apis': { kind: 'APIGroupDiscoveryList', items: [group('apps', { version: 'v1', resources: [served('deployments', 'Deployment', { verbs: ['list'] })] })] } });

    expect(types).to.deep.equal([
      { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true, shortNames: ['cm'] },
      { group: '', version: 'v1', resource: 'nodes', kind: 'Node', namespaced: false, watchable: true },
      { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, watchable: false },
    ]);
    expect(failedGroups).to.deep.equal([]);
    expect(double.seen.map(({ url }) => url)).to.have.members(['/api', '/apis']);
  });

  const VERSIONS = { kind: 'APIGroupDiscoveryList', items: [group('x.io', { version: 'v2', resources: [served('as', 'A'), served('cs', 'C')] }, { version: 'v1', resources: [served('as', 'A'), served('bs', 'B')] })] };

  it('takes each type once: in the preferred version, or the first that has it, or the pinned one while it is served', async () => {
    expect(names(await discover({ '/api': CORE, '/apis': VERSIONS })).slice(2)).to.deep.equal(['x.io/v2 as', 'x.io/v2 cs', 'x.io/v1 bs']);
    expect(names(await discover({ '/api': CORE, '/apis': VERSIONS }, { 'as.x.io': 'v1', 'bs.x.io': 'v9' })).slice(2)).to.deep.equal(['x.io/v1 as', 'x.io/v2 cs', 'x.io/v1 bs']);
  });

  it('names a stale version as failed, and does not move a type off the pinned version because of it', async () => {
    const stale = { kind: 'APIGroupDiscoveryList', items: [group('x.io', { version: 'v2', resources: [served('as', 'A')] }, { version: 'v1', freshness: 'Stale', resources: [] }), group('metrics.k8s.io', { version: 'v1', freshness: 'Stale' })] };
    const discovery = await discover({ '/api': CORE, '/apis': stale }, { 'as.x.io': 'v1' });

    expect(names(discovery)).to.deep.equal(['/v1 configmaps', '/v1 nodes']);
    expect(discovery.failedGroups.map((failed) => failed.group)).to.deep.equal(['x.io/v1', 'metrics.k8s.io']);
  });

  it('reads the documents of an old server, and goes on where one fails', async () => {
    const discovery = await discover({
      '/api': { kind: 'APIVersions', versions: ['v1'] },
      '/api/v1': { kind: 'APIResourceList', resources: [{ name: 'pods', namespaced: true, kind: 'Pod', verbs: READ, shortNames: ['po'] }, { name: 'pods/status', namespaced: true, kind: 'Pod', verbs: ['get'] }] },
      '/apis': { kind: 'APIGroupList', groups: [{ name: 'x.io', versions: [{ groupVersion: 'x.io/v1', version: 'v1' }, { groupVersion: 'x.io/v2', version: 'v2' }], preferredVersion: { version: 'v2' } }, { name: 'down.io', versions: [{ version: 'v1' }] }] },
      '/apis/x.io/v1': { resources: [{ name: 'as', namespaced: false, kind: 'A', verbs: ['list'] }] },
      '/apis/x.io/v2': { resources: [{ name: 'as', namespaced: false, kind: 'A', verbs: ['list'] }] },
      '/apis/down.io/v1': 503,
    });

    expect(names(discovery)).to.deep.equal(['/v1 pods', 'x.io/v2 as']);
    expect(discovery.failedGroups).to.deep.equal([{ group: 'down.io', reason: 'Could not discover /apis/down.io/v1: 503 Service Unavailable: out of order' }]);
  });

  it('keeps the rest when a part of the document is broken or would lead elsewhere', async () => {
    const broken = [
      group('good.io', { version: 'v1', resources: [served('as', 'A')] }),
      group('kindless.io', { version: 'v1', resources: [{ resource: 'as', verbs: READ }] }),
      group('path.io', { version: 'v1', resources: [served('../../secrets', 'A')] }),
      group('../up', { version: 'v1', resources: [served('as', 'A')] }),
      group('text.io', { version: 'v1', resources: 'no' }),
      null,
    ];
    const discovery = await discover({ '/api': CORE, '/apis': { kind: 'APIGroupDiscoveryList', items: broken } });

    expect(names(discovery).slice(2)).to.deep.equal(['good.io/v1 as']);
    expect(discovery.failedGroups.map((failed) => failed.group)).to.deep.equal(['kindless.io', 'path.io', '../up', 'text.io', 'unknown']);
  });

  it('names the core group as failed when it does not answer, and rejects when the groups do not', async () => {
    expect((await discover({ '/api': 500, '/apis': VERSIONS })).failedGroups.map((failed) => failed.group)).to.deep.equal(['']);
    expect(await failure(discover({ '/api': CORE, '/apis': 403 }))).to.include({ code: 'FORBIDDEN' });
    expect(await failure(discover({ '/api': CORE, '/apis': '<html>' }))).to.include({ code: 'MALFORMED' });
    expect(await failure(discover({ '/api': CORE, '/apis': {} }))).to.include({ code: 'MALFORMED' });
  });
});
