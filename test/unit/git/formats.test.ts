import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { expect } from 'chai';
import { encodeCommit, parseCommit } from '../../../src/git/commit-object.js';
import { crc32, tableCrc32 } from '../../../src/git/crc32.js';
import { applyDelta } from '../../../src/git/delta.js';
import { isTrue, parseGitConfig } from '../../../src/git/git-config.js';
import { geometricSplit } from '../../../src/git/geometric.js';
import { PackEntries } from '../../../src/git/pack-entries.js';
import { encodeIndex, PackIndex } from '../../../src/git/pack-index.js';
import { branchRef } from '../../../src/git/refs.js';
import { entryAt, entryStarts, mergeEntries } from '../../../src/git/tree-entries.js';
import { blobOf, blobOid, objectOid } from '../../../src/lib/git-blob.js';
import { expectCode } from './support.js';

describe('git formats', () => {
  it('gives a blob the id that git gives it, small and large', () => {
    expect(blobOid(Buffer.from('hello\n'))).to.equal('ce013625030ba8dba906f756967f9e9ca394464a');
    const large = Buffer.alloc(200_000, 'x');
    expect(blobOid(large)).to.equal(createHash('sha1').update('blob 200000\0').update(large).digest('hex'));
    expect(blobOf(large).size).to.equal(200_000);
    expect(objectOid('tree', Buffer.alloc(0))).to.equal('4b825dc642cb6eb9a060e54bf8d69288fbee4904');
  });

  it('computes the same CRC with the table as with zlib', () => {
    const data = Buffer.from('123456789');
    expect(tableCrc32(data)).to.equal(0xcbf43926);
    expect(tableCrc32(data.subarray(4), tableCrc32(data.subarray(0, 4)))).to.equal(crc32(data));
    expect(deflateRawSync(data)).not.to.have.length(0);
  });

  it('keeps offsets of 2 GiB and more in an index', () => {
    const entries = new PackEntries();
    const offsets = [12, 0x7fffffff, 0x80000000, 0x1234567890];
    offsets.forEach((offset, i) => entries.push(objectOid('blob', Buffer.from(`${i}`)), i, offset));
    const bytes = encodeIndex(entries, Buffer.alloc(20, 7));
    const index = new PackIndex((at, length) => bytes.subarray(at, at + length), bytes.length);
    offsets.forEach((offset, i) => expect(index.offsetOf(Buffer.from(objectOid('blob', Buffer.from(`${i}`)), 'hex'))).to.equal(offset));
    expect(index.offsetOf(Buffer.alloc(20))).to.equal(undefined);
  });

  it('refuses an index that is cut short or none', () => {
    const bytes = encodeIndex(new PackEntries(), Buffer.alloc(20));
    expect(() => new PackIndex((at, length) => bytes.subarray(at, at + length), bytes.length - 1)).to.throw(RangeError);
    expect(() => new PackIndex(() => Buffer.alloc(1032), 1032)).to.throw(RangeError);
  });

  it('applies copies and insertions of a delta, and refuses one for another base', () => {
    const base = Buffer.from('0123456789');
    const delta = Buffer.from([10, 7, 0x90, 4, 3, 0x61, 0x62, 0x63]);
    expect(applyDelta(base, delta).toString()).to.equal('0123abc');
    expect(() => applyDelta(base.subarray(1), delta)).to.throw(RangeError);
    expect(() => applyDelta(base, delta.subarray(0, 5))).to.throw(RangeError);
    expect(() => applyDelta(base, Buffer.from([10, 3, 0x91, 9, 3]))).to.throw(RangeError);
  });

  it('sorts a folder as if its name ended with a slash', () => {
    const oid = '11'.repeat(20);
    const changes = ['a.b', 'a', 'a0'].map((name) => ({ name, isFolder: name === 'a', oid }));
    const bytes = mergeEntries(Buffer.alloc(0), new Uint32Array(0), changes);
    expect([...entryStarts(bytes)].map((start) => entryAt(bytes, start).name)).to.deep.equal(['a.b', 'a', 'a0']);
  });

  it('keeps the mode of an entry that gets new content', () => {
    const old = Buffer.concat([Buffer.from('100755 run\0'), Buffer.alloc(20, 1)]);
    const bytes = mergeEntries(old, entryStarts(old), [{ name: 'run', isFolder: false, oid: '22'.repeat(20) }]);
    expect(bytes.toString('latin1', 0, 11)).to.equal('100755 run\0');
    expect(bytes.toString('hex', 11)).to.equal('22'.repeat(20));
  });

  it('refuses a broken tree', () => {
    for (const text of ['100644', '100644 a\0short', 'x\0' + 'y'.repeat(20)]) expect(() => entryStarts(Buffer.from(text))).to.throw(RangeError);
  });

  it('reads back the commit that it wrote, message ending with one line feed', () => {
    const content = encodeCommit({ tree: '1'.repeat(40), parents: ['2'.repeat(40), '3'.repeat(40)], by: 'a <b@c>', at: 12, message: 'ünï\n\nbody' });
    expect(parseCommit('4'.repeat(40), content)).to.deep.equal({
      oid: '4'.repeat(40), tree: '1'.repeat(40), parents: ['2'.repeat(40), '3'.repeat(40)], committedAt: 12, message: 'ünï\n\nbody\n',
    });
  });

  it('reads a git configuration as git does', () => {
    const config = parseGitConfig('[core]\n\tbare = true ; yes\n[Remote "Or\\"igin"] URL = "a # b"\n\tpromisor\n[x "y"]\nlong = a\\\nb\n');
    expect([...config]).to.deep.equal([['core.bare', 'true'], ['remote.Or"igin.url', 'a # b'], ['remote.Or"igin.promisor', 'true'], ['x.y.long', 'ab']]);
    expect(isTrue('On')).to.equal(true);
    expect(isTrue('0')).to.equal(false);
  });

  it('refuses a branch name that git refuses', async () => {
    expect(branchRef('clusters/prod')).to.equal('refs/heads/clusters/prod');
    for (const name of ['', 'a..b', '.a', 'a/', 'a.lock', 'a b', '-a', '@{x', 'a/.b', 'x~1']) await expectCode('NOT_FOUND', () => branchRef(name));
  });
});

describe('geometric merge', () => {
  it('leaves packs alone that grow by two or more', () => {
    expect(geometricSplit([1, 2, 4, 8])).to.equal(0);
    expect(geometricSplit([])).to.equal(0);
  });

  it('merges the small ones, and the next that the sum would crowd', () => {
    expect(geometricSplit([1, 1, 1, 100])).to.equal(3);
    expect(geometricSplit([1, 1, 3, 100])).to.equal(3);
    expect(geometricSplit([5, 5, 5, 5])).to.equal(4);
  });
});
