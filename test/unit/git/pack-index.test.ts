import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { PackEntries } from '../../../src/git/pack-entries.js';
import { encodeIndex, PackIndex } from '../../../src/git/pack-index.js';
import { propertyRuns } from '../../support/scale.js';

function indexOf(ids: readonly string[]): { readonly index: PackIndex; readonly read: () => number } {
  const entries = new PackEntries();
  ids.forEach((id, i) => entries.push(id, 0, 12 + i));
  const bytes = encodeIndex(entries, Buffer.alloc(20));
  let read = 0;
  const index = new PackIndex((at, length) => {
    read += length;
    return bytes.subarray(at, at + length);
  }, bytes.length);
  return { index, read: () => read };
}

const id = (text: string): string => createHash('sha1').update(text).digest('hex');

describe('the index of a pack', () => {
  it('finds every id, and no other, however the ids are spread', () => {
    // Ids that begin alike defeat a guess from their value; both kinds are mixed.
    const anyId = fc.oneof(fc.nat(5000).map((n) => id(`${n}`)), fc.nat(300).map((n) => `7f${'0'.repeat(34)}${n.toString(16).padStart(4, '0')}`), fc.nat(300).map((n) => `7f${'f'.repeat(34)}${n.toString(16).padStart(4, '0')}`));
    const property = fc.property(fc.uniqueArray(anyId, { maxLength: 600, size: 'max' }), fc.array(anyId, { maxLength: 20 }), (ids, others) => {
      const { index } = indexOf(ids);
      ids.forEach((each, i) => expect(index.offsetOf(Buffer.from(each, 'hex'))).to.equal(12 + i));
      const held = new Set(ids);
      for (const other of others) if (!held.has(other)) expect(index.offsetOf(Buffer.from(other, 'hex'))).to.equal(undefined);
    });
    fc.assert(property, propertyRuns(30));
  });

  it('finds the ids that begin so, in order', () => {
    const ids = Array.from({ length: 3000 }, (_, i) => id(`${i}`));
    const { index } = indexOf(ids);
    const property = fc.property(fc.nat(4000), fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 20 }), (i, length, limit) => {
      const prefix = id(`${i}`).slice(0, length);
      expect(index.startingWith(prefix, limit)).to.deep.equal(ids.filter((each) => each.startsWith(prefix)).sort().slice(0, limit));
    });
    fc.assert(property, propertyRuns(200));
    expect(indexOf([]).index.startingWith('0000', 5)).to.deep.equal([]);
  });

  it('reads little of a large index for one id', () => {
    const ids = Array.from({ length: 200_000 }, (_, i) => id(`${i}`));
    const { index, read } = indexOf(ids);
    const before = read();
    for (let i = 0; i < 1000; i++) expect(index.offsetOf(Buffer.from(ids[i * 200] ?? '', 'hex'))).to.equal(12 + i * 200);
    // A bucket of the fan-out table is 15 KiB here.
    expect((read() - before) / 1000).to.be.below(4096);
  });
});
