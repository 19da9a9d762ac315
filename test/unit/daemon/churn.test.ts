import { expect } from 'chai';
import { Churn } from '../../../src/daemon/churn.js';

const HOUR_MS = 3_600_000;
const path = (name: string): string => `namespaces/shop/configmaps/${name}.yaml`;

function churn(): { readonly counter: Churn; readonly pass: (ms: number) => void } {
  let now = 1_750_000_000_000;
  return { counter: new Churn({ now: () => now, sleep: () => Promise.reject(new Error('not here')) }), pass: (ms) => void (now += ms) };
}

describe('objects that churn', () => {
  it('are those in most commits of the last hour, at least ten, at most five of them', () => {
    const { counter } = churn();
    for (let i = 0; i < 30; i++) counter.committed(['a', 'b', 'c', 'd', 'e', 'f', 'g'].filter((_, n) => i % (n + 1) === 0).map(path));

    expect(counter.top()).to.deep.equal([
      { object: 'shop: configmaps/a', changes: 30, commits: 30 }, { object: 'shop: configmaps/b', changes: 15, commits: 30 }, { object: 'shop: configmaps/c', changes: 10, commits: 30 },
    ]);
    for (let i = 0; i < 10; i++) counter.committed(['v', 'w', 'x', 'y', 'z'].map(path));
    expect(counter.top()).to.have.length(5);
  });

  it('are forgotten after an hour', () => {
    const { counter, pass } = churn();
    for (let i = 0; i < 20; i++) counter.committed([path('a')]);
    pass(HOUR_MS - 60_000);
    for (let i = 0; i < 12; i++) counter.committed([path('b')]);
    expect(counter.top().map(({ object }) => object)).to.deep.equal(['shop: configmaps/a', 'shop: configmaps/b']);
    pass(120_000);
    expect(counter.top()).to.deep.equal([{ object: 'shop: configmaps/b', changes: 12, commits: 12 }]);
  });

  it('are not those of a snapshot, nor files of the repository itself', () => {
    const { counter } = churn();
    for (let i = 0; i < 20; i++) {
      counter.committed(Array.from({ length: 600 }, (_, n) => path(`n-${n}`)));
      counter.committed(['.kubetape/coverage', 'cluster/nodes/n1.yaml']);
    }
    expect(counter.top()).to.deep.equal([{ object: 'nodes/n1', changes: 20, commits: 20 }]);
  });
});
