import { expect } from 'chai';
import type { JsonObject } from '../../../src/lib/json.js';
import type { ResourceType } from '../../../src/model/resource-type.js';
import { WAVES } from '../../../src/model/restore-plan.js';
import { dangersOf } from '../../../src/restore/dangers.js';
import { readDesired, type DesiredObject } from '../../../src/restore/desired.js';
import { classOf } from '../../../src/restore/object-class.js';
import { dependenciesOf, waveOf } from '../../../src/restore/wave.js';
import { emit } from '../../../src/canon/emitter.js';
import { scopeFacts } from '../../support/restore-facts.js';

const type = (name: string, kind: string, namespaced = true, version = 'v1'): ResourceType => {
  const [resource = '', ...group] = name.split('.');
  return { group: group.join('.'), version, resource, kind, namespaced, watchable: true };
};
function desired(of: ResourceType, name: string, body: JsonObject = {}, comments: readonly string[] = [], namespace = 'shop'): DesiredObject {
  const { metadata, ...rest } = body;
  const object = { apiVersion: of.group === '' ? 'v1' : `${of.group}/v1`, kind: of.kind, metadata: { name, ...(of.namespaced ? { namespace } : {}), ...(metadata as JsonObject | undefined) }, ...rest };
  return readDesired({ read: () => Buffer.from(comments.map((line) => `# kubetape:${line}\n`).join('') + emit(object)) }, `some/${of.resource}/${name}.yaml`, '0'.repeat(40), of);
}

const MAPS = type('configmaps', 'ConfigMap');
const SECRETS = type('secrets', 'Secret');
const DEPLOYMENTS = type('deployments.apps', 'Deployment');
const JOBS = type('jobs.batch', 'Job');

describe('the class of an object', () => {
  const skip = (object: DesiredObject, facts = scopeFacts()): string => `${classOf(object, facts).class}${classOf(object, facts).skip === null ? '' : ', left out'}`;

  it('is durable for what people write, and for what an operator made that nobody makes again', () => {
    expect(skip(desired(MAPS, 'a'))).to.equal('durable');
    expect(skip(desired(SECRETS, 'db', {}, ['owner acid.zalan.do/v1 postgresql/db controller block']))).to.equal('derived');
  });

  it('leaves out what its controller makes again exactly', () => {
    expect(skip(desired(type('replicasets.apps', 'ReplicaSet'), 'web-1', {}, ['owner apps/v1 Deployment/web controller block']))).to.equal('derived, left out');
    expect(skip(desired(MAPS, 'kube-root-ca.crt'))).to.equal('derived, left out');
  });

  it('leaves out finished work, and Secrets of which only digests are there', () => {
    expect(skip(desired(JOBS, 'done', {}, ['finished Complete']))).to.equal('finished, left out');
    expect(skip(desired(JOBS, 'begun'))).to.equal('durable');
    expect(classOf(desired(SECRETS, 's', {}, ['digest data.password 16B hmac-sha256:0123456789abcdef0123456789abcdef']), scopeFacts()).skip).to.contain('digests');
  });

  it('leaves nodes to themselves, and what the cluster sets up to a restore of the whole cluster onto itself', () => {
    const role = desired(type('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', false), 'admin', { metadata: { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } } });
    expect(skip(desired(type('nodes', 'Node', false), 'n1'))).to.equal('node-bound, left out');
    expect(skip(role)).to.equal('cluster-bound, left out');
    expect(skip(role, scopeFacts({ everything: true }))).to.equal('cluster-bound');
    expect(skip(role, scopeFacts({ everything: true, sameCluster: false }))).to.equal('cluster-bound, left out');
  });

  it('writes into kube-system only when it was named, or with the whole cluster', () => {
    const map = desired(MAPS, 'coredns', {}, [], 'kube-system');
    expect(skip(map)).to.equal('cluster-bound, left out');
    expect(skip(map, scopeFacts({ namedNamespaces: new Set(['kube-system']) }))).to.equal('cluster-bound');
    expect(skip(map, scopeFacts({ everything: true }))).to.equal('cluster-bound');
  });

  it('leaves kubetape itself alone', () => {
    expect(skip(desired(DEPLOYMENTS, 'kubetape', { metadata: { labels: { 'app.kubernetes.io/name': 'kubetape' } } }))).to.equal('control, left out');
  });
});

