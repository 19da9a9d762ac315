import { expect } from 'chai';
import { CanonError } from '../../../src/canon/canon-error.js';
import { emit } from '../../../src/canon/emitter.js';
import { assertReadsBack, judgeWithJsYaml } from '../../../src/canon/self-check.js';
import { EXIT } from '../../../src/lib/exit-codes.js';
import { NumberToken, type JsonObject } from '../../../src/lib/json.js';

const VALUE: JsonObject = { a: { b: [1, { 'c d': 'hunter2' }] }, n: new NumberToken('9007199254740993'), e: {} };

describe('the self-check of canonical texts', () => {
  for (const [name, check] of Object.entries({ assertReadsBack, judgeWithJsYaml })) {
    it(`${name} accepts what was emitted, whichever token stands for a number`, () => {
      check(emit(VALUE), VALUE);
      check(emit({ a: new NumberToken('1E400') }), { a: new NumberToken('1.0e+400') });
      check(emit({ a: -0 }), { a: new NumberToken('-0') });
    });

    it(`${name} names the path of a difference, and no value`, () => {
      const changes: [JsonObject, string][] = [
        [{ ...VALUE, a: { b: [1, { 'c d': 'hunter3' }] } }, '$.a.b[1]["c d"]'],
        [{ ...VALUE, a: { b: [1] } }, '$.a.b[1]'],
        [{ ...VALUE, n: new NumberToken('9007199254740992') }, '$.n'],
        [{ ...VALUE, n: '9007199254740993' }, '$.n'],
        [{ ...VALUE, e: [] }, '$.e'],
        [{ ...VALUE, e: null }, '$.e'],
        [{ ...VALUE, 'x\x1b': 1 }, '$["x\\x1b"]'],
      ];
      for (const [changed, path] of changes) {
        const error = thrown(() => { check(emit(changed), VALUE); });
        expect(error).to.be.instanceOf(CanonError);
        expect(error).to.have.property('exitCode', EXIT.internal);
        expect(error.message).to.include(` at ${path}:`);
        expect(error.stack).to.not.include('hunter');
      }
    });

    it(`${name} does not accept a text that cannot be read`, () => {
      const error = thrown(() => { check('a: "hunter2\n', VALUE); });
      expect(error).to.be.instanceOf(CanonError);
      expect(error.stack).to.not.include('hunter2');
    });
  }

  it('does not accept another style, even one that means the same', () => {
    expect(() => { assertReadsBack('a: yes\n', { a: 'yes' }); }).to.throw(CanonError, 'style');
  });
});

function thrown(work: () => void): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown');
}
