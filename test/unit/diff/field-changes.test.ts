import { expect } from 'chai';
import { fieldChanges, shortValue } from '../../../src/diff/field-changes.js';
import { NumberToken, setOwn, type JsonObject } from '../../../src/lib/json.js';

const paths = (before: JsonObject, after: JsonObject): string[] => fieldChanges(before, after).map(({ path }) => path);

describe('field changes', () => {
  it('names what came, changed and went', () => {
    expect(fieldChanges({ a: 1, b: { c: 'x' }, gone: true }, { a: 2, b: { c: 'x', d: null } })).to.deep.equal([
      { path: 'a', keys: ['a'], before: 1, after: 2 },
      { path: 'b.d', keys: ['b', 'd'], before: undefined, after: null },
      { path: 'gone', keys: ['gone'], before: true, after: undefined },
    ]);
  });

  it('matches items by name, so that one that is put first changes nothing else', () => {
    const [app, side] = [{ name: 'app', image: 'a' }, { name: 'side', image: 's' }];
    expect(paths({ list: [app] }, { list: [side, app] })).to.deep.equal(['list[side]']);
    expect(paths({ list: [app, side] }, { list: [side, { ...app, image: 'b' }] })).to.deep.equal(['list[app].image', 'list (order)']);
    expect(paths({ list: [app, side] }, { list: [app] })).to.deep.equal(['list[side]']);
  });

  it('compares lists with equal or missing names by place', () => {
    expect(paths({ list: [{ name: 'a' }, { name: 'a', x: 1 }] }, { list: [{ name: 'a' }, { name: 'a', x: 2 }] })).to.deep.equal(['list[1].x']);
    expect(paths({ list: ['a', 'b'] }, { list: ['a'] })).to.deep.equal(['list[1]']);
  });

  it('tells numbers apart that a double cannot', () => {
    const before = new NumberToken('9007199254740993');
    expect(fieldChanges({ n: before }, { n: new NumberToken('9007199254740993') })).to.deep.equal([]);
    expect(paths({ n: before }, { n: new NumberToken('9007199254740992') })).to.deep.equal(['n']);
    expect(paths({ n: 0 }, { n: -0 })).to.deep.equal(['n']);
  });

  it('takes keys such as __proto__ for what they are, and escapes hostile ones', () => {
    const after: JsonObject = {};
    setOwn(after, '__proto__', 'x');
    expect(paths({}, after)).to.deep.equal(['__proto__']);
    expect(paths({}, { 'a\nb': 1, 'x.y/z': 2 })).to.deep.equal(['["a\\x0ab"]', '["x.y/z"]']);
  });

  it('stops at its limit', () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, index]));
    expect(fieldChanges({}, many, 7)).to.have.length(7);
  });

  it('shows long values, texts of several lines and containers by their size', () => {
    expect(['x'.repeat(81), 'a\nb', '', [1, 2], { a: 1 }, null, undefined, new NumberToken('1e400')].map(shortValue)).to.deep.equal(['(81 characters)', '(3 characters)', '""', '[2]', '{1}', 'null', 'absent', '1e400']);
  });
});
