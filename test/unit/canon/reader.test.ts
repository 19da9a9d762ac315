import { expect } from 'chai';
import { emit } from '../../../src/canon/emitter.js';
import { readOwnStyle, readYaml, splitComments } from '../../../src/canon/reader.js';
import { YamlError } from '../../../src/canon/yaml-error.js';
import { EXIT } from '../../../src/lib/exit-codes.js';
import { NumberToken } from '../../../src/lib/json.js';

describe('readYaml', () => {
  it('reads the emitter\'s style by itself, comment lines in front included', () => {
    const object = { apiVersion: 'v1', metadata: { name: 'a', labels: { y: '1' } }, data: { k: 'x\n\n  y\n', big: new NumberToken('9007199254740993') }, l: [[1, [{ a: 'b', c: [] }]], {}] };
    const text = `# kubetape:applier helm\n# second\n${emit(object)}`;
    expect(readOwnStyle(text)).to.deep.equal(object);
    expect(readYaml(text)).to.deep.equal(object);
  });

  it('gives all tokens of one number one form', () => {
    for (const token of ['1e400', '1E400', '1e+400', '1.0e400', '1.0E+400']) expect(readYaml(emit({ a: new NumberToken(token) }))).to.deep.equal({ a: new NumberToken('1e+400') });
    expect(readYaml(emit({ a: new NumberToken('1e21'), b: 1e-7 }))).to.deep.equal({ a: 1e21, b: 1e-7 });
    expect(readYaml(emit({ a: new NumberToken('1.0'), b: -0 }))).to.deep.equal({ a: new NumberToken('1.0'), b: new NumberToken('-0') });
  });

  it('reads what a person wrote in another style', () => {
    const text = "---\nkind:   ConfigMap # a comment\nmetadata: {name: a, labels: {b: 'c'}}\ndata:\n    multi: >\n      one\n      two\n    8080: port\nlist:\n  - a\n  -   b: 1\nempty:\nanswer: yes\n";
    expect(readOwnStyle(text)).to.equal(null);
    expect(readYaml(text)).to.deep.equal({
      kind: 'ConfigMap', metadata: { name: 'a', labels: { b: 'c' } }, data: { multi: 'one two\n', 8080: 'port' }, list: ['a', { b: 1 }], empty: null, answer: 'yes',
    });
  });

  it('keeps number tokens of a text that a person wrote', () => {
    expect(readYaml('a:   9007199254740993\nb: 1e400\nc: 0x1F\nd: 0o17\ne: .5\nf: -0\ng: 1.50\nh: 0xFFFFFFFFFFFFFFFFF\ni: 1.0.0\nj: +7\n')).to.deep.equal({
      a: new NumberToken('9007199254740993'), b: new NumberToken('1e+400'), c: 31, d: 15, e: 0.5, f: new NumberToken('-0'), g: new NumberToken('1.50'),
      h: new NumberToken('295147905179352825855'), i: '1.0.0', j: 7,
    });
  });

  it('reads CRLF as a person\'s editor may write it', () => {
    expect(readYaml('a: 1\r\nb: "x"\r\nc:\r\n- d\r\n')).to.deep.equal({ a: 1, b: 'x', c: ['d'] });
  });

  it('keeps __proto__ as a key in both styles', () => {
    for (const text of ['data:\n  __proto__:\n    a: 1\n', 'data: {__proto__: {a: 1}}\n']) {
      const data = readYaml(text)['data'] as object;
      expect(Object.keys(data)).to.deep.equal(['__proto__']);
      expect(Object.getPrototypeOf(data)).to.equal(Object.prototype);
    }
  });

  it('refuses a repeated key, in both styles, and names its line', () => {
    for (const text of ['a: 1\nb: 2\na: 3\n', 'x:  1\nb: 2\n"x": 3\n', 'a: 1\nb: 2\n__proto__: 1\n__proto__: 2\n']) {
      expect(thrown(text)).to.include({ code: 'YAML', exitCode: EXIT.repository }).and.to.have.property('message').that.matches(/^Repeated key in line \d$/);
    }
    expect(thrown('a: 1\nb: 2\na: 3\n').line).to.equal(3);
    expect(thrown('8080: 1\n"8080": 2\n').message).to.match(/^Repeated key/);
  });

  it('names the line of what is no YAML and quotes nothing', () => {
    for (const text of ['a: 1\npassword: "hunter2\n', 'a: b\n  password: hunter2: x\n', 'a: [hunter2\n', 'a: !hunter2 x\n', 'a: *hunter2\n', '\thunter2: 1\n', 'a: |\n  x\n hunter2\n']) {
      const error = thrown(text);
      expect(error.line, text).to.be.greaterThan(0);
      expect(`${error.stack}${String(error.cause)}${error.hint}`).to.not.include('hunter2');
    }
  });

  it('refuses aliases, several documents, and documents that are no object', () => {
    expect(thrown('a: &x [1]\nb: *x\n').message).to.equal('Alias in line 2');
    for (const text of ['', '# only a comment\n', '- a\n', 'text\n', 'a: 1\n---\nb: 2\n', 'null\n', '7\n']) expect(thrown(text)).to.be.instanceOf(YamlError);
  });

  it('never ends for want of an ending', () => {
    for (const text of ['a', 'a:', 'a: 1', 'a: |', 'a: |\n  x', '- ', '? ', '? a', '"', '"a', '"a":', '# c', '# c\n\n', 'a:\n  b', '\n', ' ']) {
      try {
        readYaml(text);
      } catch (error) {
        expect(error, text).to.be.instanceOf(YamlError);
      }
    }
    expect(readYaml('a: 1')).to.deep.equal({ a: 1 });
  });
});

describe('splitComments', () => {
  it('separates the leading comment lines from the body', () => {
    expect(splitComments('# one\n#two\na: 1\n# three\n')).to.deep.equal({ comments: ['# one', '#two'], body: 'a: 1\n# three\n' });
    expect(splitComments('a: 1\n')).to.deep.equal({ comments: [], body: 'a: 1\n' });
    expect(splitComments('# one')).to.deep.equal({ comments: ['# one'], body: '' });
  });
});

function thrown(text: string): YamlError {
  try {
    readYaml(text);
  } catch (error) {
    if (error instanceof YamlError) return error;
    throw error;
  }
  throw new Error(`Read without error: ${text}`);
}
