import { expect } from 'chai';
import { serviceStatus } from '../../../src/cli/status/service-status.js';
import { rawGet } from '../../../src/cluster/raw-get.js';
import { startApiServerDouble, type ApiServerDouble } from '../../support/api-server-double.js';
import { CLUSTER_OPTIONS, NO_SETTINGS, writeKubeconfig } from '../../support/cluster-settings.js';
import { statusReport } from '../../support/status-report.js';

const signal = new AbortController().signal;

describe('cluster/raw-get', () => {
  let server: ApiServerDouble;
  let answer: [status: number, body: unknown];
  beforeEach(async () => {
    answer = [200, statusReport()];
    server = await startApiServerDouble({ protocol: 'plain' }, ({ response }) => {
      response.statusCode = answer[0];
      response.end(JSON.stringify(answer[1]));
    });
  });
  afterEach(() => server.close());

  const settings = (context: object = {}) => ({ ...NO_SETTINGS, kubeconfig: writeKubeconfig({ server: server.url }, { token: 'secret' }, context) });

  it('asks a Service through the API server, with the credentials of the kubeconfig', async () => {
    expect(await serviceStatus('ops/kubetape:http', settings(), '0.1.0', signal)).to.deep.equal(statusReport());
    expect(server.seen.map(({ url }) => url)).to.deep.equal(['/api/v1/namespaces/ops/services/kubetape:http/proxy/status']);
    expect(server.seen[0]?.headers['authorization']).to.equal('Bearer secret');
  });

  it('takes the namespace of the context, else default, and the port of the manifests', async () => {
    await serviceStatus('kubetape', settings({ namespace: 'tape' }), '0.1.0', signal);
    await serviceStatus('kubetape', settings(), '0.1.0', signal);

    expect(server.seen.map(({ url }) => url)).to.deep.equal([
      '/api/v1/namespaces/tape/services/kubetape:8080/proxy/status', '/api/v1/namespaces/default/services/kubetape:8080/proxy/status',
    ]);
  });

  it('says what the server refused, and that somebody else answers', async () => {
    answer = [503, { kind: 'Status', message: 'no endpoints available for service "kubetape"' }];
    const refused: unknown = await serviceStatus('ops/kubetape', settings(), '0.1.0', signal).catch((thrown: unknown) => thrown);
    expect(refused).to.include({ code: 'SERVER', exitCode: 10 });
    expect((refused as Error).message).to.contain('service kubetape:8080 in namespace ops').and.contain('no endpoints available');

    answer = [200, { kind: 'Pod' }];
    expect(await serviceStatus('ops/kubetape', settings(), '0.1.0', signal).catch((thrown: unknown) => thrown)).to.have.property('code', 'NOT_A_STATUS');
    for (const bad of ['a/b/c', '../x', 'a:b:c', '', 'A']) {
      expect(await serviceStatus(bad, settings(), '0.1.0', signal).catch((thrown: unknown) => thrown), bad).to.include({ code: 'USAGE', exitCode: 2 });
    }
  });

  it('ends with the reason of the signal', async () => {
    const ending = new AbortController();
    server.handle = () => { ending.abort(new Error('enough')); };
    const request = { what: () => 'wait', path: () => '/slow' };

    const error: unknown = await rawGet(settings(), {}, CLUSTER_OPTIONS, request, ending.signal).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'enough');
  });
});
