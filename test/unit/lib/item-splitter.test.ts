import { expect } from 'chai';
import fc from 'fast-check';
import { ItemSplitter } from '../../../src/lib/item-splitter.js';
import { propertyRuns } from '../../support/scale.js';

interface Split {
  readonly batches: readonly string[];
  readonly counts: readonly number[];
  readonly envelope: unknown;
}

/** Feeds a document in pieces of the given sizes (repeated). */
function split(document: string, sizes: readonly number[] = [65_536], batchBytes?: number): Split {
  const bytes = Buffer.from(document);
  const splitter = new ItemSplitter(batchBytes);
  const batches: string[] = [];
  const counts: number[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    for (const batch of splitter.push(bytes.subarray(at, at + size))) {
      batches.push(Buffer.from(batch.items).toString('utf8'));
      counts.push(batch.count);
    }
    at += size;
  }
  return { batches, counts, envelope: JSON.parse(splitter.end()) };
}

function items({ batches }: Split): unknown[] {
  return batches.flatMap((batch) => JSON.parse(`[${batch}]`) as unknown[]);
}

const AWKWARD = [
  { metadata: { name: 'a' }, data: { items: '["items":[', 'ends\\': 'with "quotes" and \\', '}': ']' } },
  { spec: { items: [{ items: [] }, [[]], {}], text: `${'x'.repeat(200)}\\"${'\\'.repeat(7)}"` } },
  {},
  { 'ünï': '😀 \u2028 { [ " \\ ] }', n: [1, -0.5, 1e21, true, null] },
];

describe('ItemSplitter', () => {
  it('gives the same items wherever the chunks end', () => {
    const document = JSON.stringify({ kind: 'List', metadata: { resourceVersion: '7', continue: 'x' }, items: AWKWARD, more: { items: [1] } });

    for (let at = 1; at < Buffer.byteLength(document); at++) {
      const result = split(document, [at, 1_000_000]);
      expect(items(result), `cut at ${at}`).to.deep.equal(AWKWARD);
      expect(result.envelope, `cut at ${at}`).to.deep.equal({ kind: 'List', metadata: { resourceVersion: '7', continue: 'x' }, items: [], more: { items: [1] } });
    }
    expect(items(split(document, [1]))).to.deep.equal(AWKWARD);
  });

  it('reads metadata after the items, white space, escaped keys, null and empty items', () => {
    expect(split('{"items":[{"a":1}],"metadata":{"resourceVersion":"9"}}').envelope).to.deep.equal({ items: [], metadata: { resourceVersion: '9' } });
    expect(items(split('\n{ "items" :\t[ {"a" : 1 } ,\r\n {} ] }\n', [3]))).to.deep.equal([{ a: 1 }, {}]);
    expect(items(split('{"\\u0069tems":[{}]}', [2]))).to.deep.equal([{}]);
    expect(split('{"items":null}')).to.deep.include({ batches: [], envelope: { items: null } });
    expect(split('{"items":[ ]}')).to.deep.include({ batches: [], envelope: { items: [] } });
  });

  it('does not take a nested member named items, or a text that looks like one, for the items', () => {
    const document = '{"metadata":{"items":[{"no":1}]},"note":"\\"items\\":[{","list":[{"no":2}],"items":[{"yes":1}]}';

    expect(items(split(document, [1]))).to.deep.equal([{ yes: 1 }]);
  });

  it('cuts batches at whole items once they reach the wanted size, and counts them', () => {
    const all = Array.from({ length: 100 }, (_, i) => ({ i, text: 'x'.repeat(50) }));
    const result = split(JSON.stringify({ items: all }), [17], 500);

    expect(items(result)).to.deep.equal(all);
    expect(result.counts.reduce((a, b) => a + b, 0)).to.equal(100);
    expect(result.batches.length).to.be.within(10, 20);
    for (const batch of result.batches.slice(0, -1)) expect(batch.length).to.be.within(500, 600);
  });

  it('keeps number tokens as they came', () => {
    expect(split('{"items":[{"a":9223372036854775807,"b":-0,"c":1e400}]}').batches).to.deep.equal(['{"a":9223372036854775807,"b":-0,"c":1e400}']);
  });

  it('gives memory that later bytes do not change', () => {
    const splitter = new ItemSplitter(1);
    const chunk = Buffer.from('{"items":[{"a":1}');
    const [first] = splitter.push(chunk);
    chunk.fill(0);
    splitter.push(Buffer.from(',{"b":2}]}'));

    expect(Buffer.from(first?.items ?? []).toString()).to.equal('{"a":1}');
  });

  it('refuses a document that ends early, wherever that is', () => {
    const document = JSON.stringify({ metadata: {}, items: AWKWARD });

    for (let at = 0; at < Buffer.byteLength(document); at++) {
      const splitter = new ItemSplitter();
      splitter.push(Buffer.from(document).subarray(0, at));
      expect(() => splitter.end(), `cut at ${at}`).to.throw(SyntaxError, 'ended before');
    }
  });

  it('refuses what is no list', () => {
    for (const document of ['[]', 'null', '<html>', '{"items":[1]}', '{"items":["a"]}', '{"items":[[]]}', '{"items":[{}{}]}', '{"items":[,{}]}', '{"items":[{},]}', '{"items":[{}}', '{"items":[]}x', '{"items":[],"items":[]}']) {
      expect(() => split(document), document).to.throw(SyntaxError);
    }
    expect(() => split(`{"a":"${'x'.repeat(1_100_000)}`)).to.throw(SyntaxError, 'no list');
  });

  it('splits any list in any pieces into its items', () => {
    const text = fc.string({ unit: fc.constantFrom('"', '\\', '{', '}', '[', ']', ',', ':', 'items', 'x'.repeat(60), 'é', '\n') });
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ depthSize: 'small' }, text, fc.integer(), fc.constant(null), fc.array(tie('any'), { maxLength: 3 }), fc.dictionary(text, tie('any'), { maxKeys: 3 })),
    })).any;
    const object = fc.dictionary(text, value, { maxKeys: 4 });
    fc.assert(
      fc.property(fc.array(object, { maxLength: 8 }), object, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 300 }), fc.constantFrom(undefined, 1, 2), (list, metadata, sizes, batchBytes, indent) => {
        const result = split(JSON.stringify({ metadata, items: list }, undefined, indent), sizes, batchBytes);
        expect(items(result)).to.deep.equal(JSON.parse(JSON.stringify(list)));
        expect(result.envelope).to.deep.equal(JSON.parse(JSON.stringify({ metadata, items: [] })));
      }),
      propertyRuns(300),
    );
  });
});
