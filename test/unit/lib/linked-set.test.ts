import { expect } from 'chai';
import { LinkedSet } from '../../../src/lib/linked-set.js';
import { propertySeed, random } from '../../support/scale.js';

describe('LinkedSet', () => {
  it('has what was added and not taken out, in the order in which it came', () => {
    const draw = random(propertySeed());
    const set = new LinkedSet<number>();
    const held = new Map<number, () => void>();
    for (let n = 0; n < 5000; n++) {
      if (draw() < 0.55) held.set(n, set.add(n));
      else {
        const [key, remove] = [...held][Math.floor(draw() * held.size)] ?? [];
        remove?.();
        remove?.();
        if (key !== undefined) held.delete(key);
      }
      if (n % 100 === 0) expect(set.values()).to.deep.equal([...held.keys()]);
      expect(set.isEmpty).to.equal(held.size === 0);
    }
    for (const remove of held.values()) remove();
    expect(set.values()).to.deep.equal([]);
  });

  it('holds a value twice when it came twice', () => {
    const set = new LinkedSet<string>();
    const first = set.add('a');
    set.add('a');
    first();
    expect(set.values()).to.deep.equal(['a']);
  });
});
