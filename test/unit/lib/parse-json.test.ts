import { expect } from 'chai';
import { NumberToken, type JsonObject } from '../../../src/lib/json.js';
import { parseJson, parseJsonItems, stringifyJson } from '../../../src/lib/parse-json.js';

const LOSSY = ['9007199254740993', '-9223372036854775808', '18446744073709551615', '1.0', '-0', '-0.0', '0.10', '1e400', '-1E-400', '1e5', '1E+5', '123456789012345678901234567890', '0.1234567890123456789'];
const EXACT = ['0', '1', '-1', '0.5', '123456789012345', '1234567890123456', '9007199254740991', '1e-7', '1e+21'];

describe('parseJson', () => {
  it('keeps the token of a number that a double would lose, wherever it stands', () => {
    for (const token of LOSSY) {
      for (const [before, after] of [['{"a":', '}'], ['[', ']'], ['[1,', ',2]'], ['[ ', ' ]'], ['[\n', '\n]'], ['{"a":\t', '\r\n}'], ['', ''], [' ', ' '], ['\n', '']] as const) {
        const text = `${before}${token}${after}`;
        expect(stringifyJson(parseJson(text)), text).to.equal(text.replace(/\s/g, ''));
        expect(JSON.stringify(parseJson(`${before}${token}${after}`)), text).to.include(`{"text":"${token}"}`);
      }
    }
  });

  it('makes every other number a number', () => {
    for (const token of EXACT) expect(parseJson(`[${token}]`)).to.deep.equal([Number(token)]);
    expect(parseJson('{"a":0.5,"b":1.0}')).to.deep.equal({ a: 0.5, b: new NumberToken('1.0') });
  });

  it('does not take digits in strings for numbers', () => {
    const text = '{"image":"nginx:1.25","t":"at 1.5, or [9007199254740993]","a":":-0,"}';
    expect(parseJson(text)).to.deep.equal(JSON.parse(text));
  });

  it('keeps __proto__ and integer-like keys as own properties, with and without tokens in the text', () => {
    for (const number of ['1', '1.0']) {
      const object = parseJson(`{"__proto__":{"a":1},"10":2,"2":${number},"constructor":3}`) as JsonObject;
      expect(Object.keys(object).sort()).to.deep.equal(['10', '2', '__proto__', 'constructor']);
      expect(Object.getPrototypeOf(object)).to.equal(Object.prototype);
      expect(object['__proto__']).to.deep.equal({ a: 1 });
    }
  });

  it('reads escapes, surrogates and white space as the engine does', () => {
    const text = ' {"a\\u0041\\n" : [ "\\ud83d" , "\\ud83d\\ude00", "\\\\", "\\"" ] ,\r\n"n": 1.0 } ';
    expect(parseJson(text)).to.deep.equal({ ...(JSON.parse(text) as object), n: new NumberToken('1.0') });
  });

  it('says at which offset a text is malformed', () => {
    for (const [text, offset] of [['', 0], ['{"a":1', 6], ['{"a" 1}', 5], ['[1,]', 3], ['[1.0,]', 5], ['[01]', 2], ['{"a":tru}', 5], ['"\n"', 1], ['[1] x', 4], ['["\\x"]', 1], ['{"a":1.}', 6], ['\ufeff{}', 0]] as const) {
      expect(() => parseJson(text), text).to.throw(SyntaxError, new RegExp(`^Malformed JSON at offset ${offset}$`));
    }
  });

  it('quotes nothing of a malformed text, for it may be a Secret', () => {
    for (const text of ['{"password":"hunter2" "x"}', 'hunter2', '{"password":"hunter2', '{"n":1.0,"password":hunter2}', '{"password":"hunter2\\q"}']) {
      expect(thrown(() => parseJson(text)).stack).to.not.include('hunter2');
      expect(thrown(() => parseJson(text)).cause).to.equal(undefined);
      expect(thrown(() => parseJsonItems(Buffer.from(text))).stack).to.not.include('hunter2');
    }
  });

  it('reads an object that is 1,000 levels deep', () => {
    const text = `${'{"a":['.repeat(500)}1.0${']}'.repeat(500)}`;
    expect(stringifyJson(parseJson(text))).to.equal(text);
  });
});

describe('parseJsonItems', () => {
  it('reads values between commas', () => {
    expect(parseJsonItems(Buffer.from('{"a":1},{"b":[1,2]},3'))).to.deep.equal([{ a: 1 }, { b: [1, 2] }, 3]);
    expect(parseJsonItems(Buffer.from('{"a":1.0}'))).to.deep.equal([{ a: new NumberToken('1.0') }]);
    expect(parseJsonItems(Buffer.from(' \n'))).to.deep.equal([]);
  });

  it('reads only the given part of a larger buffer, and characters of any width', () => {
    const whole = Buffer.from('xx{"é":"😀"}yy');
    expect(parseJsonItems(new Uint8Array(whole.buffer, whole.byteOffset + 2, whole.length - 4))).to.deep.equal([{ é: '😀' }]);
  });

  it('rejects what is no sequence of values', () => {
    for (const text of ['1],[2', '{},', ',{}', '{} {}', ']', '[']) expect(() => parseJsonItems(Buffer.from(text)), text).to.throw(SyntaxError, /^Malformed JSON at offset \d+$/);
    expect(() => parseJsonItems(Buffer.from('{} {}'))).to.throw('offset 3');
  });

  it('rejects bytes that are no UTF-8 instead of replacing them', () => {
    expect(() => parseJsonItems(Buffer.from([0x22, 0xff, 0x22]))).to.throw(SyntaxError, 'Malformed UTF-8');
  });
});

describe('stringifyJson', () => {
  it('writes tokens as they are, and a minus zero', () => {
    expect(stringifyJson({ a: new NumberToken('1e400'), b: [-0, null, true, 'x"'] })).to.equal('{"a":1e400,"b":[-0,null,true,"x\\""]}');
  });

  it('refuses what JSON does not have', () => {
    for (const value of [NaN, Infinity, undefined as never]) expect(() => stringifyJson({ a: [value] })).to.throw(TypeError);
  });
});

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('Nothing was thrown');
}
