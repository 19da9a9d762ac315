import { expect } from 'chai';
import { emit } from '../../../src/canon/emitter.js';
import { compareUtf8 } from '../../../src/canon/key-order.js';
import { NumberToken, type Json, type JsonObject } from '../../../src/lib/json.js';
import { parseJson } from '../../../src/lib/parse-json.js';

const DEPLOYMENT = `{"status":{"z":1},"spec":{"template":{"spec":{"containers":[{"image":"nginx:1.25","env":[{"value":"8080","name":"PORT"},{"name":"EMPTY","value":""}],
"args":["--port=8080","-c","a: b"],"name":"web","resources":{"limits":{"name":"n","cpu":"500m"}},"ports":[{"protocol":"TCP","containerPort":8080,"name":"http"}]}],
"tolerations":[{"operator":"Exists","key":"dedicated"}],"volumes":[]},"metadata":{"labels":{"name":"web","app":"web"},"creationTimestamp":null,"name":"web"}},
"replicas":3,"selector":{"matchLabels":{"app":"web"}},"paused":false,"strategy":{}},"kind":"Deployment","apiVersion":"apps/v1",
"metadata":{"finalizers":["b","a"],"uid":"1e31970","annotations":{"note":"line one\\n  line two\\n","on":"yes"},"labels":{"y":"1.10"},"namespace":"shop","name":"web"}}`;

