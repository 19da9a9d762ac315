import { expect } from 'chai';
import { applyJsonPatch, JsonPatchError, patchText, toJsonPatch, type JsonPatchOperation } from '../../../src/diff/json-patch.js';
import type { Json } from '../../../src/lib/json.js';
import { parseJson, stringifyJson } from '../../../src/lib/parse-json.js';

/** The printed patch, and the document that it makes when it is read again. */
function roundTrip(before: string, after: string): { readonly patch: string; readonly result: string } {
  const patch = patchText(toJsonPatch(parseJson(before), parseJson(after)));
  return { patch, result: stringifyJson(applyJsonPatch(parseJson(before), parseJson(patch) as unknown as JsonPatchOperation[])) };
}

describe('JSON patches', () => {
  it('hold number tokens as they are, and tell 0 from -0', () => {
    expect(roundTrip('{"a":9007199254740993,"b":1,"c":0}', '{"a":9007199254740992,"b":1.0,"c":-0}').patch).to.equal(
      '[{"op":"replace","path":"/c","value":-0},{"op":"replace","path":"/b","value":1.0},{"op":"replace","path":"/a","value":9007199254740992}]',
    );
    expect(roundTrip('{"a":1e400}', '{"a":{"deep":[9223372036854775807]}}').result).to.equal('{"a":{"deep":[9223372036854775807]}}');
  });

  it('escape pointers and reach keys such as __proto__, the empty one and toJSON', () => {
    const after = '{"__proto__":{"__proto__":2,"x":1},"a/b~c":{"~1":1},"":{"":"v"},"toJSON":3,"0":{"-":1}}';
    const { patch, result } = roundTrip('{"__proto__":{"__proto__":1},"a/b~c":{"~1":0},"":{"":"u"},"toJSON":1,"0":{"-":0}}', after);

    expect(JSON.parse(result)).to.deep.equal(JSON.parse(after));
    expect((JSON.parse(patch) as { path: string }[]).map(({ path }) => path)).to.have.members(['/__proto__/__proto__', '/__proto__/x', '/a~1b~0c/~01', '//', '/toJSON', '/0/-']);
    expect(({} as Record<string, unknown>)['x']).to.equal(undefined);
  });

  it('replace the whole where the roots are of different kinds', () => {
    for (const [before, after] of [['{}', '[]'], ['null', '{"a":1}'], ['{"0":1}', '[1]'], ['[1]', '{"0":1}'], ['"a"', '1'], ['0', '-0']] as const) {
      expect(roundTrip(before, after), `${before} ${after}`).to.deep.equal({ patch: `[{"op":"replace","path":"","value":${after}}]`, result: after });
    }
  });

  it('are empty for equal documents', () => {
    for (const same of ['{}', '[]', 'null', '{"a":[1.0,{"b":null}]}']) expect(roundTrip(same, same).patch).to.equal('[]');
  });

  it('apply move, copy and test, and leave the given document as it is', () => {
    const document = parseJson('{"a":{"x":1.0},"list":[1,2]}');
    const operations: JsonPatchOperation[] = [{ op: 'test', path: '/a/x', value: parseJson('1.0') }, { op: 'copy', from: '/a', path: '/b' }, { op: 'move', from: '/list/0', path: '/list/-' }];

    expect(stringifyJson(applyJsonPatch(document, operations))).to.equal('{"a":{"x":1.0},"list":[2,1],"b":{"x":1.0}}');
    expect(stringifyJson(document)).to.equal('{"a":{"x":1.0},"list":[1,2]}');
  });

  it('that do not fit are an error that names the operation and no value', () => {
    const wrong: JsonPatchOperation[] = [
      { op: 'remove', path: '/b' }, { op: 'replace', path: '/a/b', value: 1 }, { op: 'add', path: '/list/9', value: 1 }, { op: 'add', path: '/list/01', value: 1 }, { op: 'test', path: '/a', value: 'x' },
      { op: 'add', path: 'a', value: 1 }, { op: 'add', path: '/list/x', value: 1 }, { op: 'remove', path: '/toString' }, { op: 'nothing', path: '/a' } as unknown as JsonPatchOperation,
    ];
    for (const operation of wrong) {
      const apply = (): Json => applyJsonPatch({ a: 'hunter2', list: ['hunter2'] }, [{ op: 'test', path: '/a', value: 'hunter2' }, operation]);
      expect(apply, JSON.stringify(operation)).to.throw(JsonPatchError, /^Operation 2 of the JSON patch does not fit the object \((?!.*hunter2)/);
    }
  });
});
