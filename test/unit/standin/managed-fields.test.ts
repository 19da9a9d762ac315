import { expect } from 'chai';
import fc from 'fast-check';
import { StandInCluster } from '../../../src/standin/stand-in-cluster.js';
import { propertyRuns } from '../../support/scale.js';
import { configMapOf, definitionOf, deploymentOf, namespaceOf, type Loose } from './objects.js';

describe('stand-in: managedFields', () => {
  let cluster: StandInCluster;
  beforeEach(() => {
    cluster = new StandInCluster({ clock: () => Date.UTC(2026, 10, 21, 12) });
    cluster.create(namespaceOf('shop'));
  });

  it('name the writer of every field of a Deployment, in the real server\'s form', () => {
    cluster.create(deploymentOf('shop', 'web', 2), { manager: 'helm' });
    const entry = entryOf(cluster.read('deployments.apps', 'shop', 'web'), 'helm');
    expect(entry).to.include({ operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', time: '2026-11-21T12:00:00Z' });
    expect(entry.fieldsV1['f:metadata']).to.deep.equal({ 'f:labels': { '.': {}, 'f:app': {} } });
    expect(entry.fieldsV1['f:spec']).to.include.keys('f:replicas', 'f:selector', 'f:template');
    expect(entry.fieldsV1['f:spec']['f:selector']).to.deep.equal({});
    const container = entry.fieldsV1['f:spec']['f:template']['f:spec']['f:containers']['k:{"name":"web"}'];
    expect(container['f:image']).to.deep.equal({});
    expect(container['f:ports']['k:{"containerPort":80,"protocol":"TCP"}']).to.deep.equal({ '.': {}, 'f:containerPort': {}, 'f:protocol': {} });
    expect(entry.fieldsV1).to.not.have.property('f:status');
  });

  it('name the controller for status, as a subresource', () => {
    cluster.create(deploymentOf('shop', 'web', 2), { manager: 'helm' });
    const entry = entryOf(cluster.read('deployments.apps', 'shop', 'web'), 'kube-controller-manager');
    expect(entry).to.include({ subresource: 'status' });
    expect(entry.fieldsV1['f:status']).to.include.keys('f:replicas', 'f:conditions');
  });

  it('move a field to whoever changed it and leave the others', () => {
    cluster.create(deploymentOf('shop', 'web', 2), { manager: 'helm' });
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { replicas: 5 } }, { manager: 'kubectl', subresource: 'scale' });
    const web = cluster.read('deployments.apps', 'shop', 'web');
    expect(entryOf(web, 'kubectl')).to.deep.include({ subresource: 'scale', fieldsV1: { 'f:spec': { 'f:replicas': {} } } });
    expect(entryOf(web, 'helm').fieldsV1['f:spec']).to.not.have.property('f:replicas');
    expect(entryOf(web, 'helm').fieldsV1['f:spec']).to.have.property('f:template');
  });

  it('leave to nobody what the server allocated to a Service, and to the writer what it asked for', () => {
    const ports = [{ name: 'a', port: 80 }, { name: 'b', port: 81, nodePort: 31_999 }];
    cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { type: 'NodePort', ports } });
    const web: Loose = cluster.read('services', 'shop', 'web');
    const fields = web.metadata.managedFields[0].fieldsV1['f:spec'];
    expect(web.spec.clusterIP).to.match(/^10\.96\./);
    expect(web.spec.ports[0].nodePort).to.be.within(30_000, 32_767);
    expect(fields).to.not.have.any.keys('f:clusterIP', 'f:clusterIPs', 'f:ipFamilies', 'f:ipFamilyPolicy');
    expect(fields['f:ports']['k:{"port":80,"protocol":"TCP"}']).to.not.have.property('f:nodePort');
    expect(fields['f:ports']['k:{"port":81,"protocol":"TCP"}']).to.have.property('f:nodePort');
  });

  it('leave a headless Service to who made it so, and keep allocations through updates', () => {
    const spec = { clusterIP: 'None', ports: [{ port: 80 }] };
    const headless: Loose = cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'db', namespace: 'shop' }, spec });
    expect(headless.spec.clusterIPs).to.deep.equal(['None']);
    expect(headless.metadata.managedFields[0].fieldsV1['f:spec']).to.have.property('f:clusterIP');
    const bare = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } };
    const first: Loose = cluster.create(bare);
    const second: Loose = cluster.update({ ...bare, metadata: { ...bare.metadata, labels: { tier: 'front' } } });
    expect(second.spec).to.deep.equal(first.spec);
  });

  it('keep an Apply entry beside an Update entry of the same manager', () => {
    cluster.create(configMapOf('shop', 'a', { one: '1' }), { manager: 'flux', operation: 'Apply' });
    cluster.patchMerge('configmaps', 'shop', 'a', { data: { two: '2' } }, { manager: 'flux' });
    const entries = (cluster.read('configmaps', 'shop', 'a') as Loose).metadata.managedFields;
    expect(entries.map((entry: Loose) => entry.operation)).to.deep.equal(['Apply', 'Update']);
  });

  it('treat lists of a custom type as one field each', () => {
    cluster.create(definitionOf('widgets', 'example.com'));
    cluster.create({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'shop' }, spec: { containers: [{ name: 'a' }], selector: { app: 'x' } } });
    const [entry] = (cluster.read('widgets.example.com', 'shop', 'w') as Loose).metadata.managedFields;
    expect(entry.fieldsV1['f:spec']).to.deep.equal({ 'f:containers': {}, 'f:selector': { '.': {}, 'f:app': {} } });
  });

  it('name for each key of a ConfigMap the last writer that changed it, whatever the order of writes', () => {
    const key = fc.constantFrom('a', 'b', 'c', '__proto__', 'f:x');
    const write = fc.record({ manager: fc.constantFrom('helm', 'kubectl', 'argo'), key, value: fc.option(fc.constantFrom('1', '2')) });
    let run = 0;
    fc.assert(fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const name = `map-${run += 1}`;
      cluster.create(configMapOf('shop', name, {}), { manager: 'helm' });
      const values = new Map<string, string>();
      const owners = new Map<string, string>();
      for (const { manager, key: changed, value } of writes) {
        cluster.patchMerge('configmaps', 'shop', name, { data: Object.fromEntries([[changed, value]]) }, { manager });
        if (value === null) {
          values.delete(changed);
          owners.delete(changed);
        } else if (values.get(changed) !== value) {
          values.set(changed, value);
          owners.set(changed, manager);
        }
      }
      const entries: Loose[] = (cluster.read('configmaps', 'shop', name) as Loose).metadata.managedFields;
      const found = entries.flatMap((entry) => Object.keys(entry.fieldsV1['f:data'] ?? {}).filter((field) => field !== '.').map((field) => [field.slice(2), entry.manager]));
      expect(new Map(found as [string, string][])).to.deep.equal(owners);
      expect(found).to.have.length(owners.size);
    }), propertyRuns(100));
  });
});

function entryOf(object: Loose, manager: string): Loose {
  const entry = object.metadata.managedFields.find((candidate: Loose) => candidate.manager === manager);
  if (entry === undefined) throw new Error(`${manager} manages nothing`);
  return entry;
}
