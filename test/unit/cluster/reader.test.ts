import { expect } from 'chai';
import { openCluster } from '../../../src/cluster/reader.js';
import type { ClusterOptions } from '../../../src/cluster/options.js';
import type { ClusterError } from '../../../src/model/cluster-error.js';
import type { ClusterReader } from '../../../src/model/cluster-reader.js';
import { begin, sendJson, startApiServerDouble, status, type ApiServerDouble } from '../../support/api-server-double.js';
import { CLUSTER_OPTIONS, NO_SETTINGS } from '../../support/cluster-settings.js';
import { DEPLOYMENTS, failure } from '../../support/double-transport.js';

const EVER = new AbortController().signal;

describe('openCluster', () => {
  let double: ApiServerDouble;
  let cluster: ClusterReader;
  /** Documents by path; a number is a refusal of that status. */
  let answers: Record<string, unknown>;
  const open = async (options: Partial<ClusterOptions> = {}): Promise<ClusterReader> =>
    (cluster = await openCluster({ ...NO_SETTINGS, server: double.url }, {}, { ...CLUSTER_OPTIONS, ...options }));
  beforeEach(async () => {
    answers = {};
    double = await startApiServerDouble({ protocol: 'plain' }, (exchange) => {
      const answer = answers[exchange.path];
      const name = exchange.path.split('/').at(-1);
      if (answer === undefined) sendJson(exchange, status(404, 'NotFound', 'not found', { name }), 404);
      else if (typeof answer === 'number') sendJson(exchange, status(answer, 'No', 'no'), answer);
      else sendJson(exchange, answer);
    });
  });
  afterEach(async () => {
    await cluster.close();
    await double.close();
  });

  const namespace = (uid: string): object => ({ metadata: { uid } });

  it('is identified by kube-system, else by the namespaces that the filter names', async () => {
    answers['/api/v1/namespaces/kube-system'] = namespace('u0');
    expect(await (await open({ namespaces: ['shop'] })).identity(EVER)).to.deep.equal({ text: 'kube-system u0' });
    answers = { '/api/v1/namespaces/kube-system': 403, '/api/v1/namespaces/shop': namespace('u2'), '/api/v1/namespaces/bank': namespace('u1') };
    await cluster.close();

    expect(await (await open({ namespaces: ['shop', 'bank', 'shop'] })).identity(EVER)).to.deep.equal({ text: 'namespaces bank=u1,shop=u2' });
    answers['/api/v1/namespaces/bank'] = 403;
    const error = await failure<ClusterError>(cluster.identity(EVER));
    expect(error).to.include({ code: 'FORBIDDEN', retry: false });
    expect(error.hint).to.contain('kube-system');
    answers['/api/v1/namespaces/kube-system'] = 500;
    expect(await failure(cluster.identity(EVER))).to.include({ code: 'SERVER' });
  });

  it('says which version the server is, and which one it emulates', async () => {
    await open();
    answers['/version'] = { major: '1', minor: '36', gitVersion: 'v1.36.3', emulationMajor: '1', emulationMinor: '36' };
    expect(await cluster.serverVersion(EVER)).to.equal('v1.36.3');
    answers['/version'] = { major: '1', minor: '36', gitVersion: 'v1.36.3', emulationMajor: '1', emulationMinor: '33' };
    expect(await cluster.serverVersion(EVER)).to.equal('v1.36.3 (emulating 1.33)');
    answers['/version'] = {};
    expect(await failure(cluster.serverVersion(EVER))).to.include({ code: 'MALFORMED' });
  });

  it('gives an object as the server wrote it, null only when the server says that this object is not there', async () => {
    await open();
    const path = '/apis/apps/v1/namespaces/shop/deployments/we%3Ab';
    answers[path] = '{"metadata":{"name":"we:b"}, "n": 9223372036854775807}';
    const bytes = await cluster.get(DEPLOYMENTS, 'shop', 'we:b', EVER);
    expect(Buffer.from(bytes ?? []).toString()).to.equal(answers[path]);
    expect(await cluster.get(DEPLOYMENTS, 'shop', 'other', EVER)).to.equal(null);

    await double.close();
    double = await startApiServerDouble({ protocol: 'plain' }, (exchange) => {
      if (exchange.path.endsWith('cut')) begin(exchange).end('{"metadata":{"na');
      else sendJson(exchange, exchange.path.endsWith('html') ? '404 page not found' : status(404, 'NotFound', 'the server could not find the requested resource'), 404);
    });
    await cluster.close();
    await open();
    expect(await failure(cluster.get(DEPLOYMENTS, 'shop', 'html', EVER))).to.include({ code: 'NOT_FOUND' });
    expect(await failure(cluster.get(DEPLOYMENTS, 'shop', 'web', EVER))).to.include({ code: 'NOT_FOUND', message: 'Could not read apps/v1 deployments/web in namespace shop: 404 Not Found: the server could not find the requested resource' });
    expect(await failure(cluster.get(DEPLOYMENTS, 'shop', 'cut', EVER))).to.include({ code: 'MALFORMED' });
  });
});
