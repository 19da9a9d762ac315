import { expect } from 'chai';
import fc from 'fast-check';
import { load } from 'js-yaml';
import { documentText, jsonText, writeDocument } from '../../../src/cli/render/document.js';
import { cutToWidth, displayWidth } from '../../../src/cli/render/display-width.js';
import { colourDiff } from '../../../src/cli/render/diff-colours.js';
import { terminalSafe } from '../../../src/cli/render/safe-text.js';
import { renderTable } from '../../../src/cli/render/table.js';
import { localTime } from '../../../src/cli/render/time.js';
import { colourYaml } from '../../../src/cli/render/yaml-colours.js';
import { yamlText } from '../../../src/cli/render/yaml-text.js';
import { emit } from '../../../src/canon/emitter.js';
import { readYaml } from '../../../src/canon/reader.js';
import { NumberToken, type Json, type JsonObject } from '../../../src/lib/json.js';
import { parseJson } from '../../../src/lib/parse-json.js';
import { unsafeLines } from '../../support/clean-output.js';

const HOSTILE = ['a\nb', '\u001b[2J', '\u202etxt.exe', '\u200bx', '\u009b31m', '\u2028', 'x\u00adx', '\ufeff', '\u{e0041}', 'a\n\u202eb\n', '\\u0041', '"', "'", '# x', '- x', 'key: value', '\ud800'];

const hostileText = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...HOSTILE));
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, hostileText, fc.integer(), fc.boolean(), fc.constant(null), fc.array(tie('value'), { maxLength: 4 }), fc.dictionary(hostileText, tie('value'), { maxKeys: 4, noNullPrototype: true })),
})).value;
const document = fc.dictionary(hostileText, json, { maxKeys: 5, noNullPrototype: true }) as fc.Arbitrary<JsonObject>;

describe('cli/render of documents', () => {
  it('writes JSON as JSON.stringify does, and nothing hidden in it', () => {
    fc.assert(fc.property(document, (value) => {
      const text = jsonText(value);
      expect(JSON.parse(text)).to.deep.equal(JSON.parse(JSON.stringify(value)));
      expect(unsafeLines(text)).to.deep.equal([]);
    }));
    expect(jsonText({ a: [], b: {}, c: [1, { d: 'x' }] })).to.equal(JSON.stringify({ a: [], b: {}, c: [1, { d: 'x' }] }, null, 2));
  });

  it('writes YAML that reads back to the same, and nothing hidden in it', () => {
    fc.assert(fc.property(document, (value) => {
      const text = yamlText(value);
      expect(unsafeLines(text.replaceAll('\t', ' '))).to.deep.equal([]);
      // A lone surrogate has no form in UTF-8, and a key `<<` is a merge to js-yaml.
      if (!/[\ud800-\udfff]/.test(JSON.stringify(value)) && !('<<' in value)) expect(load(text)).to.deep.equal(JSON.parse(JSON.stringify(value)));
    }));
  });

  it('leaves canonical text as it is when nothing is hidden in it', () => {
    const text = emit({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x', labels: { a: 'true', b: '' } }, data: { 'a.conf': 'one\n  two\n\nthree\n', list: [[1, []], { name: 'x', value: '1' }, {}] } });

    expect(yamlText(readYaml(text))).to.equal(text);
  });

  it('keeps number tokens and hostile keys', () => {
    const value = parseJson('{"number": 9007199254740993, "z": 1.0, "__proto__": {"x": 1}}') as JsonObject;

    expect(jsonText(value)).to.contain('9007199254740993').and.contain('1.0').and.contain('"__proto__": {');
    expect(yamlText(value)).to.contain('number: 9007199254740993\n');
    expect(jsonText({ n: new NumberToken('1e400') })).to.contain('1e400');
  });

  it('streams a long list into one document', async () => {
    for (const count of [0, 1, 2000]) {
      const items = Array.from({ length: count }, (_, i) => ({ name: `object ${i}`, labels: { a: 'b' } }));
      let text = '';
      let writes = 0;
      await writeDocument((part) => { text += part; writes += 1; return undefined; }, 'json', { commit: 'c' }, { name: 'objects', items });
      expect(JSON.parse(text)).to.deep.equal({ commit: 'c', objects: items });
      expect(writes > 1).to.equal(count === 2000);
    }
    expect(documentText({ points: [] }, 'json')).to.equal('{\n  "points": []\n}\n');
  });
});

describe('cli/render of text', () => {
  it('counts the columns of wide and combining characters', () => {
    const cases: [string, number][] = [['abc', 3], ['漢字', 4], ['かな', 4], ['한국', 4], ['ｆｕｌｌ', 8], ['e\u0301', 1], ['🚀', 2], ['é', 1], ['…', 1], ['', 0]];
    for (const [text, width] of cases) expect(displayWidth(text), text).to.equal(width);
    expect(cutToWidth('漢字かな', 5)).to.equal('漢字…');
    expect(cutToWidth('short', 5)).to.equal('short');
  });

  it('lines up a table whose names are wide', () => {
    const [, first = '', second = ''] = renderTable(['NAME', 'NOTE'], [['漢字', 'x'], ['abcdef', 'y']]).split('\n');

    expect([displayWidth(first.slice(0, first.indexOf('x'))), displayWidth(second.slice(0, second.indexOf('y')))]).to.deep.equal([9, 9]);
  });

  it('makes a table of more rows than a call takes arguments', () => {
    expect(renderTable(['N'], Array.from({ length: 200_000 }, (_, i) => [String(i)])).split('\n')).to.have.length(200_002);
  });

  it('escapes what a terminal obeys and leaves lines, tabs and backslashes', () => {
    expect(terminalSafe('a\\b\n\tc\u001b[2J\u202e\r')).to.equal('a\\b\n\tc\\x1b[2J\\u{202e}\\x0d');
  });

  it('colours keys and comments of YAML, and no line of a block', () => {
    const paint = (style: string, text: string): string => `<${style}:${text}>`;

    expect(colourYaml('# kubetape:applier helm\nspec:\n  "a:b": |-\n    key: value\n\n    # no comment\n  - name: x: y\n', paint)).to.equal(
      '<dim:# kubetape:applier helm>\n<cyan:spec>:\n  <cyan:"a:b">: |-\n    key: value\n\n    # no comment\n  - <cyan:name>: x: y\n',
    );
    expect(colourDiff('--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n c\n', paint)).to.equal('<bold:--- a/x>\n<bold:+++ b/x>\n<cyan:@@ -1 +1 @@>\n<red:-a>\n<green:+b>\n c\n');
  });

  it('writes times of the local zone with their offset', () => {
    const text = localTime(1_750_000_000);

    expect(text).to.match(/^2025-06-1[56]T\d\d:\d\d:\d\d[+-]\d\d:\d\d$/);
    expect(Date.parse(text)).to.equal(1_750_000_000_000);
  });
});
