import { expect } from 'chai';
import type { JsonObject } from '../../../src/lib/json.js';
import { NO_FACTS } from '../../../src/model/canonical.js';
import { Canonicaliser } from '../../../src/canon/canonicaliser.js';
import { checking, policy, served, skipOf, textOf, TYPES } from './support.js';

const CANARY = 'canary-8f1b2c-value';
const BASE64 = Buffer.from(CANARY).toString('base64');

const secret = (data: JsonObject, name = 'login', namespace = 'shop'): JsonObject =>
  served(
    { name, namespace, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify({ data, stringData: { a: CANARY } }), 'kapp.k14s.io/original': BASE64, note: 'kept' } },
    { type: 'Opaque', data },
  );
const digests = (text: string): string[] => text.split('\n').filter((line) => line.startsWith('# kubetape:digest'));

describe('a Secret', () => {
  it('shows keys, sizes and keyed digests, and its value appears nowhere', () => {
    const text = textOf(secret({ password: BASE64, empty: '' }), TYPES.secret);
    expect(digests(text)[0]).to.match(/^# kubetape:digest data\.empty 0B hmac-sha256:[0-9a-f]{32}$/);
    expect(digests(text)[1]).to.match(/^# kubetape:digest data\.password 19B hmac-sha256:[0-9a-f]{32}$/);
    expect(text).to.not.include(CANARY).and.not.include(BASE64).and.not.match(/^(data|stringData):/m);
    expect(text).to.match(/type: Opaque/).and.include('note: kept');
  });

  it('keeps copies of itself out even when the core pack is switched off', () => {
    const pack = 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\ndisable: [core/annotations]\n';
    const object = { ...secret({ password: BASE64 }), stringData: { extra: CANARY } };
    const text = textOf(object, TYPES.secret, NO_FACTS, checking({ pack }));
    expect(text).to.include('# kubetape:digest stringData.extra 19B').and.not.include(CANARY).and.not.include(BASE64);
  });

  it('keeps values out of comment lines, whatever class a rule of a pack has', () => {
    const pack = 'apiVersion: kubetape.io/v1\nkind: RulePack\nname: ours\nversion: 1\nrules:\n- {id: ours/x, class: allocated, match: {resources: [secrets]}, drop: [data.password]}\n';
    const text = textOf(secret({ password: BASE64, other: 'eA==' }), TYPES.secret, NO_FACTS, checking({ pack }));
    expect(text).to.include('data.other').and.not.include(BASE64).and.not.include('data.password');
  });

  it('shows a change of a value, and no equality between two places', () => {
    const digest = (object: JsonObject): string => digests(textOf(object, TYPES.secret))[0]?.split(':').at(-1) ?? '';
    const one = digest(secret({ password: BASE64 }));
    expect(digest(secret({ password: BASE64 }))).to.equal(one);
    const others = [secret({ password: 'b3RoZXI=' }), secret({ passwore: BASE64 }), secret({ password: BASE64 }, 'other'), secret({ password: BASE64 }, 'login', 'bank')];
    expect(new Set([one, ...others.map(digest)]).size).to.equal(5);
    const key = new Canonicaliser(policy({ digestKey: new Uint8Array(32).fill(8) }));
    expect(digests(textOf(secret({ password: BASE64 }), TYPES.secret, NO_FACTS, key))[0]).to.not.include(one);
  });

  it('is whole in mode plain, but for the copies in annotations', () => {
    const text = textOf(secret({ password: BASE64 }), TYPES.secret, NO_FACTS, checking({ secrets: 'plain', digestKey: null }));
    expect(text).to.include(`password: ${BASE64}`).and.not.include('last-applied').and.not.include('kubetape:digest');
  });

  it('is skipped in mode skip', () => {
    expect(skipOf(secret({}), TYPES.secret, checking({ secrets: 'skip', digestKey: null }))).to.equal('kubetape/secrets-skip');
    expect(skipOf(secret({}), TYPES.configMap, checking({ secrets: 'skip', digestKey: null }))).to.equal(null);
  });

  it('cannot be digested without a key', () => {
    expect(() => new Canonicaliser(policy({ digestKey: null }))).to.throw('digests of Secrets need a key');
  });

  it('is digested when a plain file is made anew, and its digests stay when a digested one is', () => {
    const plain = textOf(secret({ password: BASE64 }), TYPES.secret, NO_FACTS, checking({ secrets: 'plain' }));
    const expected = textOf(secret({ password: BASE64 }), TYPES.secret);
    const again = (text: string): string => {
      const file = checking().recanonicalise(text, TYPES.secret);
      return file.kind === 'file' ? file.text : file.rule;
    };
    expect(again(plain)).to.equal(expected);
    expect(again(expected)).to.equal(expected);
  });

  it('names in its explanation what the digest took', () => {
    const { removed } = checking().explain(secret({ password: BASE64 }), TYPES.secret, NO_FACTS);
    expect(removed).to.deep.include({ path: 'data.password', rule: 'kubetape/secrets-digest', class: 'credential' });
    expect(JSON.stringify(removed)).to.not.include(CANARY).and.not.include(BASE64);
  });
});
