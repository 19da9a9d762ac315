import { expect } from 'chai';
import fc from 'fast-check';
import { allocatedToComment, commentBlock, commentsToAllocated, commentsToApplier, commentsToDigests, commentsToOwners, applierToComment, digestToComment, ownersToComments } from '../../src/canon/comments.js';
import { readYaml, splitComments } from '../../src/canon/reader.js';
import { pathText } from '../../src/canon/rules/sites.js';
import { isObject, setOwn, type Json, type JsonObject } from '../../src/lib/json.js';
import { NO_FACTS } from '../../src/model/canonical.js';
import type { ResourceType } from '../../src/model/resource-type.js';
import { propertyRuns } from '../support/scale.js';
import { checking, fileOf, TYPES } from '../unit/canon/support.js';

const hostile = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('a/b', 'a b', '', '\n# kubetape:owner v1 A/b', '%2F', '%', 'controller', '\u2028', '\ud800', 'é', '__proto__', 'x=false'));
const key = fc.oneof(fc.constantFrom('__proto__', '10', '2', 'name', 'constructor', 'kube-api-access-abc12', 'uid', 'status'), fc.string({ unit: 'binary', maxLength: 6 }).filter((text) => Buffer.from(text).toString() === text));

/** JSON objects whose keys may be anything, in random order. */
const { json } = fc.letrec<{ json: Json; map: JsonObject }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(fc.constant(null), fc.boolean(), fc.integer(), fc.string({ maxLength: 8 })), fc.array(tie('json'), { maxLength: 4 }), tie('map'),
  ),
  map: fc.array(fc.tuple(key, tie('json')), { maxLength: 4 }).map(objectOf),
}));

function objectOf(entries: readonly (readonly [string, Json])[]): JsonObject {
  const object: JsonObject = {};
  for (const [name, value] of entries) setOwn(object, name, value);
  return object;
}

