import { expect } from 'chai';
import fc from 'fast-check';
import { readYaml, splitComments } from '../../../src/canon/reader.js';
import { redactSecret, redactSide } from '../../../src/canon/redact.js';
import { emit } from '../../../src/canon/emitter.js';
import { setOwn, type Json, type JsonObject } from '../../../src/lib/json.js';
import { stringifyJson } from '../../../src/lib/parse-json.js';
import { propertyRuns } from '../../support/scale.js';

const KEY = new Uint8Array(32).fill(3);
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const secret = (fields: JsonObject, metadata: JsonObject = {}): JsonObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'db', namespace: 'shop', ...metadata }, type: 'Opaque', ...fields });
const redacted = (value: Json, field = 'data'): Json | undefined => (redactSecret(secret({ [field]: { key: value } }), KEY)[field] as JsonObject)['key'];

describe('redacted Secrets', () => {
  it('have the size of each decoded value and a digest that changes with it', () => {
    expect(redacted(base64('sixteen bytes ok'))).to.match(/^\(16 bytes, hmac:[0-9a-f]{8}\)$/);
    expect(redacted(base64('x'))).to.match(/^\(1 byte, /);
    expect(redacted('')).to.match(/^\(0 bytes, /);
    expect(redacted(base64('a'))).to.not.equal(redacted(base64('b')));
    expect(redactSecret(secret({ data: { key: base64('a') } }), new Uint8Array(32))).to.not.deep.equal(redactSecret(secret({ data: { key: base64('a') } }), KEY));
  });

  it('are the same for the same bytes, in data, in folded data and in stringData', () => {
    const long = 'a value of more than one line of base64';
    expect(redacted(base64(long))).to.equal(redacted(long, 'stringData'));
    expect(redacted(base64(long))).to.equal(redacted(base64(long).replace(/(.{20})/g, '$1\r\n')));
  });

  it('show nothing of what is no base64 or no text', () => {
    for (const value of ['hunter2 hunter2', 'hunter2', ['hunter2'], { hunter2: 'hunter2' }, 42] as Json[]) {
      expect(redacted(value), JSON.stringify(value)).to.match(/^\(\d+ bytes, not base64, hmac:[0-9a-f]{8}\)$/);
    }
    expect(redactSecret(secret({ data: 'hunter2' }), KEY)['data']).to.match(/^\(7 bytes, hmac:/);
  });

  it('lose copies of themselves in annotations and keep everything else', () => {
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': '{"data":{"key":"aHVudGVyMg=="}}', note: 'kept' };
    const body = redactSecret(secret({ data: {}, immutable: true }, { annotations }), KEY);

    expect(body).to.deep.include({ type: 'Opaque', immutable: true, data: {} });
    expect((body['metadata'] as JsonObject)['annotations']).to.deep.equal({ 'kubectl.kubernetes.io/last-applied-configuration': ((body['metadata'] as JsonObject)['annotations'] as JsonObject)['kubectl.kubernetes.io/last-applied-configuration'], note: 'kept' });
    expect(stringifyJson(body)).to.not.contain('aHVudGVyMg');
  });

  it('are found inside Lists, and nothing else is touched', () => {
    const inner = { metadata: { name: 'a' }, data: { key: base64('hunter2') } };
    const lists: JsonObject[] = [
      { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'List', items: [secret({ data: { key: base64('hunter2') } })] }] },
      { apiVersion: 'v1', kind: 'SecretList', items: [inner] },
    ];
    for (const list of lists) expect(stringifyJson(redactSecret(list, KEY))).to.contain('hmac:').and.not.contain(base64('hunter2'));
    const others: JsonObject[] = [{ apiVersion: 'v1', kind: 'ConfigMap', data: { key: 'x' } }, { apiVersion: 'example.org/v1', kind: 'Secret', data: { key: 'x' } }];
    for (const other of others) expect(redactSecret(other, KEY)).to.equal(other);
  });

  it('leave the given object and keys such as __proto__ as they are', () => {
    const data: JsonObject = {};
    setOwn(data, '__proto__', base64('hunter2'));
    const given = secret({ data });
    const before = stringifyJson(given);

    expect(stringifyJson(redactSecret(given, KEY))).to.match(/"data":\{"__proto__":"\(7 bytes/);
    expect(stringifyJson(given)).to.equal(before);
  });

  it('make a side whose text is their canonical form, comment lines included', () => {
    const comments = ['# kubetape:applier helm', '# kubetape:owner v1 Node/a'];
    const body = secret({ data: { key: base64('hunter2') } });
    const side = redactSide({ text: `${comments.join('\n')}\n${emit(body)}`, comments, body }, KEY);

    expect(splitComments(side.text).comments).to.deep.equal(comments);
    expect(readYaml(side.text)).to.deep.equal(side.body);
    expect(side.text).to.not.contain(base64('hunter2'));
    const other = { text: 'x: 1\n', comments: [], body: { x: 1 } };
    expect(redactSide(other, KEY)).to.equal(other);
  });

  it('hold no piece of four characters of any value, plain or in base64', () => {
    const value = fc.oneof(fc.string({ minLength: 4, unit: fc.constantFrom(...'ÄÖÜßqxzwvQXZWVéñ') }), fc.uint8Array({ minLength: 4, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')));
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), fc.boolean(), (values, asText) => {
        const entries = Object.fromEntries(values.map((text, i) => [`k${i}`, asText ? text : base64(text)]));
        const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data: entries }) };
        const body = secret({ [asText ? 'stringData' : 'data']: entries }, { annotations });
        const out = redactSide({ text: emit(body), comments: [], body }, KEY);
        const shown = `${out.text}${stringifyJson(out.body)}`.replace(/\(\d+ bytes?, hmac:[0-9a-f]{8}\)/g, '()');
        const rest = `${emit(secret({}))}${stringifyJson(secret({}))} stringData annotations kubectl.kubernetes.io/last-applied-configuration data k0 k1 k2 k3`;
        for (const text of values) {
          for (const form of [text, base64(text)]) {
            for (let i = 0; i + 4 <= form.length; i++) {
              const piece = form.slice(i, i + 4);
              if (!rest.includes(piece)) expect(shown.includes(piece), `${JSON.stringify(piece)} of ${JSON.stringify(text)}`).to.equal(false);
            }
          }
        }
      }),
      propertyRuns(150),
    );
  });
});