describe('emit', () => {
  it('writes a Deployment as a person would', () => {
    expect(emit(parseJson(DEPLOYMENT) as JsonObject)).to.equal(
      `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels:
    "y": "1.10"
  annotations:
    note: |
      line one
        line two
    "on": "yes"
  finalizers:
  - b
  - a
  uid: "1e31970"
spec:
  paused: false
  replicas: 3
  selector:
    matchLabels:
      app: web
  strategy: {}
  template:
    metadata:
      name: web
      labels:
        app: web
        name: web
      creationTimestamp: null
    spec:
      containers:
      - name: web
        args:
        - --port=8080
        - -c
        - "a: b"
        env:
        - name: PORT
          value: "8080"
        - name: EMPTY
          value: ""
        image: nginx:1.25
        ports:
        - name: http
          containerPort: 8080
          protocol: TCP
        resources:
          limits:
            cpu: 500m
            name: "n"
      tolerations:
      - key: dedicated
        operator: Exists
      volumes: []
status:
  z: 1
`,
    );
  });

  it('puts type and immutable before spec, and status last', () => {
    expect(keysOf(emit({ status: 1, zeta: 1, alpha: 1, spec: 1, immutable: true, type: 'Opaque', metadata: 1, kind: 'K', apiVersion: 'v1' }))).to.deep.equal([
      'apiVersion', 'kind', 'metadata', 'type', 'immutable', 'spec', 'alpha', 'zeta', 'status',
    ]);
  });

  it('orders the keys of free maps by bytes, and of everything below them', () => {
    expect(emit({ data: { type: '', name: '', key: '', metadata: { zone: 1, name: 1, labels: 1 }, items: [{ name: 1, a: 1 }] } })).to.equal(
      'data:\n  items:\n  - a: 1\n    name: 1\n  key: ""\n  metadata:\n    labels: 1\n    name: 1\n    zone: 1\n  name: ""\n  type: ""\n',
    );
  });

  it('takes the items of a list called data for fields', () => {
    expect(emit({ spec: { data: [{ secretKey: 'a', name: 'b' }] } })).to.equal('spec:\n  data:\n  - name: b\n    secretKey: a\n');
  });

  it('orders keys by their UTF-8 bytes, astral and integer-like ones and __proto__ included', () => {
    const keys = ['10', '2', 'A', '__proto__', 'a', 'z', 'é', '\uff5e', '😀'];
    const data = parseJson(`{${[...keys].reverse().map((key) => `${JSON.stringify(key)}:1`).join(',')}}`) as JsonObject;
    expect(keysOf(emit({ data }).replace('data:\n', '')).map((key) => JSON.parse(key.startsWith('"') ? key : `"${key}"`) as string)).to.deep.equal(keys);
    expect([...keys].sort(compareUtf8)).to.deep.equal([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
  });

  it('orders many keys like few', () => {
    const keys = Array.from({ length: 200 }, (_, i) => `key-${(i * 7919) % 200}`);
    expect(keysOf(emit(Object.fromEntries(keys.map((key) => [key, 1]))))).to.deep.equal([...keys].sort());
  });

  it('keeps empty, null and absent apart', () => {
    expect(emit({ a: {}, b: [], c: null, d: '', e: [{}, [], null, ''] })).to.equal('a: {}\nb: []\nc: null\nd: ""\ne:\n- {}\n- []\n- null\n- ""\n');
    expect(emit({})).to.equal('{}\n');
  });

  it('writes numbers so that every reader takes them for numbers', () => {
    const numbers: [Json, string][] = [
      [1, '1'], [-5, '-5'], [0.5, '0.5'], [1e-7, '1.0e-7'], [1e21, '1.0e+21'], [1.5e300, '1.5e+300'], [-0, '-0'],
      ...(['9007199254740993', '1.0', '-0'].map((token) => [new NumberToken(token), token]) as [Json, string][]),
      [new NumberToken('1e400'), '1.0e+400'], [new NumberToken('-1E-400'), '-1.0e-400'], [new NumberToken('1.5E5'), '1.5e+5'],
    ];
    for (const [value, written] of numbers) expect(emit({ a: value })).to.equal(`a: ${written}\n`);
  });

  it('refuses what JSON does not have instead of writing something', () => {
    for (const value of [NaN, Infinity, undefined as never]) expect(() => emit({ a: value })).to.throw(TypeError);
  });

  it('leaves strings plain that every reader takes for strings', () => {
    for (const text of ['500m', '1Gi', '30s', '25%', '10.0.0.0/16', '3.19-alpine', 'nginx:1.25', 'http://x/y', '$(VAR)', '--foo=bar', '/etc', '_name', 'a b', 'a#b', 'naïve 😀', 'nope', 'truer']) {
      expect(emit({ a: text })).to.equal(`a: ${text}\n`);
    }
  });

  it('quotes strings that some reader takes for something else', () => {
    for (const text of ['yes', 'NO', 'y', 'On', 'null', 'True', '.inf', '-inf', 'nan', '1.10', '22:22', '1e31970', '0755', '2024-01-01', '10.0.0.1', '0x1f', '1_000', '12abc', '-', '- a', '*', '<<', '=', '~', 'a:', 'a: b', 'a #b', ' a', 'a ', 'é']) {
      expect(emit({ a: text })).to.equal(`a: "${text}"\n`);
    }
  });

  it('escapes what cannot stand in a file, lone surrogates included', () => {
    expect(emit({ a: '"\\\t\r\0\x1b\x7f\x85\u00a0\u2028\ufeff\ufffe\ud83dx😀' })).to.equal('a: "\\"\\\\\\t\\r\\x00\\x1b\\x7f\\x85\\xa0\\u2028\\ufeff\\ufffe\\ud83dx😀"\n');
    expect(emit({ a: 'one\r\ntwo\n' })).to.equal('a: "one\\r\\ntwo\\n"\n');
  });

  it('writes lines as a block that keeps their ending and their indent', () => {
    const cases: [string, string][] = [
      ['a\nb', '|-\n  a\n  b'], ['a\nb\n', '|\n  a\n  b'], ['a\nb\n\n', '|+\n  a\n  b\n'], ['a\n\nb', '|-\n  a\n\n  b'],
      ['\na', '|2-\n\n  a'], ['  a\nb\n', '|2\n    a\n  b'], ['\ta\n', '|2\n  \ta'], ['a  \n b\t\nc', '|-\n  a  \n   b\t\n  c'],
      ['a\n  ', '"a\\n  "'], ['\n', '"\\n"'], [' \n\t', '" \\n\\t"'], ['a\n \n\n', '"a\\n \\n\\n"'],
    ];
    for (const [text, written] of cases) expect(emit({ a: text }), JSON.stringify(text)).to.equal(`a: ${written}\n`);
  });

  it('writes a very long key so that libyaml can read it', () => {
    const key = 'k'.repeat(901);
    expect(emit({ a: [{ [key]: [1], [`${key}2`]: { b: 'x\ny' } }] })).to.equal(`a:\n- ? ${key}\n  :\n  - 1\n  ? ${key}2\n  :\n    b: |-\n      x\n      y\n`);
    expect(emit({ ['k'.repeat(900)]: 1 })).to.equal(`${'k'.repeat(900)}: 1\n`);
  });
});

/** The keys of the top level, as written. */
function keysOf(text: string): string[] {
  return text.trimEnd().split('\n').map((line) => line.trim().replace(/:[^:]*$/, ''));
}
