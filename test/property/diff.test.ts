// Comparing: no difference is lost, none is made up, and a printed patch turns one side into the other.
import jsonPatch from 'fast-json-patch';
import { expect } from 'chai';
import fc from 'fast-check';
import { compareObjects } from '../../src/diff/compare-objects.js';
import { applyJsonPatch, patchText, toJsonPatch, type JsonPatchOperation } from '../../src/diff/json-patch.js';
import { builtInListKeys, type ListKeys } from '../../src/diff/list-keys.js';
import { counterpart } from '../../src/diff/locate.js';
import { isObject, own, setOwn, type Json, type JsonObject } from '../../src/lib/json.js';
import { parseJson, stringifyJson } from '../../src/lib/parse-json.js';
import { adversarialObject, objectOf } from '../support/adversarial.js';
import { everyKind } from '../support/every-kind.js';
import { propertyRuns } from '../support/scale.js';

const OBJECTS = everyKind('shop').map((object) => JSON.parse(JSON.stringify(object)) as JsonObject);

/** The JSON text with members in one order: equal for the same JSON, token by token. */
function normalText(value: Json | undefined): string {
  if (value === undefined) return 'absent';
  if (Array.isArray(value)) return `[${value.map(normalText).join(',')}]`;
  if (!isObject(value)) return stringifyJson(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${normalText(own(value, key))}`).join(',')}}`;
}

/** One change somewhere: a value replaced, a member or item added, removed, doubled or moved. Numbers say where and what. */
function edited(value: Json, steps: readonly number[]): Json {
  const [at = 0, what = 0, ...rest] = steps;
  const deeper = rest.length > 0 && what % 7 !== 0;
  if (Array.isArray(value) && value.length > 0) {
    const i = at % value.length;
    const item = value[i] as Json;
    if (deeper && typeof item === 'object' && item !== null) return value.map((each, j) => (j === i ? edited(item, rest) : each));
    return [[...value.slice(0, i), ...value.slice(i + 1)], [...value, item], [...value].reverse(), [...value.slice(0, i), 'new', ...value.slice(i)]][what % 4] as Json;
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [1, 'text', null, { a: [1] }, [], parseJson('1.0')][what % 6] as Json;
  const keys = Object.keys(value);
  const key = keys[at % keys.length] as string;
  const copy: JsonObject = {};
  for (const each of keys) {
    if (each !== key) setOwn(copy, each, value[each] as Json);
    else if (deeper) setOwn(copy, each, edited(value[each] as Json, rest));
    else if (what % 3 === 0) setOwn(copy, `${each}/~x`, value[each] as Json);
    else if (what % 3 === 1) setOwn(copy, each, edited(null, [at, what]));
  }
  return copy;
}

const edits = fc.array(fc.array(fc.nat(1000), { minLength: 2, maxLength: 16 }), { minLength: 1, maxLength: 3 });
const pair = fc.oneof(
  fc.tuple(adversarialObject, adversarialObject),
  fc.tuple(fc.oneof(adversarialObject, fc.constantFrom(...OBJECTS)), edits).map(([object, list]): [JsonObject, JsonObject] => [object, asObject(list.reduce<Json>((value, steps) => edited(value, steps), object))]),
);

function asObject(value: Json): JsonObject {
  return isObject(value) ? value : { value };
}

function withReversedMembers(value: JsonObject): JsonObject {
  return objectOf(Object.keys(value).reverse().map((key) => [key, isObject(value[key]) ? withReversedMembers(value[key]) : (value[key] as Json)]));
}

const GUESSES: readonly (ListKeys | undefined)[] = [undefined, () => null, () => [], () => ['name'], () => ['key', 'name']];

function listKeysOf(object: JsonObject): ListKeys {
  const [apiVersion, kind] = [own(object, 'apiVersion'), own(object, 'kind')];
  return builtInListKeys(typeof apiVersion === 'string' ? apiVersion : '', typeof kind === 'string' ? kind : '');
}

function valueAt(value: Json | undefined, keys: readonly (string | number)[]): Json | undefined {
  for (const key of keys) value = typeof key === 'number' ? (Array.isArray(value) ? value[key] : undefined) : isObject(value) ? own(value, key) : undefined;
  return value;
}

describe('comparing any two objects', () => {
  it('finds a difference exactly where there is one, whatever merge keys are said to be', () => {
    fc.assert(
      fc.property(pair, fc.constantFrom(...GUESSES), ([before, after], guess) => {
        const equal = normalText(before) === normalText(after);
        for (const listKeys of [guess, listKeysOf(before)]) {
          const changes = compareObjects(before, after, listKeys === undefined ? {} : { listKeys });
          expect(changes.length === 0, `${stringifyJson(before)} ${stringifyJson(after)}`).to.equal(equal);
        }
      }),
      propertyRuns(1_500),
    );
  });

  it('finds none between an object and itself with its members in another order', () => {
    fc.assert(fc.property(adversarialObject, (object) => void expect(compareObjects(object, withReversedMembers(object))).to.deep.equal([])), propertyRuns(300));
  });

  it('names in its keys the place of each value in the side that has it', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        for (const change of compareObjects(before, after, { listKeys: listKeysOf(before) })) {
          if (change.path.endsWith(' (order)')) continue;
          if (change.after !== undefined) expect(normalText(valueAt(after, change.keys))).to.equal(normalText(change.after));
          else expect(normalText(valueAt(before, change.keys))).to.equal(normalText(change.before));
        }
      }),
      propertyRuns(500),
    );
  });

  it('finds the same place in a form with other items', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OBJECTS), (object) => {
        for (const keys of leaves(object, [])) {
          const site = counterpart(keys, object, structuredClone(object), listKeysOf(object));
          expect(site?.keys).to.deep.equal(keys);
        }
      }),
      propertyRuns(100),
    );
  });

  it('compares what a manifest names: nothing differs from an object that has more', () => {
    fc.assert(
      fc.property(fc.constantFrom(...OBJECTS), fc.array(fc.tuple(fc.nat(100), fc.string({ minLength: 1 })), { maxLength: 5 }), (object, more) => {
        const live = structuredClone(object);
        for (const [at, key] of more) {
          const maps = mapsOf(live);
          const map = maps[at % maps.length] as JsonObject;
          if (!Object.hasOwn(map, key)) setOwn(map, key, 'set by the server');
        }
        expect(compareObjects(live, object, { listKeys: listKeysOf(object), semantic: true, onlyNamed: true })).to.deep.equal([]);
      }),
      propertyRuns(300),
    );
  });
});

