import { expect } from 'chai';
import { fieldPhrase } from '../../../src/diff/describe.js';
import { compareObjects, type CompareOptions } from '../../../src/diff/compare-objects.js';
import { builtInListKeys } from '../../../src/diff/list-keys.js';
import { setOwn, type Json, type JsonObject } from '../../../src/lib/json.js';
import { parseJson } from '../../../src/lib/parse-json.js';

const DEPLOYMENT = { listKeys: builtInListKeys('apps/v1', 'Deployment') };
const NAMED: CompareOptions = { ...DEPLOYMENT, semantic: true, onlyNamed: true };

const deployment = (podSpec: JsonObject, spec: JsonObject = {}): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { ...spec, template: { spec: podSpec } } });
const container = (fields: JsonObject): JsonObject => deployment({ containers: [{ name: 'app', ...fields }] });

/** Paths below the pod's spec. */
function paths(before: JsonObject, after: JsonObject, options: CompareOptions = DEPLOYMENT): string[] {
  return compareObjects(before, after, options).map(({ path }) => path.replace('spec.template.spec.', ''));
}

describe('comparing objects', () => {
  it('matches items of a list map by its merge keys', () => {
    const mount = (mountPath: string, name: string): JsonObject => ({ mountPath, name });
    const before = container({ volumeMounts: [mount('/a', 'data'), mount('/b', 'data')] });
    const after = container({ volumeMounts: [mount('/x', 'cache'), mount('/a', 'data'), mount('/b', 'other')] });

    expect(paths(before, after)).to.deep.equal(['containers[app].volumeMounts[/x]', 'containers[app].volumeMounts[/b].name']);
  });

  it('takes TCP for the protocol of a port that names none', () => {
    const before = container({ ports: [{ containerPort: 53, protocol: 'UDP' }, { containerPort: 53, protocol: 'TCP' }] });
    const after = container({ ports: [{ containerPort: 53, protocol: 'UDP', hostPort: 1 }, { containerPort: 53 }] });

    expect(paths(before, after)).to.deep.equal(['containers[app].ports[53/UDP].hostPort', 'containers[app].ports[53/TCP].protocol']);
    expect(paths(before, after, NAMED)).to.deep.equal(['containers[app].ports[53/UDP].hostPort']);
  });

  it('takes an item whose merge key changed for the same one when it kept its name', () => {
    const service = (port: number): JsonObject => ({ kind: 'Service', spec: { ports: [{ name: 'http', port, nodePort: 30080 }] } });

    expect(compareObjects(service(80), service(8080), { listKeys: builtInListKeys('v1', 'Service') })).to.deep.equal([
      { path: 'spec.ports[http].port', keys: ['spec', 'ports', 0, 'port'], before: 80, after: 8080 },
    ]);
  });

  it('loses no change of a list whose merge keys are repeated or missing', () => {
    const env = (...items: JsonObject[]): JsonObject => container({ env: items });
    const [one, two, three] = [{ name: 'A', value: '1' }, { name: 'A', value: '2' }, { name: 'A', value: '3' }];

    expect(paths(env(one, two), env(one, three))).to.deep.equal(['containers[app].env[1].value']);
    expect(paths(env(one), env(one, one))).to.deep.equal(['containers[app].env[1]']);
    expect(paths(env({ value: 'x' }), env({ value: 'y' }))).to.deep.equal(['containers[app].env[0].value']);
  });

  it('tells another order of a list map as one change, beside what else changed', () => {
    const list = (...names: string[]): JsonObject => deployment({ initContainers: names.map((name) => ({ name, image: name === 'c' ? 'new' : 'old' })) });
    const [order, ...rest] = compareObjects(list('a', 'b', 'x'), list('b', 'n', 'a'), DEPLOYMENT).reverse();

    expect(order).to.deep.equal({ path: 'spec.template.spec.initContainers (order)', keys: ['spec', 'template', 'spec', 'initContainers'], before: ['a', 'b'], after: ['b', 'a'] });
    expect(order === undefined ? '' : fieldPhrase(order, false)).to.equal('spec.template.spec.initContainers (order)');
    expect(rest.map(({ path }) => path.split('.').at(-1))).to.have.members(['initContainers[n]', 'initContainers[x]']);
    expect(paths(list('a', 'b'), list('n', 'a', 'b'))).to.deep.equal(['initContainers[n]']);
    expect(paths(list('x', 'a', 'b'), list('b', 'a'), NAMED)).to.deep.equal(['initContainers (order)']);
  });

  it('compares sets by value; their order counts in the exact comparison only', () => {
    const listKeys = (): readonly string[] => [];
    const set = (...items: Json[]): JsonObject => ({ set: items });

    expect(compareObjects(set('a', 'b'), set('c', 'a'), { listKeys }).map(({ path, before, after }) => [path, before ?? null, after ?? null])).to.deep.equal([['set[c]', null, 'c'], ['set[b]', 'b', null]]);
    expect(compareObjects(set('a', 'b'), set('b', 'a'), { listKeys }).map(({ path }) => path)).to.deep.equal(['set (order)']);
    expect(compareObjects(set('a', 'b'), set('b', 'a'), { listKeys, semantic: true })).to.deep.equal([]);
    expect(compareObjects(set('a', 1, '1'), set('a', '1', 1), { listKeys, semantic: true })).to.deep.equal([]);
    expect(compareObjects(set('a', 'a'), set('a'), { listKeys, semantic: true })).to.have.length(1);
  });

  it('compares quantities, int-or-string and numbers by value where Kubernetes has them, when asked to', () => {
    const resources = (cpu: Json, memory: string): JsonObject => container({ resources: { requests: { cpu }, limits: { memory } } });
    const probe = (port: Json): JsonObject => container({ livenessProbe: { httpGet: { port } } });
    const semantic = { ...DEPLOYMENT, semantic: true };

    expect(paths(resources('1', '1Gi'), resources('1000m', '1073741824'), semantic)).to.deep.equal([]);
    expect(paths(resources('1', '1Gi'), resources(1, '1024Mi'), semantic)).to.deep.equal([]);
    expect(paths(resources('1', '1Gi'), resources('1001m', '1G'), semantic)).to.have.length(2);
    expect(paths(resources('1', '1Gi'), resources('1000m', '1073741824'))).to.have.length(2);
    expect(paths(probe(80), probe('80'), semantic)).to.deep.equal([]);
    expect(paths(probe(80), probe('http'), semantic)).to.have.length(1);
    expect(compareObjects({ n: 1 }, { n: parseJson('1.0') }, semantic)).to.deep.equal([]);
    expect(compareObjects({ n: 1 }, { n: parseJson('1.0') })).to.have.length(1);
    expect(compareObjects({ n: parseJson('9007199254740992') }, { n: parseJson('9007199254740993') }, semantic)).to.have.length(1);
  });

  it('never compares a text by value where it is a person\'s own', () => {
    const places: ((value: Json) => JsonObject)[] = [
      (value) => ({ kind: 'ConfigMap', data: { targetPort: value, requests: value, sizeLimit: value } }),
      (value) => ({ metadata: { labels: { maxSurge: value }, annotations: { capacity: value } } }),
      (value) => container({ env: [{ name: 'cpu', value }] }),
      (value) => container({ args: [value], command: [value] }),
      (value) => ({ spec: { note: value } }),
    ];
    for (const at of places) {
      expect(compareObjects(at('1'), at('1000m'), { semantic: true }), JSON.stringify(at('1'))).to.not.be.empty;
      expect(compareObjects(at('1'), at(1), { semantic: true }), JSON.stringify(at(1))).to.not.be.empty;
    }
  });

  it('stops at its limit, order included', () => {
    const list = (...names: string[]): JsonObject => ({ list: names.map((name, i) => ({ name, i })) });
    expect(compareObjects(list('a', 'b', 'c'), list('c', 'b', 'a'), { limit: 2 })).to.have.length(2);
  });
});