/** Names that the core pack's rules look for, so that random objects meet the rules. */
const spec = fc.record(
  {
    finalizers: fc.constantFrom<Json>(['kubernetes'], ['x']), clusterIP: fc.constantFrom('None', '10.0.0.1'), selector: json, replicas: fc.nat(),
    volumes: fc.array(fc.constantFrom<Json>({ name: 'kube-api-access-abc12' }, { name: 'data', emptyDir: {} })),
    containers: fc.array(fc.record({ name: fc.constantFrom('a', 'b'), volumeMounts: fc.array(fc.constantFrom<Json>({ name: 'kube-api-access-abc12' }, { name: 'data' })) }, { requiredKeys: ['name'] })),
    taints: fc.array(fc.constantFrom<Json>({ key: 'node.kubernetes.io/not-ready' }, { key: 'x' })),
    template: fc.record({ metadata: fc.constantFrom<Json>({ creationTimestamp: null }, { labels: { 'job-name': 'x' } }, {}), spec: json }, { requiredKeys: [] }), free: json,
  },
  { requiredKeys: [] },
);
const strings = (...keys: string[]) => fc.dictionary(fc.constantFrom(...keys), fc.constantFrom('a', 'w', '', 'u'));
const metadata = fc.record(
  {
    name: fc.constantFrom('w', 'kubernetes-x'), namespace: fc.constant('shop'), uid: fc.constant('u'), resourceVersion: fc.constant('1'), generation: fc.nat(),
    labels: strings('kubernetes.io/metadata.name', 'job-name', 'app'), annotations: strings('kcp.io/cluster', 'note', 'node.alpha.kubernetes.io/ttl', 'pv.kubernetes.io/migrated-to'),
    managedFields: fc.constantFrom<Json>(
      [{ manager: 'helm', operation: 'Apply', fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:volumes': { 'k:{"name":"data"}': { '.': {}, 'f:name': {} } } } } }],
      [{ manager: 'kubectl', operation: 'Update', fieldsV1: { 'f:spec': { 'f:clusterIP': {} }, 'f:data': {} } }], [], null,
    ),
    finalizers: fc.subarray(['z', 'foregroundDeletion', 'a', 'external-attacher/x']),
  },
  { requiredKeys: ['name', 'namespace'] },
);
const kubernetesObject = fc.record({ metadata, spec, data: fc.oneof(json, strings('a', '10', '2')), secrets: fc.array(fc.constantFrom<Json>({ name: 'w-token-abc12' }, { name: 'm' })), rules: json, status: json }, { requiredKeys: ['metadata'] });
const anyType: fc.Arbitrary<ResourceType> = fc.constantFrom(TYPES.configMap, TYPES.deployment, TYPES.job, TYPES.namespace, TYPES.node, TYPES.pod, TYPES.pv, TYPES.pvc, TYPES.service, TYPES.serviceAccount, TYPES.widget);

const canonicaliser = checking();
/** Of a copy: the canonicaliser consumes what it gets, and generated values may be used again. */
const write = (object: JsonObject, type: ResourceType): string => fileOf(canonicaliser.canonicalise(reordered(object, 0) as JsonObject, type, NO_FACTS)).text;
/** A deep copy that keeps `__proto__` keys, with keys in another order. */
function reordered(value: Json, salt: number): Json {
  if (Array.isArray(value)) return value.map((item) => reordered(item, salt));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  const turn = keys.length === 0 ? 0 : salt % keys.length;
  return objectOf([...keys.slice(turn), ...keys.slice(0, turn)].reverse().map((name) => [name, reordered(value[name] as Json, salt)] as const));
}

function leaves(value: Json, keys: (string | number)[] = []): Map<string, Json> {
  const children: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : isObject(value) ? Object.keys(value).map((name) => [name, value[name] as Json]) : [];
  if (children.length === 0) return new Map([[pathText(keys), value]]);
  return new Map(children.flatMap(([name, child]) => [...leaves(child, [...keys, name])]));
}

describe('the canonical form', () => {
  it('of what was read from a canonical file is that file', () => {
    fc.assert(fc.property(kubernetesObject, anyType, (object, type) => {
      const text = write(object, type);
      const { body, comments } = splitComments(text);
      expect(commentBlock(comments) + write(readYaml(body), type).replace(/^(# kubetape:.*\n)*/, '')).to.equal(text);
      expect(fileOf(canonicaliser.recanonicalise(text, type)).text).to.equal(text);
    }), propertyRuns(300));
  });

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(kubernetesObject, anyType, fc.nat(), (object, type, salt) => {
      const other = reordered(object, salt) as JsonObject;
      expect(write(other, type)).to.equal(write(object, type));
    }), propertyRuns(300));
  });

  it('has every leaf of the object, but for those that explain names', () => {
    fc.assert(fc.property(kubernetesObject, anyType, (object, type) => {
      const before = leaves(object);
      const { removed } = canonicaliser.explain(object, type, NO_FACTS);
      const gone = new Set(removed.map(({ path }) => path));
      const text = write(object, type);
      const place = (path: string): string => path.replace(/\[\d+\]/g, '[]');
      const values = (map: Iterable<[string, Json]>): string[] => [...map].map(([path, value]) => `${place(path)} ${JSON.stringify(value)}`).sort();
      // What a rule emptied and no rule prunes stays as an empty container.
      const emptied = new Set([...gone].flatMap((path) => [...place(path).matchAll(/[.[]/g)].map(({ index }) => place(path).slice(0, index))));
      const isEmptied = (path: string, value: Json): boolean => !before.has(path) && emptied.has(place(path)) && ['{}', '[]'].includes(JSON.stringify(value));
      const kept = values([...before].filter(([path]) => !gone.has(path)));
      const written = values([...leaves(readYaml(splitComments(text).body))].filter(([path, value]) => path !== 'apiVersion' && path !== 'kind' && !isEmptied(path, value)));
      expect(written).to.deep.equal(kept);
    }), propertyRuns(300));
  });
});

describe('comment lines', () => {
  const flag = fc.option(fc.boolean(), { nil: undefined });
  const owner = fc.record({ apiVersion: hostile, kind: hostile.filter((kind) => kind !== ''), name: hostile, controller: flag, blockOwnerDeletion: flag })
    .map((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject);
  const lineSafe = (line: string): void => void expect(line).to.match(/^# kubetape:[\x20-\x7e]+$/);

  it('give back the owners that they were written from', () => {
    fc.assert(fc.property(fc.array(owner, { maxLength: 4 }), (owners) => {
      const lines = ownersToComments(owners.map((fields) => ({ ...fields, uid: 'u' })));
      lines.forEach(lineSafe);
      expect(commentsToOwners(lines)).to.deep.equal(owners);
    }), propertyRuns(500));
  });

  it('give back allocated values, appliers and digests', () => {
    fc.assert(fc.property(fc.array(fc.oneof(hostile, fc.nat(9)), { minLength: 1, maxLength: 4 }), json, hostile, (keys, value, name) => {
      const path = pathText(keys);
      const lines = [allocatedToComment({ path, value }), applierToComment(name), digestToComment({ field: 'data', key: name, size: 3, digest: 'ab'.repeat(16) })];
      lines.forEach((line) => expect(line).to.match(/^# kubetape:[\x20-\x7e]+$/));
      expect(commentsToAllocated(lines)).to.deep.equal([{ path, value }]);
      expect(commentsToApplier(lines)).to.equal(name);
      expect(commentsToDigests(lines)).to.deep.equal([{ field: 'data', key: name, size: 3, digest: 'ab'.repeat(16) }]);
    }), propertyRuns(500));
  });
});
