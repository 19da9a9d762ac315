import { expect } from 'chai';
import { Canonicaliser } from '../../../../src/canon/canonicaliser.js';
import { loadCorePack } from '../../../../src/canon/pack-files.js';
import { blobOid } from '../../../../src/lib/git-blob.js';
import { copyJson, type JsonObject } from '../../../../src/lib/json.js';
import { NO_FACTS } from '../../../../src/model/canonical.js';
import { EVERYTHING } from '../../../../src/model/filter.js';
import type { ResourceType } from '../../../../src/model/resource-type.js';
import { readDesired, type DesiredObject } from '../../../../src/restore/desired.js';
import { liveEquals } from '../../../../src/restore/write/live-equals.js';

const canonicaliser = new Canonicaliser({ packs: [loadCorePack()], filter: EVERYTHING, secrets: 'plain', digestKey: null }, { checkEvery: 1 });
const CONFIGMAPS: ResourceType = { group: '', version: 'v1', resource: 'configmaps', kind: 'ConfigMap', namespaced: true, watchable: true };
const DEPLOYMENTS: ResourceType = { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true, watchable: true };

const map = (more: { readonly metadata?: JsonObject; readonly data?: JsonObject } = {}): JsonObject => ({
  apiVersion: 'v1', kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'shop', uid: 'u', resourceVersion: '7', creationTimestamp: '2026-11-21T08:00:00Z', managedFields: [], labels: { app: 'web' }, ...more.metadata },
  data: { a: '1', ...more.data },
});
const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: 'o' };

function desiredOf(live: JsonObject, type = CONFIGMAPS): DesiredObject {
  const file = canonicaliser.canonicalise(copyJson(live), type, NO_FACTS);
  if (file.kind !== 'file') throw new Error(`skipped by ${file.rule}`);
  return readDesired({ read: () => Buffer.from(file.text) }, file.path, blobOid(Buffer.from(file.text)), type);
}

const equals = (desired: DesiredObject, live: JsonObject): boolean => liveEquals(desired, live, canonicaliser, NO_FACTS);

describe('whether live is what the file says', () => {
  it('is so for what came back as it was sent, whatever the server noted about it', () => {
    expect(equals(desiredOf(map()), map({ metadata: { uid: 'other', resourceVersion: '99', generation: 3 } }))).to.equal(true);
  });

  const others: readonly (readonly [string, JsonObject])[] = [
    ['a value', map({ data: { a: '2' } })],
    ['one more key', map({ data: { b: '2' } })],
    ['a label', map({ metadata: { labels: { app: 'api' } } })],
    ['one more annotation', map({ metadata: { annotations: { team: 'x' } } })],
    ['a finalizer', map({ metadata: { finalizers: ['example.org/hold'] } })],
    ['an owner', map({ metadata: { ownerReferences: [owner] } })],
    ['one more field', { ...map(), immutable: true }],
    ['a field that is gone', (({ data: _data, ...rest }) => rest)(map())],
    ['labels that are gone', map({ metadata: { labels: {} } })],
  ];
  for (const [what, live] of others) it(`is not so when live differs by ${what}`, () => { expect(equals(desiredOf(map()), live)).to.equal(false); });

  it('is not so for an object that lost its owner', () => {
    expect(equals(desiredOf(map({ metadata: { ownerReferences: [owner] } })), map())).to.equal(false);
  });

  it('asks the rules about what the server added to the body', () => {
    const given = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } } } };
    const live = { ...given, status: { replicas: 2 }, metadata: { ...given.metadata, uid: 'u', annotations: { 'deployment.kubernetes.io/revision': '3' } } };
    expect(equals(desiredOf(given, DEPLOYMENTS), live)).to.equal(true);
    expect(equals(desiredOf(given, DEPLOYMENTS), { ...live, spec: { ...given.spec, paused: true } })).to.equal(false);
  });
});
