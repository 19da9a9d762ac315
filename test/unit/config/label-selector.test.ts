import { expect } from 'chai';
import { isLabelSelector } from '../../../src/config/label-selector.js';

describe('config/label-selector', () => {
  it('accepts what kubectl accepts', () => {
    for (const text of ['app=web', 'app==web', 'app!=web', 'app', '!app', 'a.b/c-d_e=f.G', 'x in (a)', 'x notin (a, b) , y = z', 'x=', 'a,b,!c']) {
      expect(isLabelSelector(text), text).to.equal(true);
    }
  });

  it('refuses what it refuses', () => {
    for (const text of ['', ',', 'a=b,', 'a in b', 'a in ()x', '=b', 'a=b c', '-a=b', 'a=-b', 'a/b/c=d', 'a>1,', 'in (a']) {
      expect(isLabelSelector(text), text).to.equal(false);
    }
  });

  it('decides at once on a hostile text', () => {
    const before = performance.now();
    isLabelSelector(`${'a-'.repeat(2000)}!`);
    isLabelSelector(`x in (${'a,'.repeat(2000)}`);

    expect(performance.now() - before).to.be.below(2000);
  });
});
