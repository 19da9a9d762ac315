import { expect } from 'chai';
import fc from 'fast-check';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../src/lib/duration.js';
import { propertyRuns } from '../../support/scale.js';

describe('lib/duration', () => {
  it('reads durations as people write them', () => {
    const texts = ['500ms', '1s', '1.5s', '5m', '1h30m', '2d', '0', '0s'];

    expect(texts.map(parseDuration)).to.deep.equal([500, 1000, 1500, 300_000, 5_400_000, 172_800_000, 0, 0]);
  });

  it('refuses what has no unit, a sign, a space or an unknown unit', () => {
    for (const text of ['', '5', '-1s', '1 s', '1w', 's', '1s2', '1e3s', '.5s', '1S']) {
      expect(parseDuration(text), text).to.equal(null);
    }
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.nat(59_999), fc.nat(10_000_000).map((seconds) => seconds * 1000)), (ms) => {
        expect(parseDuration(formatDuration(ms))).to.equal(ms);
      }),
      propertyRuns(500),
    );
  });

  it('reads sizes with decimal and binary units', () => {
    const texts = ['512', '10kB', '64MiB', '2GiB', '2Gi', '1.5 KiB', '0'];

    expect(texts.map(parseSize)).to.deep.equal([512, 10_000, 67_108_864, 2_147_483_648, 2_147_483_648, 1536, 0]);
    for (const text of ['', '-1', '1XB', '1 gib', 'GiB', '99999999TiB', '1toString']) {
      expect(parseSize(text), text).to.equal(null);
    }
  });

  it('writes sizes in the largest unit that is below 1024', () => {
    expect([0, 1023, 1024, 1536, 1_048_575, 2 ** 31].map(formatSize)).to.deep.equal(['0 B', '1023 B', '1 KiB', '1.5 KiB', '1 MiB', '2 GiB']);
  });
});
