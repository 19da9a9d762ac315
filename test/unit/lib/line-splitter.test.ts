import { expect } from 'chai';
import { LineSplitter } from '../../../src/lib/line-splitter.js';

function texts(lines: readonly Uint8Array[]): string[] {
  return lines.map((line) => Buffer.from(line).toString('utf8'));
}

describe('LineSplitter', () => {
  it('gives the same lines wherever the chunks end', () => {
    const bytes = Buffer.from('first\nsécond 😀\n\nthird\n');

    for (let at = 0; at <= bytes.length; at++) {
      const splitter = new LineSplitter();
      const lines = [...texts(splitter.push(bytes.subarray(0, at))), ...texts(splitter.push(bytes.subarray(at)))];
      expect(lines, `cut at ${at}`).to.deep.equal(['first', 'sécond 😀', 'third']);
      expect(splitter.pendingBytes).to.equal(0);
    }
  });

  it('keeps a line that has not ended, and says how long it is', () => {
    const splitter = new LineSplitter();

    expect(texts(splitter.push(Buffer.from('a\nbc')))).to.deep.equal(['a']);
    expect(splitter.push(Buffer.from('d'))).to.deep.equal([]);
    expect(splitter.pendingBytes).to.equal(3);
    expect(texts(splitter.push(Buffer.from('\n')))).to.deep.equal(['bcd']);
  });

  it('refuses a line that is longer than allowed, before it fills the memory', () => {
    const splitter = new LineSplitter(10);
    splitter.push(Buffer.from('12345678'));

    expect(() => splitter.push(Buffer.from('9012'))).to.throw(RangeError, '10 bytes');
  });
});
