import { escapeText } from '../../lib/escape.js';

const EVERY_CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Text of a file for a pipe: only control characters are escaped, which canonical text never has, so `git apply` takes what is printed. */
export function forPipe(text: string): string {
  return text.replace(EVERY_CONTROL, escapeText);
}

/** A JSON text in which what a terminal could take for an order, or would hide, is written as `\\uXXXX`: the values are the same. */
export function forJson(json: string): string {
  return json.replace(/[^\x20-\x7e\n]/gu, (character) => (escapeText(character) === character ? character : unicodeEscapes(character)));
}

function unicodeEscapes(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

/** `&lt;` and so on; of what XML 1.0 does not have, controls are written as lib/escape does and non-characters left out. Line feeds and tabs stay. */
export function forXml(text: string): string {
  return text
    .replace(/[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, escapedOrNothing)
    .replace(/[&<>"']/g, (character) => XML[character] ?? '');
}

function escapedOrNothing(character: string): string {
  const escaped = escapeText(character);
  return escaped === character ? '' : escaped;
}

const XML: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** One line as a code span that may stand in a table cell: nothing in it is Markdown, a mention or the end of the cell. */
export function forMarkdown(text: string): string {
  const line = escapeText(text).replaceAll('|', '\\|');
  const ticks = '`'.repeat(longestRun(line) + 1);
  // One blank on both sides is no part of a span; a span of blanks only keeps them.
  return line === '' ? '' : `${ticks} ${line} ${ticks}`;
}

/** A fenced block that its content cannot end. */
export function fenced(language: string, content: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return `${fence}${language}\n${content}${content.endsWith('\n') ? '' : '\n'}${fence}\n`;
}

function longestRun(text: string): number {
  let longest = 0;
  for (const [run] of text.matchAll(/`+/g)) longest = Math.max(longest, run.length);
  return longest;
}
