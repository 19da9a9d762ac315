import { NumberToken, type Json, type JsonObject } from '../../lib/json.js';
import { stringifyJson } from '../../lib/parse-json.js';
import type { Write } from '../pager.js';
import { quoted } from './hidden.js';
import { yamlText } from './yaml-text.js';

/** JSON with two blanks a level, as JSON.stringify writes it, but number tokens are kept and hidden characters are escaped. */
export function jsonText(value: Json, indent = ''): string {
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[\n${value.map((item) => deeper + jsonText(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null || value instanceof NumberToken) return typeof value === 'string' ? quoted(value) : stringifyJson(value);
  const members = Object.keys(value).map((key) => `${deeper}${quoted(key)}: ${jsonText(value[key] as Json, deeper)}`);
  return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
}

/** Plain data in the form that was asked for, JSON or YAML; the members are the same. */
export function documentText(value: JsonObject, output: 'json' | 'yaml'): string {
  return output === 'json' ? `${jsonText(value)}\n` : yamlText(value);
}

/** A document with one long list, written as its items come; YAML has them all in memory. */
export async function writeDocument(
  write: Write,
  output: 'json' | 'yaml',
  head: JsonObject,
  list: { readonly name: string; readonly items: AsyncIterable<JsonObject> | Iterable<JsonObject> },
): Promise<void> {
  if (output === 'yaml') {
    const items: JsonObject[] = [];
    for await (const item of list.items) items.push(item);
    await write(yamlText({ ...head, [list.name]: items }));
    return;
  }
  const members = Object.keys(head).map((key) => `  ${quoted(key)}: ${jsonText(head[key] as Json, '  ')},\n`);
  let text = `{\n${members.join('')}  ${quoted(list.name)}: [`;
  let between = '\n';
  for await (const item of list.items) {
    text += `${between}    ${jsonText(item, '    ')}`;
    between = ',\n';
    if (text.length > CHUNK) {
      await write(text);
      text = '';
    }
  }
  await write(`${text}${between === '\n' ? '' : '\n  '}]\n}\n`);
}

const CHUNK = 16_384;

/** Writes lines in pieces that are worth a system call. */
export async function writeLines(write: Write, lines: Iterable<string>): Promise<void> {
  let text = '';
  for (const line of lines) {
    text += line;
    if (text.length > CHUNK) {
      await write(text);
      text = '';
    }
  }
  if (text !== '') await write(text);
}
