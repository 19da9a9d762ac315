import { expect } from 'chai';
import { readDocuments } from '../../../src/canon/read-documents.js';
import { YamlError } from '../../../src/canon/yaml-error.js';
import { stringifyJson } from '../../../src/lib/parse-json.js';

const read = (text: string): string[] => readDocuments(text).map(stringifyJson);

describe('documents that people write', () => {
  // What `kubectl annotate --local -o json` makes of the same texts.
  it('are read as kubectl reads them', () => {
    const numbers = '[0644, 0o17, 0x1F, 0b101, 1_000, 007, 08, 1e3, 1E3, 1.0, .5, +1, +.5, -0, 190:20:30, 1., -0x10, 0_7, 1e, 0.1e5, 12e03, 1_000.5, -0b11, +0x1, -0644, 1e400]';
    expect(read(numbers)).to.deep.equal(['[420,15,31,5,1000,7,8,1000,1000,1,0.5,1,0.5,0,"190:20:30",1,-16,7,"1e",10000,12000,1000.5,-3,1,-420,"1e400"]']);
    expect(read('- [yes, No, on, OFF, y, n, Y, N, true, True, TRUE, tRUE]')).to.deep.equal(['[[true,false,true,false,true,false,true,false,true,true,true,"tRUE"]]']);
    expect(read('- [~, null, Null, NULL, nULL, "null", ]')).to.deep.equal(['[[null,null,null,null,"nULL","null"]]']);
    expect(read('- [2024-01-01, 2024-01-01T00:00:00Z, =, <, "<<", "yes", !!str 12]')).to.deep.equal(['[["2024-01-01","2024-01-01T00:00:00Z","=","<","<<","yes","12"]]']);
    expect(read('a: {8080: a, yes: b, 1.5: c, 0644: d, n: e}')).to.deep.equal(['{"a":{"420":"d","8080":"a","true":"b","1.5":"c","false":"e"}}']);
  });

  it('keep integers of any size, in YAML and in JSON', () => {
    expect(read('big: 9007199254740993\nsmall: -9223372036854775808')).to.deep.equal(['{"big":9007199254740993,"small":-9223372036854775808}']);
    expect(read('{"n": 9007199254740993, "one": 1.0, "__proto__": {"x": 1}}')).to.deep.equal(['{"n":9007199254740993,"one":1,"__proto__":{"x":1}}']);
  });

  it('may have aliases and merged maps, each written out for itself', () => {
    const [document] = readDocuments('base: &b {p: 1, q: [x]}\nmore: {<<: *b, p: 2}\nlist: [*b, *b]\n') as [Record<string, never>];
    expect(stringifyJson(document)).to.equal('{"base":{"p":1,"q":["x"]},"more":{"p":2,"q":["x"]},"list":[{"p":1,"q":["x"]},{"p":1,"q":["x"]}]}');
    const [first, second] = document['list'] as unknown as object[];
    expect(first).to.not.equal(second);
  });

  it('cannot fill the memory with aliases, nor the stack with depth', () => {
    const levels = Array.from({ length: 12 }, (_, i) => `a${i}: &a${i} [${i === 0 ? 'x' : Array.from({ length: 10 }, () => `*a${i - 1}`).join(',')}]`);
    expect(() => readDocuments(levels.join('\n'))).to.throw(YamlError, 'The aliases of the YAML document stand for too many values');
    expect(() => readDocuments('&a [*a]')).to.throw(YamlError, 'nested too deeply');
    expect(() => readDocuments(`a: ${'['.repeat(100_000)}`)).to.throw(YamlError);
  });

  it('are empty where they hold nothing', () => {
    expect(read('---\n---\n# c\n---\na: 1\n---\n')).to.deep.equal(['null', 'null', '{"a":1}', 'null']);
    expect(read('\ufeffa: 1\r\nb: 2\r\n')).to.deep.equal(['{"a":1,"b":2}']);
  });

  it('with mistakes are refused by line, without quoting them', () => {
    for (const [text, line] of [['a: 1\npassword: hunter2\npassword: hunter2', 3], ['a: "hunter2', 1], ['a: {{ hunter2 }}', 1], ['a: !!js/function hunter2', 1], ['{"password": "hunter2"', 1]] as const) {
      try {
        readDocuments(text);
        expect.fail(text);
      } catch (error) {
        expect(error, text).to.be.instanceOf(YamlError).and.include({ line });
        expect(`${(error as Error).stack ?? ''} ${String((error as Error).cause)}`).to.not.contain('hunter2');
      }
    }
  });
});
