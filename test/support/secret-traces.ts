// Whether a text holds a Secret's value, in any form in which programs write values.
import { randomInt } from 'node:crypto';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=&"<% ';

const PLAIN = 62;

/** 12 random letters and digits, which every form of text has as they are; then 12 characters, some of which JSON, XML, URLs and YAML write in another way. */
export function canary(): string {
  return Array.from({ length: 24 }, (_, at) => ALPHABET[randomInt(at < 12 ? PLAIN : ALPHABET.length)] ?? '').join('').replace(/ $/, 'x');
}

/** Pieces so long that no text has one by accident. */
const PIECE = 9;

/**
 * Every form of a value of which a piece stands in the text: as it is, as the inside of a JSON text, of XML, of a URL,
 * base64 (wherever it began), base64url, hexadecimal. Empty when there is no trace.
 */
export function tracesOf(value: string, text: string): string[] {
  const lower = text.toLowerCase();
  return [...forms(value)].filter(([form, spelled]) => {
    const where = form === 'hex' ? lower : text;
    return pieces(spelled, form === 'hex' ? 2 * PIECE : PIECE).some((piece) => where.includes(piece));
  }).map(([form]) => form);
}

function forms(value: string): Map<string, string> {
  const bytes = Buffer.from(value);
  const base64 = (shift: number): string => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').slice(shift === 0 ? 0 : shift + 1).replace(/.?=*$/, '');
  return new Map([
    ['as it is', value],
    ['JSON', JSON.stringify(value).slice(1, -1)],
    ['XML', value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['URL', encodeURIComponent(value)],
    ...[0, 1, 2].map((shift) => [`base64 at ${shift}`, base64(shift)] as const),
    ['base64url', base64(0).replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 of base64', Buffer.from(bytes.toString('base64')).toString('base64').replace(/.?=*$/, '')],
    ['hex', bytes.toString('hex')],
  ]);
}

function pieces(text: string, length: number): string[] {
  return Array.from({ length: Math.max(1, text.length - length + 1) }, (_, at) => text.slice(at, at + length));
}
