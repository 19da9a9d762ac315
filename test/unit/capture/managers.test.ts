import { expect } from 'chai';
import type { Described } from '../../../src/diff/describe.js';
import { fieldChanges } from '../../../src/diff/field-changes.js';
import { managersOf } from '../../../src/capture/managers.js';
import type { Json, JsonObject } from '../../../src/lib/json.js';

const entry = (manager: string, fieldsV1: JsonObject, subresource = ''): JsonObject => ({ manager, operation: 'Update', apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1, subresource });
const FIELDS: Json = [
  entry('kubectl', { 'f:spec': { 'f:replicas': {} } }),
  entry('helm', { 'f:spec': { 'f:template': { 'f:spec': { 'f:containers': { 'k:{"name":"app"}': { 'f:image': {} } } } } } }),
  entry('controller', { 'f:status': {} }, 'status'),
];
const body = (replicas: number, image: string): JsonObject => ({ spec: { replicas, template: { spec: { containers: [{ name: 'side', image: 's' }, { name: 'app', image }] } } } });

function managers(before: JsonObject | null, after: JsonObject | null, managedFields: Json | null = FIELDS): string[] {
  const verb = before === null ? 'create' : after === null ? 'delete' : 'update';
  const described: Described = { verb, namespace: 'shop', object: 'deployments/web', secret: false, body: after, fields: before === null || after === null ? [] : fieldChanges(before, after) };
  return managersOf([{ described, managedFields: managedFields ?? undefined }]);
}

describe('the managers of a change', () => {
  it('are those that own a changed field, and no others', () => {
    expect(managers(body(1, 'a'), body(2, 'a'))).to.deep.equal(['kubectl']);
    expect(managers(body(1, 'a'), body(1, 'b'))).to.deep.equal(['helm']);
    expect(managers(body(1, 'a'), body(2, 'b'))).to.deep.equal(['kubectl', 'helm']);
  });

  it('of a new object are all that wrote it, but for its status', () => {
    expect(managers(null, body(1, 'a'))).to.deep.equal(['kubectl', 'helm']);
  });

  it('of a deletion, or without managedFields, are not known', () => {
    expect(managers(body(1, 'a'), null)).to.deep.equal([]);
    expect(managers(body(1, 'a'), body(2, 'a'), null)).to.deep.equal([]);
    expect(managers(body(1, 'a'), body(2, 'a'), [{ manager: 'odd' }, 'text', null])).to.deep.equal([]);
  });
});
