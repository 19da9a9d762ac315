import { expect } from 'chai';
import fc from 'fast-check';
import { emit } from '../../src/canon/emitter.js';
import { readOwnStyle, readYaml } from '../../src/canon/reader.js';
import { compareObjects } from '../../src/diff/compare-objects.js';
import { builtInListKeys } from '../../src/diff/list-keys.js';
import { differingPart } from '../../src/inspect/differing-part.js';
import type { Json, JsonObject } from '../../src/lib/json.js';
import { propertyRuns } from '../support/scale.js';

const key = fc.constantFrom('a', 'b', 'name', 'spec', 'args', 'kubernetes.io/x', '-', 'é', '1', 'true', '', '# x', '? y', 'a: b', '- z', 'long'.repeat(240), '__proto__');
const text = fc.constantFrom('x', 'y', '', 'a: b', '- a', '|', 'k:', 'one\ntwo\n', '\nspec:\n  replicas: 2\n', 'x\n\n', '\n\n', '  lead\nless\n', '# no', '"', "it's", '\u001b', 'null', 'x'.repeat(200));
const { value } = fc.letrec<{ value: Json; map: JsonObject; list: Json[] }>((tie) => ({
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, text, fc.integer({ min: 0, max: 3 }), fc.constant(null), fc.boolean(), tie('map'), tie('list')),
  map: fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }).map((members) => Object.fromEntries(members)),
  list: fc.array(fc.oneof(tie('value'), fc.record({ name: fc.constantFrom('p', 'q', 'r'), x: tie('value') })), { maxLength: 4 }),
}));
const body = fc.record({ metadata: value, spec: value, data: value, extra: value }, { requiredKeys: [] });

/** Another object that shares most of the first. */
function changed(object: Json, choose: (n: number) => number, fresh: Json): Json {
  if (Array.isArray(object) && object.length > 0 && choose(4) > 0) {
    const at = choose(object.length);
    const how = choose(4);
    if (how === 0) return object.filter((_, i) => i !== at);
    if (how === 1) return [...object.slice(0, at), fresh, ...object.slice(at)];
    return object.map((item, i) => (i === at ? changed(item, choose, fresh) : item));
  }
  if (typeof object === 'object' && object !== null && !Array.isArray(object) && Object.keys(object).length > 0 && choose(4) > 0) {
    const entries = Object.entries(object as JsonObject);
    const at = choose(entries.length);
    const how = choose(5);
    if (how === 0) return Object.fromEntries(entries.filter((_, i) => i !== at));
    if (how === 1) return Object.fromEntries([...entries, ['new', fresh]]);
    return Object.fromEntries(entries.map(([name, member], i) => [name, i === at ? changed(member, choose, fresh) : member]));
  }
  return fresh;
}

describe('the differing part of two documents', () => {
  it('gives the differences that the whole documents give', () => {
    let shown = 0;
    let runs = 0;
    fc.assert(
      fc.property(body, value, fc.infiniteStream(fc.nat(1000)), fc.boolean(), (first, fresh, numbers, twice) => {
        const choose = (n: number): number => (numbers.next().value as number) % n;
        const whole = (object: object): JsonObject => ({ apiVersion: 'apps/v1', kind: 'Deployment', ...object });
        const once = changed(first, choose, fresh);
        const second = twice ? changed(once, choose, fresh) : once;
        const [before, after] = [emit(whole(first)), emit(whole(second as object))];
        if (before === after) return;
        runs++;
        const part = differingPart(before, after);
        if (part === null) return;
        const [was, is] = [readOwnStyle(part.before), readOwnStyle(part.after)];
        if (was === null || is === null) return;
        shown++;
        const listKeys = builtInListKeys('apps/v1', 'Deployment');
        expect(compareObjects(was, is, { listKeys }), `${before}\n=>\n${after}\n${part.before}\n=>\n${part.after}`).to.deep.equal(compareObjects(readYaml(before), readYaml(after), { listKeys }));
      }),
      propertyRuns(3_000, 300_000),
    );
    // It is worth its while: most changes are shown by the texts.
    expect(shown).to.be.greaterThan(runs / 3);
  });
});
