import { expect } from 'chai';
import type { JsonObject } from '../../../../src/lib/json.js';
import type { ResourceType } from '../../../../src/model/resource-type.js';
import { isAsked, selects, type AskedWrite, type WebhookScope } from '../../../../src/restore/plan/webhook-scope.js';

const CONFIG_MAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
const NAMESPACES: ResourceType = { group: '', version: 'v1', resource: 'namespaces', kind: 'Namespace', namespaced: false, watchable: true };
const rule = (more: JsonObject = {}): JsonObject => ({ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['configmaps'], ...more });
const scope = (rules: JsonObject[], more: Partial<WebhookScope> = {}): WebhookScope => ({ rules, namespaceSelector: undefined, objectSelector: undefined, ...more });
const write = (more: Partial<AskedWrite> = {}): AskedWrite => ({ type: CONFIG_MAPS, verb: 'CREATE', desired: { metadata: { name: 'a', labels: { team: 'red' } } }, live: null, namespaceLabels: { env: 'prod' }, ...more });

describe('which writes a webhook is asked about', () => {
  const cases: readonly (readonly [string, WebhookScope, AskedWrite, boolean])[] = [
    ['the named type and verb', scope([rule()]), write(), true],
    ['every group, resource and verb', scope([rule({ apiGroups: ['*'], resources: ['*'], operations: ['*'] })]), write(), true],
    ['resources with subresources', scope([rule({ resources: ['*/*'] })]), write(), true],
    ['another resource', scope([rule({ resources: ['secrets'] })]), write(), false],
    ['another group', scope([rule({ apiGroups: ['apps'] })]), write(), false],
    ['another verb', scope([rule({ operations: ['DELETE'] })]), write(), false],
    ['a subresource alone', scope([rule({ resources: ['configmaps/status'] })]), write(), false],
    ['the other scope', scope([rule({ scope: 'Cluster' })]), write(), false],
    ['one of several rules', scope([rule({ resources: ['secrets'] }), rule()]), write(), true],
    ['no rule', scope([]), write(), false],
    ['a selected namespace', scope([rule()], { namespaceSelector: { matchLabels: { env: 'prod' } } }), write(), true],
    ['a namespace that is not selected', scope([rule()], { namespaceSelector: { matchLabels: { env: 'test' } } }), write(), false],
    ['a namespace of unknown labels', scope([rule()], { namespaceSelector: { matchLabels: { env: 'test' } } }), write({ namespaceLabels: null }), true],
    ['a selected object', scope([rule()], { objectSelector: { matchLabels: { team: 'red' } } }), write(), true],
    ['an object that is not selected', scope([rule()], { objectSelector: { matchLabels: { team: 'blue' } } }), write(), false],
    ['an object that was selected before', scope([rule()], { objectSelector: { matchLabels: { team: 'blue' } } }), write({ live: { metadata: { labels: { team: 'blue' } } } }), true],
    ['a Namespace by its own labels', scope([rule({ resources: ['namespaces'] })], { namespaceSelector: { matchLabels: { team: 'red' } } }), write({ type: NAMESPACES, namespaceLabels: null }), true],
    ['a Namespace that is not selected', scope([rule({ resources: ['namespaces'] })], { namespaceSelector: { matchLabels: { team: 'blue' } } }), write({ type: NAMESPACES, namespaceLabels: null }), false],
  ];
  for (const [name, given, asked, expected] of cases) it(`${name}: ${expected ? 'asked' : 'not asked'}`, () => { expect(isAsked(given, asked)).to.equal(expected); });
});

describe('a label selector of an object', () => {
  const labels = { a: '1', b: '2' };
  const cases: readonly (readonly [string, JsonObject, boolean])[] = [
    ['empty', {}, true],
    ['In', { matchExpressions: [{ key: 'a', operator: 'In', values: ['1', '3'] }] }, true],
    ['In, absent', { matchExpressions: [{ key: 'c', operator: 'In', values: ['1'] }] }, false],
    ['NotIn', { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['1'] }] }, false],
    ['NotIn, absent', { matchExpressions: [{ key: 'c', operator: 'NotIn', values: ['1'] }] }, true],
    ['Exists', { matchExpressions: [{ key: 'b', operator: 'Exists' }] }, true],
    ['DoesNotExist', { matchExpressions: [{ key: 'b', operator: 'DoesNotExist' }] }, false],
    ['all must hold', { matchLabels: { a: '1' }, matchExpressions: [{ key: 'b', operator: 'In', values: ['3'] }] }, false],
    ['a prototype is no label', { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
  ];
  for (const [name, selector, expected] of cases) it(`${name}: ${expected ? 'selects' : 'does not select'}`, () => { expect(selects(selector, labels)).to.equal(expected); });
});
