/**
 * What must not reach a terminal, a log or a commit message as it is: control characters (C0, DEL, C1 with NEL), line and
 * paragraph separator, every format character (Cf of Unicode 15.1: what changes the direction of text, has no width, annotates,
 * tags or spans its neighbours), a lone surrogate; and the backslash, which starts an escape. Ranges are written out, because a Unicode property would change
 * with the version of Node.
 */
const UNSAFE =
  /[\x00-\x1f\x7f-\x9f\\\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}]|[\ud800-\udfff]/u;
const EVERY_UNSAFE = new RegExp(UNSAFE, 'gu');

/**
 * A name, a manager or any other foreign text, fit for one line of output: `\xNN` below U+0100, `\u{…}` above, `\\` for a
 * backslash; printable Unicode stays. Injective: a backslash in the result always starts an escape, and escapes can be
 * read back in one way only, so two different texts never look the same because of it.
 */
export function escapeText(text: string): string {
  return UNSAFE.test(text) ? text.replace(EVERY_UNSAFE, escapeCharacter) : text;
}

/**
 * Like escapeText, at most `maxChars` UTF-16 units long: a longer result is cut between two characters (never within an
 * escape or a surrogate pair) and ends in `…`. Injective only for what is not cut.
 */
export function escapeLine(text: string, maxChars: number): string {
  if (text.length <= maxChars) {
    const whole = escapeText(text);
    if (whole.length <= maxChars) return whole;
  }
  let line = '';
  for (const character of text) {
    const next = escapeText(character);
    if (line.length + next.length > maxChars - 1) break;
    line += next;
  }
  return `${line}…`;
}

/** Cuts what is escaped already to at most `maxChars`, never within an escape or a surrogate pair; a cut text ends in `…`. */
export function cutEscaped(escaped: string, maxChars: number): string {
  if (escaped.length <= maxChars) return escaped;
  let line = '';
  for (const [piece] of escaped.matchAll(/\\(?:\\|x..|u\{[^}]*\})|[^]/gu)) {
    if (line.length + piece.length > maxChars - 1) break;
    line += piece;
  }
  return `${line}…`;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code === 0x5c) return '\\\\';
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
