import { expect } from 'chai';
import type { Json, JsonObject } from '../../../../src/lib/json.js';
import { handedBack } from '../../../../src/restore/write/hand-back.js';

const leaves = (...paths: readonly string[]): JsonObject => {
  const root: JsonObject = {};
  for (const path of paths) {
    let node = root;
    for (const key of path.split(' ')) node = (node[`f:${key}`] ??= {}) as JsonObject;
  }
  return root;
};
const entry = (manager: string, operation: string, fieldsV1: JsonObject, more: JsonObject = {}): JsonObject => ({ manager, operation, apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1, ...more });
const live = (...managedFields: Json[]): JsonObject => ({ metadata: { managedFields }, data: { a: '1', b: '1' }, spec: { replicas: 2, clusterIP: '10.0.0.1' } });
const after = (given: Parameters<typeof handedBack>[0]): unknown => handedBack(given)?.map((each) => [(each as JsonObject)['manager'], (each as JsonObject)['operation'], (each as JsonObject)['fieldsV1']]);
const base = { manager: 'kubetape', before: null, applier: null, allocated: [], allocatedBy: null };

describe('field ownership that is handed back', () => {
  it('is left as it is where nothing is ours', () => {
    expect(handedBack({ ...base, after: live(entry('helm', 'Apply', leaves('data a'))) })).to.equal(null);
  });

  it('of a new object goes to its applier, allocations to nobody', () => {
    const created = live(entry('kubetape', 'Update', leaves('data a', 'spec clusterIP')));
    expect(after({ ...base, after: created, applier: 'helm', allocated: ['spec.clusterIP'] })).to.deep.equal([['helm', 'Apply', leaves('data a')]]);
  });

  it('of an allocation that a controller chose goes to that controller', () => {
    const created = live(entry('kubetape', 'Update', leaves('data a', 'spec clusterIP')));
    expect(after({ ...base, after: created, allocated: ['spec.clusterIP'], allocatedBy: 'binder' })).to.deep.equal([['binder', 'Update', leaves('spec clusterIP')], ['kubetape', 'Update', leaves('data a')]]);
  });

  it('of a changed object is taken from the hand that wrote it, joined to what the applier has', () => {
    const before = live(entry('helm', 'Apply', leaves('data a')), entry('vandal', 'Update', leaves('data b')));
    const now = live(entry('helm', 'Apply', leaves('data a')), entry('kubetape', 'Update', leaves('data b')));
    expect(after({ ...base, before, after: now, applier: 'helm' })).to.deep.equal([['helm', 'Apply', leaves('data a', 'data b')]]);
  });

  it('is not taken from another applier, nor from who scales', () => {
    const others = [entry('flux', 'Apply', leaves('data b')), entry('kubectl', 'Update', leaves('spec replicas'), { subresource: 'scale' })];
    const now = live(entry('kubetape', 'Update', leaves('data a', 'data b', 'spec replicas')));
    expect(after({ ...base, before: live(...others), after: now, applier: 'helm' })).to.deep.equal([['flux', 'Apply', leaves('data b')], ['kubectl', 'Update', leaves('spec replicas')], ['helm', 'Apply', leaves('data a')]]);
  });

  it('without an applier goes back to the owners of before, as far as their fields are there', () => {
    const before = live(entry('editor', 'Update', leaves('data b', 'data gone')));
    const now = live(entry('kubetape', 'Update', leaves('data a', 'data b')));
    expect(after({ ...base, before, after: now })).to.deep.equal([['editor', 'Update', leaves('data b')], ['kubetape', 'Update', leaves('data a')]]);
  });

  it('that an earlier restore left with us is not there twice', () => {
    const before = live(entry('kubetape', 'Update', leaves('data a')));
    const now = live(entry('kubetape', 'Update', leaves('data a', 'data b')));
    expect(after({ ...base, before, after: now }) ?? 'as it is').to.equal('as it is');
  });
});