describe('JSON patches of any two objects', () => {
  it('turn one side into the other when they are printed and read again', () => {
    fc.assert(
      fc.property(pair, ([before, after]) => {
        const patch = parseJson(patchText(toJsonPatch(before, after))) as unknown as JsonPatchOperation[];
        expect(normalText(applyJsonPatch(before, patch))).to.equal(normalText(after));
      }),
      propertyRuns(1_500),
    );
  });

  it('are understood by others', () => {
    const plain = fc.oneof(fc.tuple(fc.object(), fc.object()), fc.tuple(fc.constantFrom(...OBJECTS), edits).map(([object, list]) => [object, list.reduce<Json>((value, steps) => edited(value, steps), object)] as const));
    fc.assert(
      fc.property(plain, ([a, b]) => {
        const [before, after] = [JSON.stringify(a), JSON.stringify(b)];
        fc.pre(!before.includes('__proto__') && !after.includes('__proto__'));
        const patch = JSON.parse(patchText(toJsonPatch(parseJson(before), parseJson(after)))) as jsonPatch.Operation[];
        const result = jsonPatch.applyPatch(JSON.parse(before) as object, patch, true).newDocument;
        expect(normalText(result as unknown as Json)).to.equal(normalText(JSON.parse(after) as Json));
      }),
      propertyRuns(500),
    );
  });
});


function leaves(value: Json, keys: readonly (string | number)[]): (string | number)[][] {
  if (Array.isArray(value)) return value.flatMap((item, i) => leaves(item, [...keys, i]));
  return isObject(value) ? Object.keys(value).flatMap((key) => leaves(value[key] as Json, [...keys, key])) : [[...keys]];
}

function mapsOf(value: Json): JsonObject[] {
  if (Array.isArray(value)) return value.flatMap(mapsOf);
  return isObject(value) ? [value, ...Object.values(value).flatMap(mapsOf)] : [];
}
