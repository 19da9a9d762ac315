import { expect } from 'chai';
import { Catalog, REMOVAL_GRACE_MS } from '../../../src/capture/catalog.js';
import { ClusterFacts } from '../../../src/capture/facts.js';
import type { RecordedType } from '../../../src/capture/meta-files.js';
import { SILENT } from '../../../src/lib/log.js';
import type { ClusterReader, Discovery } from '../../../src/model/cluster-reader.js';
import { typeName, type ResourceType } from '../../../src/model/resource-type.js';

const type = (group: string, version: string, resource: string): ResourceType => ({ group, version, resource, kind: resource, namespaced: true, watchable: true });
const signal = new AbortController().signal;

/** A catalog that remembers `recorded`; what discovery answers and the time can be changed. */
function catalogOf(recorded: readonly ResourceType[], discovery: Discovery, facts = new ClusterFacts()): { catalog: Catalog; answer: (next: Discovery) => void; pass: (ms: number) => void } {
  let current = discovery;
  let now = 0;
  const reader = { discover: async () => current } as unknown as ClusterReader;
  const clock = { now: () => now, sleep: async () => undefined };
  const known = new Map<string, RecordedType>(recorded.map((each) => [typeName(each), { type: each, custom: false }]));
  return {
    catalog: new Catalog({ reader, facts, clock, log: SILENT }, known),
    answer: (next) => void (current = next),
    pass: (ms) => void (now += ms),
  };
}

describe('the catalog of served types', () => {
  const metrics = type('m.example', 'v1beta1', 'things');

  it('keeps a type for as long as the version of its group that has it does not answer', async () => {
    const failedGroups = [{ group: 'm.example/v1beta1', reason: 'down' }];
    const { catalog, pass } = catalogOf([metrics], { types: [type('m.example', 'v1', 'others')], failedGroups });
    for (let round = 0; round < 3; round++) {
      const { gone, missing } = await catalog.refresh(signal);
      expect(gone).to.deep.equal([]);
      expect(missing).to.deep.equal([{ type: metrics, reason: 'down' }]);
      pass(REMOVAL_GRACE_MS);
    }
  });

  it('lets a type go that its group lacked twice, a minute apart', async () => {
    const { catalog, pass } = catalogOf([metrics], { types: [], failedGroups: [] });
    expect((await catalog.refresh(signal)).gone).to.deep.equal([]);
    pass(REMOVAL_GRACE_MS);
    expect((await catalog.refresh(signal)).gone).to.deep.equal([metrics]);
  });

  it('names a group that does not answer and of which no type is known', async () => {
    const failed = { group: 'away.example', reason: 'down' };
    const { catalog, answer } = catalogOf([metrics], { types: [metrics], failedGroups: [failed, { group: 'm.example/v2', reason: 'down' }] });
    expect((await catalog.refresh(signal)).silent).to.deep.equal([failed]);
    answer({ types: [metrics], failedGroups: [] });
    expect((await catalog.refresh(signal)).silent).to.deep.equal([]);
  });

  it('lets a custom type go at once when its CRD went, also when both came while it was watching', async () => {
    const crds = type('apiextensions.k8s.io', 'v1', 'customresourcedefinitions');
    const facts = new ClusterFacts();
    const { catalog, answer } = catalogOf([], { types: [metrics], failedGroups: [] }, facts);
    const crd = { metadata: { name: 'things.m.example' } };
    facts.listed(crds, new Set());
    facts.observe(crds, crd, false);
    expect((await catalog.refresh(signal)).started).to.deep.equal([metrics]);
    facts.observe(crds, crd, true);
    answer({ types: [], failedGroups: [] });
    expect((await catalog.refresh(signal)).gone).to.deep.equal([metrics]);
    expect([...catalog.types.keys()]).to.deep.equal([]);
  });

  it('starts a type anew that comes in another version or scope', async () => {
    const { catalog, answer } = catalogOf([], { types: [metrics], failedGroups: [] });
    await catalog.refresh(signal);
    expect((await catalog.refresh(signal)).started).to.deep.equal([]);
    for (const other of [{ ...metrics, version: 'v1' }, { ...metrics, version: 'v1', namespaced: false }]) {
      answer({ types: [other], failedGroups: [] });
      expect((await catalog.refresh(signal)).started).to.deep.equal([other]);
    }
  });

  it('forgets that a type was absent when discovery names it again', async () => {
    const { catalog, answer, pass } = catalogOf([metrics], { types: [], failedGroups: [] });
    await catalog.refresh(signal);
    pass(REMOVAL_GRACE_MS - 1);
    answer({ types: [metrics], failedGroups: [] });
    await catalog.refresh(signal);
    answer({ types: [], failedGroups: [] });
    pass(1000);
    expect((await catalog.refresh(signal)).gone).to.deep.equal([]);
  });
});
