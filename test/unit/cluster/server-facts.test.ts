import { expect } from 'chai';
import { TIMEOUTS } from '../../../src/cluster/options.js';
import { ServerFacts } from '../../../src/cluster/server-facts.js';
import type { ResourceType } from '../../../src/model/resource-type.js';
import { sendJson, startApiServerDouble, status } from '../../support/api-server-double.js';
import { CONFIG_MAPS, DEPLOYMENTS, failure, transportTo } from '../../support/double-transport.js';

const WIDGETS: ResourceType = { group: 'example.com', version: 'v1', resource: 'widgets', kind: 'Widget', namespaced: true, watchable: true };
const WIDGETS_AGGREGATED = { items: [{ spec: { group: 'example.com', version: 'v1', service: { name: 'x' } } }, { spec: { group: 'apps', version: 'v1' } }] };

describe('ServerFacts', () => {
  it('says that only a server from 1.33 on streams lists, and only those that it answers itself', async () => {
    const cases: [unknown, unknown, ResourceType, boolean][] = [
      [{ gitVersion: 'v1.33.1-gke.7' }, WIDGETS_AGGREGATED, CONFIG_MAPS, true],
      [{ gitVersion: 'v1.36.3', emulationMinor: '32' }, WIDGETS_AGGREGATED, CONFIG_MAPS, false],
      [{ gitVersion: 'v1.32.9' }, WIDGETS_AGGREGATED, CONFIG_MAPS, false],
      [{ gitVersion: 'main' }, WIDGETS_AGGREGATED, CONFIG_MAPS, false],
      [403, WIDGETS_AGGREGATED, CONFIG_MAPS, false],
      [{ gitVersion: 'v1.36.3' }, WIDGETS_AGGREGATED, WIDGETS, false],
      [{ gitVersion: 'v1.36.3' }, { items: [] }, WIDGETS, true],
      [{ gitVersion: 'v1.36.3' }, 403, WIDGETS, false],
      [{ gitVersion: 'v1.36.3' }, 403, DEPLOYMENTS, true],
    ];
    for (const [version, aggregated, type, streams] of cases) {
      const double = await startApiServerDouble({ protocol: 'plain' }, (exchange) => {
        const answer = exchange.path === '/version' ? version : aggregated;
        if (typeof answer === 'number') sendJson(exchange, status(answer, 'No', 'no'), answer);
        else sendJson(exchange, answer);
      });
      const transport = transportTo(double);
      const facts = new ServerFacts(transport, TIMEOUTS);
      const answer = await facts.streams(type, new AbortController().signal);
      transport.close();
      await double.close();
      expect(answer, JSON.stringify([version, aggregated, type.resource])).to.equal(streams);
    }
  });

  it('asks once for many types, and once more when the first asker left', async () => {
    const leaving = new AbortController();
    const double = await startApiServerDouble({ protocol: 'plain' }, (exchange) => {
      if (!leaving.signal.aborted) leaving.abort(new Error('left'));
      else sendJson(exchange, exchange.path === '/version' ? { gitVersion: 'v1.36.3' } : { items: [] });
    });
    const transport = transportTo(double);
    const facts = new ServerFacts(transport, TIMEOUTS);

    expect((await failure(facts.streams(CONFIG_MAPS, leaving.signal))).message).to.equal('left');
    const answers = await Promise.all(Array.from({ length: 20 }, () => facts.streams(CONFIG_MAPS, new AbortController().signal)));
    expect(answers.every(Boolean)).to.equal(true);
    expect(double.seen.filter(({ url }) => url === '/version')).to.have.lengthOf(2);
    transport.close();
    await double.close();
  });
});
