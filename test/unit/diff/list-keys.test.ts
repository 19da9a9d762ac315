import { expect } from 'chai';
import { builtInListKeys } from '../../../src/diff/list-keys.js';
import { openApiListKeys } from '../../../src/diff/open-api-list-keys.js';
import type { Json } from '../../../src/lib/json.js';

describe('the built-in table of merge keys', () => {
  it('knows the lists of every kind that holds a pod', () => {
    const specs: [string, string, string][] = [
      ['v1', 'Pod', 'spec'], ['v1', 'PodTemplate', 'template.spec'], ['v1', 'ReplicationController', 'spec.template.spec'], ['apps/v1', 'StatefulSet', 'spec.template.spec'],
      ['batch/v1', 'Job', 'spec.template.spec'], ['batch/v1beta1', 'CronJob', 'spec.jobTemplate.spec.template.spec'],
    ];
    for (const [apiVersion, kind, spec] of specs) {
      const keysOf = builtInListKeys(apiVersion, kind);
      const root = spec.split('.');
      expect(keysOf([...root, 'initContainers', 3, 'volumeMounts']), kind).to.deep.equal(['mountPath']);
      expect(keysOf([...root, 'topologySpreadConstraints']), kind).to.deep.equal(['topologyKey', 'whenUnsatisfiable']);
      expect(keysOf([...root, 'tolerations']), kind).to.equal(null);
    }
  });

  it('does not apply to kinds of other groups, nor to other places', () => {
    expect(builtInListKeys('example.org/v1', 'Pod')(['spec', 'containers'])).to.equal(null);
    expect(builtInListKeys('v1', 'ConfigMap')(['data', 'containers'])).to.equal(null);
    expect(builtInListKeys('v1', 'Pod')(['spec', 'containers', 0, 'env', 0, 'containers'])).to.equal(null);
    expect(builtInListKeys('v1', 'Pod')(['spec', 'constructor'])).to.equal(null);
    expect(builtInListKeys('__proto__/v1', 'constructor')(['toString'])).to.equal(null);
    expect(builtInListKeys('rbac.authorization.k8s.io/v1', 'RoleBinding')(['subjects'])).to.equal(null);
  });

  it('knows the metadata of every object, and the conditions of built-in ones', () => {
    expect(builtInListKeys('example.org/v1', 'Thing')(['metadata', 'finalizers'])).to.deep.equal([]);
    expect(builtInListKeys('example.org/v1', 'Thing')(['metadata', 'ownerReferences'])).to.deep.equal(['uid']);
    expect(builtInListKeys('example.org/v1', 'Thing')(['spec', 'metadata', 'finalizers'])).to.equal(null);
    expect(builtInListKeys('apps/v1', 'Deployment')(['status', 'conditions'])).to.deep.equal(['type']);
    expect(builtInListKeys('example.org/v1', 'Thing')(['status', 'conditions'])).to.equal(null);
  });
});

describe('merge keys of an OpenAPI document', () => {
  const list = (more: object): object => ({ type: 'array', items: { allOf: [{ $ref: '#/components/schemas/Item' }] }, ...more });
  const document = {
    components: {
      schemas: {
        Item: { properties: { deep: list({ 'x-kubernetes-list-type': 'set' }), any: { additionalProperties: list({ 'x-kubernetes-patch-merge-key': 'name' }) } } },
        Thing: {
          'x-kubernetes-group-version-kind': [{ group: 'example.org', version: 'v1', kind: 'Thing' }],
          properties: {
            map: list({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['a', 'b'], 'x-kubernetes-patch-merge-key': 'a' }),
            atomic: list({ 'x-kubernetes-list-type': 'atomic', 'x-kubernetes-patch-merge-key': 'a' }),
            loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] },
          },
        },
        Loop: { allOf: [{ $ref: '#/components/schemas/Loop' }] },
      },
    },
  } as unknown as Json;

  it('are found through references, items and free maps', () => {
    const keysOf = openApiListKeys(document, 'example.org/v1', 'Thing');
    expect(keysOf(['map'])).to.deep.equal(['a', 'b']);
    expect(keysOf(['atomic'])).to.equal(null);
    expect(keysOf(['map', 0, 'deep'])).to.deep.equal([]);
    expect(keysOf(['atomic', 0, 'any', 'a person\'s key'])).to.deep.equal(['name']);
  });

  it('are none for what the document does not have, circles included', () => {
    const keysOf = openApiListKeys(document, 'example.org/v1', 'Thing');
    expect([keysOf(['map', 'x']), keysOf(['loop', 'x']), keysOf([]), keysOf(['__proto__', 'x'])]).to.deep.equal([null, null, null, null]);
    expect(openApiListKeys(document, 'example.org/v2', 'Thing')(['map'])).to.equal(null);
    expect(openApiListKeys('no document', 'v1', 'Pod')(['spec', 'containers'])).to.equal(null);
  });
});