describe('comparing what a manifest names', () => {
  const live = deployment(
    {
      containers: [{ name: 'app', image: 'a:1', imagePullPolicy: 'IfNotPresent', env: [{ name: 'A', value: '1' }, { name: 'INJECTED', value: 'x' }], resources: {} }, { name: 'sidecar', image: 's:1' }],
      tolerations: [{ key: 'a', operator: 'Exists', effect: 'NoSchedule' }],
    },
    { replicas: 1, revisionHistoryLimit: 10 },
  );

  it('passes over fields and items that it does not name', () => {
    expect(paths(live, deployment({ containers: [{ name: 'app', image: 'a:1', env: [{ name: 'A', value: '1' }] }] }), NAMED)).to.deep.equal([]);
    expect(paths(live, deployment({ tolerations: [{ key: 'a', operator: 'Exists' }] }), NAMED)).to.deep.equal([]);
  });

  it('finds what it wants otherwise, and nothing else', () => {
    expect(paths(live, deployment({ containers: [{ name: 'app', image: 'a:2' }] }), NAMED)).to.deep.equal(['containers[app].image']);
    expect(paths(live, deployment({ containers: [{ name: 'app', env: [{ name: 'B', value: '1' }] }] }), NAMED)).to.deep.equal(['containers[app].env[B]']);
    expect(paths(live, deployment({ tolerations: [{ key: 'a' }, { key: 'b' }] }), NAMED)).to.deep.equal(['tolerations[1]']);
    expect(paths(live, deployment({ tolerations: [] }), NAMED)).to.deep.equal(['tolerations[0]']);
    expect(paths(live, deployment({ automountServiceAccountToken: false, hostNetwork: true }), NAMED)).to.deep.equal(['automountServiceAccountToken', 'hostNetwork']);
  });

  it('takes what the server leaves out for named', () => {
    const empties = container({ env: [{ name: 'A', value: '1' }], args: [], workingDir: '', tty: false, stdin: false, lifecycle: null, resources: { limits: {} } });
    expect(paths(live, empties, NAMED)).to.deep.equal([]);
    expect(paths(live, deployment({ nodeSelector: {}, hostNetwork: false, imagePullSecrets: [], volumes: null }), NAMED)).to.deep.equal([]);
  });

  it('leaves to the server what a manifest asks it to choose', () => {
    const service = (clusterIP: Json, nodePort: Json): JsonObject => ({ apiVersion: 'v1', kind: 'Service', spec: { clusterIP, ports: [{ port: 80, nodePort }] } });
    expect(compareObjects(service('10.0.0.1', 30080), service('', 0), NAMED)).to.deep.equal([]);
    expect(compareObjects(service('10.0.0.1', 30080), service('None', 30081), NAMED).map(({ path }) => path)).to.deep.equal(['spec.clusterIP', 'spec.ports[0].nodePort']);
    expect(compareObjects(service('10.0.0.1', 30080), service('', 0), { semantic: true })).to.have.length(2);
  });

  it('takes an empty text of a free map, an empty struct and a value of a custom resource for what they are', () => {
    const peer = (from: JsonObject): JsonObject => ({ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', spec: { ingress: [{ from: [from] }] } });
    expect(compareObjects({ apiVersion: 'v1', kind: 'ConfigMap', data: {} }, { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '' } }, NAMED)).to.have.length(1);
    expect(compareObjects(peer({ podSelector: {} }), peer({ podSelector: {}, namespaceSelector: {} }), NAMED)).to.have.length(1);
    expect(compareObjects({ spec: {} }, { apiVersion: 'example.org/v1', spec: { list: [], map: {}, text: '' } }, { onlyNamed: true }).map(({ path }) => path)).to.deep.equal(['apiVersion', 'spec.list', 'spec.map', 'spec.text']);
  });

  it('does not lose a key such as __proto__', () => {
    const named: JsonObject = {};
    setOwn(named, '__proto__', 'x');
    expect(compareObjects({ data: {} }, { data: named }, NAMED).map(({ path }) => path)).to.deep.equal(['data.__proto__']);
  });
});
