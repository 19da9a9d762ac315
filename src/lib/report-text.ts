import { escapeText } from './escape.js';
import { NumberToken, type Json } from './json.js';
import { stringifyJson } from './parse-json.js';

/*
 * What reports are made of, whatever they report: text of others in it ends no line, moves no cursor and forms no markup.
 */

/** As escape.ts; JSON.stringify has escaped what is below U+0020. Of a tag character the first half is enough. */
const UNPRINTABLE = /[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40(?=[\udc00-\udc7f])/g;

/** A JSON document with two blanks a level and a line feed at its end, number tokens as they are, `\uXXXX` for what does not show. */
export function indentedJson(document: Json): string {
  return `${indented(document, '')}\n`.replace(UNPRINTABLE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function indented(value: Json, indent: string): string {
  if (typeof value !== 'object' || value === null || value instanceof NumberToken) return stringifyJson(value);
  const inner = `${indent}  `;
  const members = Array.isArray(value)
    ? value.map((item) => indented(item, inner))
    : Object.keys(value).map((key) => `${JSON.stringify(key)}: ${indented(value[key] ?? null, inner)}`);
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  return members.length === 0 ? `${open}${close}` : `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}

/** A text of more characters is only said to be there. */
const LONGEST_VALUE = 4096;

/** A value for a report: one that nobody would read to its end is `(N characters)`. */
export function boundedValue(value: Json): Json {
  const length = typeof value === 'string' ? value.length : typeof value === 'object' ? stringifyJson(value).length : 0;
  return length > LONGEST_VALUE ? `(${length} characters)` : value;
}

/** Fit for a text and for an attribute of XML 1.0, on one line; characters that it does not know are escaped away before. */
export function xmlText(text: string): string {
  const line = controlsEscaped(text).replaceAll(/[\ufffe\uffff]/g, '?');
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&apos;');
}

/** One line in which nothing is Markdown, neither in it nor at its beginning (CommonMark 2.4). */
export function markdownText(text: string): string {
  return controlsEscaped(text).replace(/[\\`*_[\]<>|~&]/g, '\\$&').replace(/^(\d*)([-+#=.)])/, '$1\\$2');
}

/** A table; cells are texts. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(markdownText).join(' | ')} |`;
  return [line(header), `|${' --- |'.repeat(header.length)}`, ...rows.map(line)].join('\n');
}

/** What is escaped already keeps its single backslashes; what is not, such as a path of a folder, gets escapes for controls alone. */
function controlsEscaped(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, (run) => escapeText(run));
}
