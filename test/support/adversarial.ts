import fc from 'fast-check';
import { NumberToken, setOwn, type Json, type JsonObject } from '../../src/lib/json.js';
import { normalNumber } from '../../src/canon/scalars.js';

/** Words that some reader of YAML takes for something else than a string (design: canonical-form.md, appendix A). */
export const WORDS: readonly string[] = [
  ...('yes y Y on off no N null Null ~ true 1e3 0x10 08 010 0o17 1_000 0b11 2024-01-01 2024-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00 ' +
    '190:20:30 22:22 .inf -.inf .NaN +1 = << - ? : # % @ ` &a *a !t { } [ ] , | > \' " \\ --- ... 1. .5 1e+21 +.5 -.5 1,000 0x 0b 1e e3 12e03 ' +
    '0. ._ . .. NaN Inf inf Infinity __proto__ 1:2 http://x/y $(VAR) %YAML 0o8 0x1.8p1 1__0 _1 + ++ -a -1a 1a 1-2 1970 12:30:45 1.5.2 10.0.0.1 ' +
    '1/2 500m 1Gi 1.5Gi 10s 5m0s 1h30m 250ms 1k 0.5n 1E 1P 1e31970 61e9540 1e6 0192117 686e444 4225332 12abc deadbeef 0xdeadbeef 3.19-alpine ' +
    '1.21.0 1.21.0-rc.1 v1.2 --foo=bar -c -- --1 -inf constructor toString hasOwnProperty 10 2 nULL -nan -infinity').split(' '),
  '', 'a: b', 'a #b', 'a:', '- a', '? a', '!!str a', '{{ tpl }}', '1 2', 'key: |', '# c', '\t', '\n', '\r', '\r\n', '\u0085', '\u2028', '\u2029', '\ufeff',
  '\u00a0', '\0', '\x1b', '\x7f', '\x80', '\ufffe', '\uffff', '😀', '\uff5e', 'é', 'e\u0301', ' lead', 'trail ', '\tlead', 'trail\t', '  ', '\ud83d', '\ude00', '\u202e',
  'x'.repeat(130), 'word '.repeat(36), 'k'.repeat(1100),
];

/** Words, concatenations of up to five of them, and anything else. */
export const adversarialText: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...WORDS) },
  { weight: 4, arbitrary: fc.array(fc.constantFrom(...WORDS), { minLength: 2, maxLength: 5 }).map((words) => words.join('')) },
  { weight: 3, arbitrary: fc.array(fc.constantFrom(...WORDS, 'line', '  indented', ' ', '\t'), { minLength: 2, maxLength: 6 }).map((lines) => lines.join('\n')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 6 }).map((units) => String.fromCharCode(...units)) },
);

/** Number tokens of JSON, nearly all of them of a kind that a double loses. */
export const numberToken: fc.Arbitrary<number | NumberToken> = fc.oneof(
  fc.constantFrom('-0', '-0.0', '1.0', '1e400', '-1E-400', '1e5', '1E+5', '1.50e03', '0e0', '9007199254740993', '-9223372036854775808', '18446744073709551615', '0.1', '100', '1e-7', '1e21', '1e+21').map(parsedNumber),
  fc.tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.option(fc.stringMatching(/^[0-9]{1,20}$/)), fc.option(fc.stringMatching(/^[eE][+-]?[0-9]{1,4}$/)))
    .map(([negative, whole, fraction, exponent]) => parsedNumber(`${negative ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}${exponent ?? ''}`)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

/** As the parser gives it: a token where a double would lose it; not in normal form. */
function parsedNumber(token: string): number | NumberToken {
  return String(Number(token)) === token ? Number(token) : new NumberToken(token);
}

const place = fc.constantFrom('metadata', 'labels', 'data', 'spec', 'status', 'name', 'key', 'type', 'items', 'kind');

/** Objects of any shape whose keys and values try to be misread. */
export const adversarialObject: fc.Arbitrary<JsonObject> = fc.letrec<{ value: Json; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 4, arbitrary: adversarialText },
    { weight: 2, arbitrary: numberToken },
    { weight: 1, arbitrary: fc.constantFrom<Json>(null, true, false) },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 4 }) },
    { weight: 2, arbitrary: tie('object') },
  ),
  object: fc.array(fc.tuple(fc.oneof(adversarialText, place), tie('value')), { maxLength: 5 }).map(objectOf),
})).object;

/** An object with these members, whatever their names are; of two with one name the last counts. */
export function objectOf(members: readonly (readonly [string, Json])[]): JsonObject {
  const object: JsonObject = {};
  for (const [key, value] of members) setOwn(object, key, value);
  return object;
}

/** A copy whose numbers are in normal form, as readers return them. */
export function withNormalNumbers(value: Json): Json {
  if (typeof value === 'number' || value instanceof NumberToken) return normalNumber(value);
  if (Array.isArray(value)) return value.map(withNormalNumbers);
  if (value === null || typeof value !== 'object') return value;
  return objectOf(Object.keys(value).map((key) => [key, withNormalNumbers(value[key] as Json)]));
}

/** A copy whose members stand in another order, at every depth. */
export function reversed(value: Json): Json {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object' || value instanceof NumberToken) return value;
  return objectOf(Object.keys(value).reverse().map((key) => [key, reversed(value[key] as Json)]));
}
