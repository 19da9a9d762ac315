import { expect } from 'chai';
import { compareResourceVersions, lowest } from '../../../src/capture/resource-version.js';

describe('resourceVersions', () => {
  it('are compared as numbers of any length', () => {
    expect(compareResourceVersions('9', '10')).to.be.lessThan(0);
    expect(compareResourceVersions('18446744073709551616', '18446744073709551615')).to.be.greaterThan(0);
    expect(compareResourceVersions('42', '42')).to.equal(0);
  });

  it('that are no plain numbers are not compared: nothing is concluded', () => {
    for (const odd of ['', 'abc', '01', '-1', '1.0', '0x1', ' 1']) expect(compareResourceVersions(odd, '1'), odd).to.equal(null);
    expect(lowest(['5', 'opaque'])).to.equal(null);
  });

  it('have a lowest one, and none has none', () => {
    expect(lowest(['100', '99', '1000'])).to.equal('99');
    expect(lowest([])).to.equal(null);
  });
});
