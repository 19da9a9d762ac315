import { expect } from 'chai';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { locator, placeOf } from '../../../src/config/locate.js';
import { propertyRuns } from '../../support/scale.js';

describe('config/locate', () => {
  const source = ['# head', 'log:', '  level: "loud"', 'include:', '- types: [a, bb]', '  names: &n', '  - x', 'other: *n', 'empty:', 'last: 1'].join('\n');
  const places = locator(source);

  it('finds values in maps and lists, block and flow', () => {
    expect(places.value(['log', 'level'])).to.deep.equal({ line: 3, column: 10 });
    expect(places.value(['include', 0, 'types', 1])).to.deep.equal({ line: 5, column: 14 });
    expect(places.value(['include', 0, 'names', 0])).to.deep.equal({ line: 7, column: 5 });
    expect(places.value(['last'])).to.deep.equal({ line: 10, column: 7 });
  });

  it('finds keys', () => {
    expect(places.key(['log'])).to.deep.equal({ line: 2, column: 1 });
    expect(places.key(['include', 0, 'names'])).to.deep.equal({ line: 6, column: 3 });
  });

  it('falls back to what is nearest above', () => {
    expect(places.value(['log', 'format'])).to.deep.equal({ line: 3, column: 3 });
    expect(places.value(['nothing'])).to.deep.equal({ line: 2, column: 1 });
    expect(places.value(['empty'])).to.deep.equal({ line: 9, column: 1 });
    expect(places.value(['other', 0])).to.deep.equal({ line: 8, column: 8 });
  });

  it('finds every scalar of any document where it is written', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const document = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, word, fc.array(tie('node'), { minLength: 1, maxLength: 3 }), fc.dictionary(word, tie('node'), { minKeys: 1, maxKeys: 3 })),
    })).node;
    fc.assert(
      fc.property(document, fc.boolean(), (value, flow) => {
        const text = dump(value, { noRefs: true, flowLevel: flow ? 1 : -1 });
        const lines = text.split('\n');
        const find = locator(text);
        for (const [path, scalar] of scalarsOf(value, [])) {
          const { line, column } = find.value(path);
          expect((lines[line - 1] ?? '').slice(column - 1).replace(/^['"]/, ''), `${path.join('.')} in\n${text}`).to.match(new RegExp(`^${scalar}`));
        }
      }),
      propertyRuns(100),
    );
  });

  it('counts lines and columns from 1', () => {
    expect(placeOf('ab\ncd', 0)).to.deep.equal({ line: 1, column: 1 });
    expect(placeOf('ab\ncd', 4)).to.deep.equal({ line: 2, column: 2 });
  });
});

function* scalarsOf(value: unknown, path: readonly PropertyKey[]): Iterable<[readonly PropertyKey[], string]> {
  if (typeof value === 'string') {
    yield [path, value];
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) {
      yield* scalarsOf(item, [...path, index]);
    }
  } else {
    for (const [key, item] of Object.entries(value as object)) {
      yield* scalarsOf(item, [...path, key]);
    }
  }
}
