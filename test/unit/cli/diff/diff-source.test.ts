import { expect } from 'chai';
import { commitSource, liveSource } from '../../../../src/cli/diff/diff-source.js';
import type { CommitComparison } from '../../../../src/inspect/compare-commits.js';
import type { LiveComparison, LiveFinding } from '../../../../src/inspect/live/live-comparison.js';
import { LiveTally } from '../../../../src/inspect/live/live-tally.js';
import type { ObjectDifference, Verdict } from '../../../../src/model/comparison.js';
import { configMap } from '../../../support/objects.js';
import { difference, side } from './support.js';

const ADDED = difference('configmaps', null, side(configMap('shop', 'new')));

function finding(verdict: Verdict, name: string, more: Partial<LiveFinding> = {}): LiveFinding {
  return { verdict, id: { group: '', resource: 'configmaps', namespace: 'shop', name }, kind: 'ConfigMap', path: `namespaces/shop/configmaps/${name}.yaml`, reason: null, difference: null, resourceVersion: null, ...more };
}

function comparison(findings: readonly LiveFinding[], uncovered: LiveComparison['uncovered'] = []): LiveComparison {
  return { tally: new LiveTally(), uncovered, cluster: null, async *[Symbol.asyncIterator]() { yield* findings; } };
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('cli/diff/diff-source', () => {
  it('live: hands on differences and names what could not be compared, whatever the verdict', async () => {
    const source = liveSource(comparison([
      finding('extra', 'new', { difference: ADDED }),
      finding('held', 'a', { reason: 'no key' }),
      finding('differs', 'b', { reason: 'its file cannot be read' }),
      finding('not covered', 'c', { reason: 'partial then' }),
      finding('not covered', 'd', { reason: 'partial then' }),
    ]));

    expect(await all<ObjectDifference>(source.differences)).to.deep.equal([ADDED]);
    expect(source.gaps()).to.deep.equal([
      { verdict: 'not covered', what: '2 objects of configmaps', reason: 'partial then' },
      { verdict: 'held', what: 'configmaps/a in shop', reason: 'no key' },
      { verdict: 'differs', what: 'configmaps/b in shop', reason: 'its file cannot be read' },
    ]);
  });

  it('live: a type that could not be listed is one gap, not one an object', async () => {
    const source = liveSource(comparison([finding('not covered', 'a'), finding('not covered', 'b')], [{ type: 'configmaps', namespace: 'shop', reason: 'forbidden', objects: 2 }]));

    expect(await all(source.differences)).to.deep.equal([]);
    expect(source.gaps()).to.deep.equal([{ verdict: 'not covered', what: 'configmaps in shop', reason: 'forbidden' }]);
  });

  it('live: objects that go, and objects that a rule skips now, are no gap but are told', async () => {
    const source = liveSource(comparison([finding('terminating', 'a'), finding('skipped', 'b'), finding('skipped', 'c')]));

    expect(await all(source.differences)).to.deep.equal([]);
    expect(source.gaps()).to.deep.equal([]);
    expect(source.notes()).to.have.length(2);
    expect(source.notes().join()).to.contain('1 object being deleted').and.contain('2 objects of the commit');
  });

  it('commits: Secrets with digests of different keys are gaps; other rules are told', async () => {
    const comparison_: CommitComparison = {
      notes: { rulesDiffer: true, rewritten: 3, leftOut: new Map([['core/skip-leases', 2]]), incomparable: [{ group: '', resource: 'secrets', namespace: 'shop', name: 'a' }] },
      async *[Symbol.asyncIterator]() { yield ADDED; },
    };
    const source = commitSource(comparison_);

    expect(await all(source.differences)).to.deep.equal([ADDED]);
    expect(source.gaps().map(({ verdict, what }) => [verdict, what])).to.deep.equal([['held', 'secrets/a in shop']]);
    expect(source.notes().join()).to.contain('3 files').and.contain('core/skip-leases');
  });
});
