import { expect } from 'chai';
import fc from 'fast-check';
import { createBackoff } from '../../../src/lib/backoff.js';
import { propertyRuns } from '../../support/scale.js';

describe('lib/backoff', () => {
  it('doubles from 0.8 s and stops at 30 s', () => {
    const backoff = createBackoff(() => 0);

    const delays = Array.from({ length: 8 }, (_, i) => backoff.next(i));

    expect(delays).to.deep.equal([800, 1600, 3200, 6400, 12_800, 15_000, 15_000, 15_000]);
  });

  it('spreads every attempt over as much again, never above the longest delay', () => {
    const backoff = createBackoff(() => 0.999_999);

    const delays = Array.from({ length: 7 }, (_, i) => backoff.next(i));

    expect(delays).to.deep.equal([1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000]);
  });

  it('starts again after two good minutes, counted from the end of the delay', () => {
    const backoff = createBackoff(() => 0);
    const first = backoff.next(0);
    const second = backoff.next(1000);
    const soon = backoff.next(1000 + second + 119_999);
    const later = backoff.next(1000 + second + 119_999 + soon + 120_000);

    expect([first, second, soon, later]).to.deep.equal([800, 1600, 3200, 800]);
    expect(backoff.attempts).to.equal(1);
  });

  it('stays within its bounds whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(200_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })), { maxLength: 50 }), (failures) => {
        let now = 0;
        let random = 0;
        const backoff = createBackoff(() => random);
        for (const [gap, value] of failures) {
          now += gap;
          random = value;
          const delay = backoff.next(now);
          expect(delay, `after ${gap} ms`).to.be.within(800, 30_000);
          now += delay;
        }
      }),
      propertyRuns(200),
    );
  });
});
