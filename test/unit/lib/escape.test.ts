import { expect } from 'chai';
import fc from 'fast-check';
import { cutEscaped, escapeLine, escapeText } from '../../../src/lib/escape.js';
import { propertyRuns } from '../../support/scale.js';

describe('cutEscaped', () => {
  it('cuts what is escaped already without escaping it again, never within an escape', () => {
    const escaped = escapeText('a\\b\x1bc');

    expect(cutEscaped(escaped, 100)).to.equal('a\\\\b\\x1bc');
    expect(cutEscaped(escaped, 7)).to.equal('a\\\\b…');
    expect(cutEscaped('😀😀', 3)).to.equal('😀…');
  });
});

describe('escapeText', () => {
  it('leaves printable text of any script alone', () => {
    for (const text of ['web-7f9c', 'system:kube-scheduler', 'café Größe', '日本語', '😀 ok', 'a"b\'c']) expect(escapeText(text)).to.equal(text);
  });

  it('makes control characters and escape sequences visible', () => {
    expect(escapeText('a\x1b[31mred\r\n\0\x7f\x85')).to.equal('a\\x1b[31mred\\x0d\\x0a\\x00\\x7f\\x85');
  });

  it('makes visible what reorders text, has no width or breaks lines in some terminals', () => {
    expect(escapeText('\u202egnp\u2066\u2069\u200b\u200d\u2028\u2029\ufeff')).to.equal('\\u{202e}gnp\\u{2066}\\u{2069}\\u{200b}\\u{200d}\\u{2028}\\u{2029}\\u{feff}');
    expect(escapeText('\u{e0041}')).to.equal('\\u{e0041}');
  });

  it('makes every format character visible', () => {
    const formats = Array.from({ length: 0x110000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff).map((code) => String.fromCodePoint(code)).filter((character) => /\p{Cf}/u.test(character));
    expect(formats.length).to.be.greaterThan(150);
    expect(formats.filter((character) => escapeText(character) === character)).to.deep.equal([]);
  });

  it('shows a lone surrogate and keeps a pair', () => {
    expect(escapeText('\ud83d😀\ude00')).to.equal('\\u{d83d}😀\\u{de00}');
  });

  it('doubles a backslash, so that no text looks like an escaped one', () => {
    expect(escapeText('\\x1b')).to.equal('\\\\x1b');
    const part = fc.constantFrom('\\', 'x', 'u', '{', '}', '1', 'b', '0', '\x1b', '\n', '\u202e', '\ud83d', 'a', '\\x1b');
    const text = fc.oneof(fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(text, (original) => {
        const escaped = escapeText(original);
        expect(escaped).to.not.match(/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/);
        expect(unescaped(escaped)).to.equal(original);
      }),
      propertyRuns(1_000, 50_000),
    );
  });
});

describe('escapeLine', () => {
  it('keeps what fits', () => {
    expect(escapeLine('abcde', 5)).to.equal('abcde');
  });

  it('cuts what does not fit and says so', () => {
    expect(escapeLine('abcdef', 5)).to.equal('abcd…');
    expect(escapeLine('x'.repeat(1_000_000), 10)).to.equal('xxxxxxxxx…');
  });

  it('never cuts an escape or a character in two', () => {
    expect(escapeLine('ab\x1bc', 5)).to.equal('ab…');
    expect(escapeLine('ab\x1bc', 7)).to.equal('ab\\x1bc');
    expect(escapeLine('ab😀cd', 4)).to.equal('ab…');
  });

  it('is never longer than asked', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 20 }), (text, length) => {
        expect(escapeLine(text, length).length).to.be.at.most(length);
      }),
      propertyRuns(500, 20_000),
    );
  });
});

/** The inverse that makes escapeText injective. */
function unescaped(text: string): string {
  return text.replace(/\\(?:\\|x([0-9a-f]{2})|u\{([0-9a-f]+)\})/g, (_, byte?: string, code?: string) => {
    const hex = byte ?? code;
    return hex === undefined ? '\\' : String.fromCodePoint(parseInt(hex, 16));
  });
}
