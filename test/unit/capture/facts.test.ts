import { expect } from 'chai';
import { ClusterFacts } from '../../../src/capture/facts.js';
import type { JsonObject } from '../../../src/lib/json.js';
import type { ResourceType } from '../../../src/model/resource-type.js';

const type = (group: string, resource: string, namespaced = true): ResourceType => ({ group, version: 'v1', resource, kind: resource, namespaced, watchable: true });
const HPAS = type('autoscaling', 'horizontalpodautoscalers');
const SCALED_OBJECTS = type('keda.sh', 'scaledobjects');
const NAMESPACES = type('', 'namespaces', false);
const APISERVICES = type('apiregistration.k8s.io', 'apiservices', false);

const scaler = (name: string, target: JsonObject): JsonObject => ({ metadata: { name, namespace: 'shop' }, spec: { scaleTargetRef: target } });
const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
const TARGET = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' };

describe('facts about the cluster', () => {
  it('name the target of an autoscaler when it comes and when it goes', () => {
    const facts = new ClusterFacts();
    const before = facts.current;
    expect(facts.observe(HPAS, scaler('web', WEB), false).rescaled).to.deep.equal([TARGET]);
    expect([...facts.current.scaled]).to.deep.equal(['shop/apps/Deployment/web']);
    expect(facts.current).to.not.equal(before);
    expect(facts.observe(HPAS, scaler('web', WEB), false).rescaled, 'nothing new').to.deep.equal([]);
    expect(facts.observe(HPAS, scaler('web', WEB), true).rescaled).to.deep.equal([TARGET]);
    expect(facts.current.scaled.size).to.equal(0);
  });

  it('count two autoscalers of one target as one, until both are gone', () => {
    const facts = new ClusterFacts();
    facts.observe(HPAS, scaler('web', WEB), false);
    expect(facts.observe(SCALED_OBJECTS, scaler('web', { name: 'web' }), false).rescaled).to.deep.equal([]);
    expect(facts.observe(HPAS, scaler('web', WEB), true).rescaled).to.deep.equal([]);
    expect(facts.observe(SCALED_OBJECTS, scaler('web', { name: 'web' }), true).rescaled).to.deep.equal([TARGET]);
  });

  it('name both targets when an autoscaler turns to another', () => {
    const facts = new ClusterFacts();
    facts.observe(HPAS, scaler('web', WEB), false);
    const { rescaled } = facts.observe(HPAS, scaler('web', { ...WEB, name: 'api' }), false);
    expect(rescaled.map(({ name }) => name)).to.have.members(['web', 'api']);
  });

  it('forget what a complete list did not have', () => {
    const facts = new ClusterFacts();
    facts.observe(HPAS, scaler('web', WEB), false);
    facts.observe(NAMESPACES, { metadata: { name: 'old', deletionTimestamp: 'now' } }, false);
    expect(facts.listed(HPAS, new Set()).rescaled).to.deep.equal([TARGET]);
    facts.listed(NAMESPACES, new Set(['/shop']));
    expect([...facts.namespaces, ...facts.terminating]).to.deep.equal([]);
  });

  it('know which namespaces are ending', () => {
    const facts = new ClusterFacts();
    facts.observe(NAMESPACES, { metadata: { name: 'a', deletionTimestamp: '2026-11-21T00:00:00Z' } }, false);
    expect([...facts.terminating]).to.deep.equal(['a']);
    facts.observe(NAMESPACES, { metadata: { name: 'a' } }, true);
    expect([...facts.terminating]).to.deep.equal([]);
  });

  it('know the groups that another server answers', () => {
    const facts = new ClusterFacts();
    const apiService = (service: JsonObject | null): JsonObject => ({ metadata: { name: 'v1.metrics.k8s.io' }, spec: { group: 'metrics.k8s.io', service } });
    expect(facts.observe(APISERVICES, apiService({ name: 'metrics' }), false).types).to.equal(true);
    expect([...facts.aggregatedGroups]).to.deep.equal(['metrics.k8s.io']);
    facts.observe(APISERVICES, apiService(null), false);
    expect([...facts.aggregatedGroups]).to.deep.equal([]);
  });
});
