import { expect } from 'chai';
import { heartbeat } from '../../../src/standin/heartbeat.js';
import { StandInCluster } from '../../../src/standin/stand-in-cluster.js';
import { configMapOf, deploymentOf, namespaceOf, type Loose } from './objects.js';

describe('stand-in: controllers', () => {
  let cluster: StandInCluster;
  const all = (type: string): Loose[] => cluster.readAll(type, 'shop');
  beforeEach(() => {
    cluster = new StandInCluster();
    cluster.create(namespaceOf('shop'));
  });

  it('furnish a namespace with a ServiceAccount and the root certificate', () => {
    expect(all('serviceaccounts').map((account) => account.metadata.name)).to.deep.equal(['default']);
    expect(all('configmaps').map((map) => map.metadata.name)).to.deep.equal(['kube-root-ca.crt']);
  });

  it('make a ReplicaSet and Pods of a Deployment, each controlled by what made it', () => {
    cluster.create(deploymentOf('shop', 'web', 3));
    const [set] = all('replicasets.apps');
    expect(set.metadata.ownerReferences).to.have.length(1);
    expect(set.metadata.ownerReferences[0]).to.include({ kind: 'Deployment', name: 'web', controller: true });
    expect(all('pods')).to.have.length(3);
    for (const pod of all('pods')) {
      expect(pod.metadata.ownerReferences[0]).to.include({ kind: 'ReplicaSet', uid: set.metadata.uid, controller: true });
      expect(pod.status.phase).to.equal('Running');
    }
    expect((cluster.read('deployments.apps', 'shop', 'web') as Loose).status).to.include({ readyReplicas: 3, observedGeneration: 1 });
  });

  it('replace the Pods when the image changes and keep the old ReplicaSet empty', () => {
    cluster.create(deploymentOf('shop', 'web', 2));
    const old = all('pods').map((pod) => pod.metadata.uid);
    cluster.update(deploymentOf('shop', 'web', 2, 'web:2'));
    expect(all('replicasets.apps').map((set) => set.spec.replicas).sort()).to.deep.equal([0, 2]);
    expect(all('pods').map((pod) => pod.spec.containers[0].image)).to.deep.equal(['web:2', 'web:2']);
    expect(all('pods').some((pod) => old.includes(pod.metadata.uid))).to.equal(false);
    expect((cluster.read('deployments.apps', 'shop', 'web') as Loose).metadata.annotations['deployment.kubernetes.io/revision']).to.equal('2');
  });

  it('go back to the old ReplicaSet when the old image comes back', () => {
    for (const image of ['web:1', 'web:2', 'web:1']) {
      const web = deploymentOf('shop', 'web', 1, image);
      if (cluster.read('deployments.apps', 'shop', 'web') === null) cluster.create(web);
      else cluster.update(web);
    }
    expect(all('replicasets.apps')).to.have.length(2);
    expect((cluster.read('deployments.apps', 'shop', 'web') as Loose).metadata.annotations['deployment.kubernetes.io/revision']).to.equal('3');
  });

  it('scale Pods with the Deployment and take everything away with it', () => {
    cluster.create(deploymentOf('shop', 'web', 1));
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { replicas: 4 } }, { subresource: 'scale', manager: 'kubectl' });
    expect(all('pods')).to.have.length(4);
    cluster.patchMerge('deployments.apps', 'shop', 'web', { spec: { replicas: 1 } }, { subresource: 'scale', manager: 'kubectl' });
    expect(all('pods')).to.have.length(1);
    cluster.remove('deployments.apps', 'shop', 'web');
    expect([...all('pods'), ...all('replicasets.apps')]).to.deep.equal([]);
  });

  it('keep the Endpoints of a Service at the addresses of its Pods', () => {
    cluster.create({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
    const addresses = (): string[] => ((cluster.read('endpoints', 'shop', 'web') as Loose).subsets[0]?.addresses ?? []).map((entry: Loose) => entry.ip);
    expect(addresses()).to.deep.equal([]);
    cluster.create(deploymentOf('shop', 'web', 2));
    expect(addresses()).to.have.members(all('pods').map((pod) => pod.status.podIP));
    cluster.remove('deployments.apps', 'shop', 'web');
    expect(addresses()).to.deep.equal([]);
    cluster.remove('services', 'shop', 'web');
    expect(cluster.read('endpoints', 'shop', 'web')).to.equal(null);
  });

  it('bind a claim to a new volume, which goes with it', () => {
    cluster.create({
      apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data', namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '5Gi' } } },
    });
    const claim: Loose = cluster.read('persistentvolumeclaims', 'shop', 'data');
    const volume: Loose = cluster.read('persistentvolumes', '', claim.spec.volumeName);
    expect(claim.status.phase).to.equal('Bound');
    expect(volume.spec.claimRef).to.include({ namespace: 'shop', name: 'data', uid: claim.metadata.uid });
    cluster.remove('persistentvolumeclaims', 'shop', 'data');
    expect(cluster.readAll('persistentvolumes')).to.deep.equal([]);
  });

  it('run a Pod for each ordinal of a StatefulSet and for each node of a DaemonSet', () => {
    const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [{ name: 'db', image: 'db:1' }] } };
    cluster.create({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'db', namespace: 'shop' }, spec: { replicas: 2, serviceName: 'db', selector: { matchLabels: { app: 'db' } }, template } });
    expect(all('pods').map((pod) => pod.metadata.name)).to.deep.equal(['db-0', 'db-1']);
    cluster.create({ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'agent', namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'db' } }, template } });
    expect(all('pods').filter((pod) => pod.metadata.name.startsWith('agent-')).map((pod) => pod.spec.nodeName)).to.have.members(['worker-1', 'worker-2', 'worker-3']);
  });

  it('beat: leases, node status and leader locks change, and nothing that anybody wrote', () => {
    cluster.create(deploymentOf('shop', 'web', 1));
    cluster.create({ ...configMapOf('shop', 'lock'), metadata: { name: 'lock', namespace: 'shop', annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } } });
    const web = cluster.read('deployments.apps', 'shop', 'web');
    const { revision } = cluster;
    const writes = heartbeat(cluster, new Date(Date.UTC(2026, 10, 21)));
    expect(cluster.revision - revision).to.equal(writes);
    expect(writes).to.equal(5 + 3 + 1);
    expect((cluster.read('leases.coordination.k8s.io', 'kube-system', 'kube-scheduler') as Loose).spec.renewTime).to.equal('2026-11-21T00:00:00.000000Z');
    expect(cluster.read('deployments.apps', 'shop', 'web')).to.deep.equal(web);
  });
});
