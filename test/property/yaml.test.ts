import { expect } from 'chai';
import fc from 'fast-check';
import { emit } from '../../src/canon/emitter.js';
import { readOwnStyle, readYaml } from '../../src/canon/reader.js';
import { assertReadsBack, judgeWithJsYaml } from '../../src/canon/self-check.js';
import type { Json, JsonObject } from '../../src/lib/json.js';
import { parseJson, stringifyJson } from '../../src/lib/parse-json.js';
import { adversarialObject, adversarialText, objectOf, reversed, withNormalNumbers, WORDS } from '../support/adversarial.js';
import { propertyRuns } from '../support/scale.js';

describe('canonical YAML, for any object', () => {
  it('reads back as the same object, number tokens and strange keys included', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        const text = emit(object);
        const read = readOwnStyle(text);
        expect(stringifyJson(sortedKeys(read))).to.equal(stringifyJson(sortedKeys(withNormalNumbers(object))));
        assertReadsBack(text, object);
      }),
      propertyRuns(1_500, 60_000),
    );
  });

  it('is read by js-yaml as the same object', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        judgeWithJsYaml(emit(object), object);
      }),
      propertyRuns(1_000, 40_000),
    );
  });

  it('is written again byte for byte after it was read', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        const text = emit(object);
        expect(emit(readYaml(text))).to.equal(text);
      }),
      propertyRuns(800, 30_000),
    );
  });

  it('does not depend on the order of keys', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        expect(emit(reversed(object) as JsonObject)).to.equal(emit(object));
      }),
      propertyRuns(800, 30_000),
    );
  });

  it('holds no raw control or format character that a reader, git or an editor would change', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        const text = emit(object);
        expect(text).to.match(/^[\t\n\x20-\x7e\u00a1-\u2027\u202a-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*\n$/u);
        expect(Buffer.from(text).toString()).to.equal(text);
      }),
      propertyRuns(800, 30_000),
    );
  });

  for (const [where, wrap] of Object.entries<(text: string) => JsonObject>({
    'a value': (text) => ({ a: text, b: 1 }),
    'a key': (text) => objectOf([[text, 'v'], ['zz', [objectOf([[text, objectOf([[text, [text]]])]])]]]),
    'a list item': (text) => ({ a: [text, [text, [text]], 'end'] }),
    'a line of a block': (text) => ({ a: `first\n${text}\nlast`, b: [`${text}\nlast\n`, `first\n${text}`, `\n${text}\n\n`], c: { d: ` ${text}\nx` } }),
  })) {
    it(`takes every word that YAML readers disagree about for a string, as ${where}`, () => {
      for (const one of WORDS) {
        for (const text of [one, `${one}${one}`, ` ${one}`, `${one} `, `a${one}`, `${one}a`, `1${one}`]) judgedByBoth(wrap(text));
      }
      fc.assert(
        fc.property(adversarialText, (text) => {
          judgedByBoth(wrap(text));
        }),
        propertyRuns(400, 20_000),
      );
    });
  }
});

describe('reading YAML that a person changed', () => {
  it('never gives another meaning to a changed text than js-yaml does', () => {
    const change = fc.record({ at: fc.nat(), remove: fc.integer({ min: 0, max: 3 }), insert: fc.oneof(fc.constant(''), fc.constantFrom(' ', '  ', '\n', ': ', ':', '- ', '#', ' #', '"', '\\', '|', '\t', '\r', '0', '1', '.', 'e', 'y', '? ', '{', '[', '...\n', '---\n', '\\x41'), adversarialText) });
    let own = 0;
    fc.assert(
      fc.property(adversarialObject, fc.array(change, { minLength: 1, maxLength: 3 }), (object, changes) => {
        let text = emit(object);
        for (const { at, remove, insert } of changes) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + insert + text.slice(place + remove);
        }
        const read = readOwnStyle(text);
        if (read === null) return;
        own++;
        judgeWithJsYaml(text, read);
      }),
      propertyRuns(3_000, 100_000),
    );
    expect(own).to.be.greaterThan(100);
  });
});

describe('lossless JSON, for any value', () => {
  it('gives every token back', () => {
    fc.assert(
      fc.property(adversarialObject, (object) => {
        const text = stringifyJson(object);
        expect(stringifyJson(parseJson(text))).to.equal(text);
        const pretty = JSON.stringify(JSON.parse(JSON.stringify(withoutTokens(object))), null, 2);
        expect(parseJson(pretty)).to.deep.equal(JSON.parse(pretty));
      }),
      propertyRuns(800, 30_000),
    );
  });

  it('accepts and rejects what the engine accepts and rejects, and says where without quoting', () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 2 }), fc.constantFrom('', ',', ':', '"', '\\', '\\u12', '{', '}', '[', ']', '0', '-', '.', 'e', '1.0', ' ', '\n', '\u0001', 'null', '\ufeff', '\u00a0'));
    fc.assert(
      fc.property(adversarialObject, change, (object, [at, remove, insert]) => {
        const valid = stringifyJson(object);
        const place = at % (valid.length + 1);
        const text = valid.slice(0, place) + insert + valid.slice(place + remove);
        expect(outcome(() => stringifyJson(withoutTokens(parseJson(text))))).to.equal(outcome(() => stringifyJson(withoutTokens(JSON.parse(text) as Json))));
      }),
      propertyRuns(3_000, 100_000),
    );
  });
});

function judgedByBoth(object: JsonObject): void {
  const text = emit(object);
  assertReadsBack(text, object);
  judgeWithJsYaml(text, object);
}

function outcome(work: () => string): string {
  try {
    return work();
  } catch (error) {
    expect(error).to.be.instanceOf(SyntaxError);
    return 'rejected';
  }
}

/** Tokens as texts, so that values of both parsers can be compared. */
function withoutTokens(value: Json): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map(withoutTokens);
  if (typeof value === 'number' || 'text' in value && Object.getPrototypeOf(value) !== Object.prototype) return `number ${Number(typeof value === 'number' ? value : value.text)}`;
  return objectOf(Object.keys(value).map((key) => [key, withoutTokens((value as JsonObject)[key] as Json)]));
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.keys(value).map((key) => [key, sortedKeys((value as JsonObject)[key] as Json)] as const);
  return members.length === 0 ? {} : objectOf(members.sort(([a], [b]) => (a < b ? -1 : 1)));
}