describe('the order of a restore', () => {
  const wave = (name: string, kind: string): number => WAVES.indexOf(waveOf(desired(type(name, kind), 'x'), scopeFacts()));

  it('has definitions before their objects, policies before workloads, and admission last', () => {
    expect(wave('customresourcedefinitions.apiextensions.k8s.io', 'CustomResourceDefinition')).to.equal(0);
    expect(wave('networkpolicies.networking.k8s.io', 'NetworkPolicy')).to.be.lessThan(wave('deployments.apps', 'Deployment'));
    expect(wave('secrets', 'Secret')).to.be.lessThan(wave('statefulsets.apps', 'StatefulSet'));
    expect(wave('deployments.apps', 'Deployment')).to.be.lessThan(wave('certificates.cert-manager.io', 'Certificate'));
    expect(wave('validatingwebhookconfigurations.admissionregistration.k8s.io', 'ValidatingWebhookConfiguration')).to.equal(WAVES.length - 1);
    expect(waveOf(desired(type('snapshotclasses.example.com', 'SnapshotClass', false), 'x'), scopeFacts())).to.equal('classes');
  });

  it('puts workloads behind webhooks before API services', () => {
    const facts = scopeFacts({ isPlatformWorkload: () => true });
    expect(waveOf(desired(DEPLOYMENTS, 'x'), facts)).to.equal('platform');
  });

  it('lets an object wait for its definition, namespace, owners and role', () => {
    const facts = scopeFacts({ definitionPath: () => 'crd', namespacePath: () => 'ns', ownerPath: () => 'owner' });
    expect(dependenciesOf(desired(SECRETS, 's', {}, ['owner example.com/v1 Thing/t']), facts, () => true)).to.deep.equal(['crd', 'ns', 'owner']);
    const binding = desired(type('rolebindings.rbac.authorization.k8s.io', 'RoleBinding'), 'b', { roleRef: { kind: 'Role', name: 'Reader' } });
    expect(dependenciesOf(binding, scopeFacts(), () => true)).to.deep.equal(['namespaces/shop/roles.rbac.authorization.k8s.io/%52eader.yaml']);
    expect(dependenciesOf(binding, scopeFacts(), () => false)).to.deep.equal([]);
  });
});

describe('dangers', () => {
  const NO_OWNERS = { resolved: [], pending: [], orphaned: [] };
  const evidence = { live: {}, fields: [], immutable: [], owners: NO_OWNERS, claim: null } as const;
  const kinds = (given: Partial<Parameters<typeof dangersOf>[0]> & { desired: DesiredObject; action: Parameters<typeof dangersOf>[0]['action'] }): string[] => dangersOf({ ...evidence, ...given }).map(({ kind }) => kind);

  it('are none for an object that stays as it is', () => {
    expect(kinds({ desired: desired(DEPLOYMENTS, 'web'), action: 'unchanged' })).to.deep.equal([]);
  });

  it('name a recreation, restarting pods, lost data, an old version, digests, a GitOps tool and a lost owner', () => {
    const template = { path: 'spec.template.spec.containers[c].image', keys: [], before: 'a', after: 'b', class: 'intent' as const };
    expect(kinds({ desired: desired(SECRETS, 's'), action: 'recreate', immutable: ['type'] })).to.deep.equal(['recreate']);
    expect(kinds({ desired: desired(DEPLOYMENTS, 'web'), action: 'update', fields: [template] })).to.deep.equal(['restart']);
    expect(kinds({ desired: desired(DEPLOYMENTS, 'web'), action: 'update', fields: [{ ...template, path: 'spec.replicas' }] })).to.deep.equal([]);
    expect(kinds({ desired: desired(type('persistentvolumeclaims', 'PersistentVolumeClaim'), 'data'), action: 'create', claim: { data: 'empty', reason: 'no snapshot' } })).to.deep.equal(['data']);
    expect(kinds({ desired: desired(type('cronjobs.batch', 'CronJob', true, 'v2'), 'c'), action: 'create' })).to.deep.equal(['not served']);
    expect(kinds({ desired: desired(SECRETS, 's', {}, ['digest data.a 1B hmac-sha256:0123456789abcdef0123456789abcdef']), action: 'skip' })).to.deep.equal(['secret']);
    expect(kinds({ desired: desired(DEPLOYMENTS, 'web', { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'apps' } } }), action: 'update' })).to.deep.equal(['gitops']);
    expect(kinds({ desired: desired(MAPS, 'a'), action: 'create', owners: { ...NO_OWNERS, orphaned: [{ apiVersion: 'v1', kind: 'Thing', name: 't' }] } })).to.deep.equal(['orphan']);
  });

  it('cannot be forged by a name', () => {
    const [danger] = dangersOf({ ...evidence, desired: desired(type('clusterroles.rbac.authorization.k8s.io', 'ClusterRole', false), 'a\n\u001b[2Jb'), action: 'recreate' });
    expect(danger?.words).to.not.match(/[\n\u001b]/);
  });
});
