import { writeKey, writeNumber, writeString } from '../../canon/scalars.js';
import { isObject, NumberToken, type Json, type JsonObject } from '../../lib/json.js';
import { hasHidden, quoted } from './hidden.js';

/**
 * YAML in the style of canonical text, members in their own order, and without a character that cannot be seen: such a
 * string is in double quotes, with escapes. Canonical text without such strings comes out as it was.
 */
export function yamlText(root: JsonObject): string {
  return members(root, '', '') || '{}\n';
}

/** `lead`: what stands before the first key; that of a list item follows its dash. */
function members(object: JsonObject, pad: string, lead: string): string {
  let before = lead;
  let out = '';
  for (const key of Object.keys(object)) {
    out += `${before}${hasHidden(key) ? quoted(key) : writeKey(key)}:${member(object[key] as Json, pad)}`;
    before = pad;
  }
  return out;
}

function member(value: Json, pad: string): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []\n' : `\n${items(value, pad, pad)}`;
  if (isObject(value)) {
    const body = members(value, `${pad}  `, `${pad}  `);
    return body === '' ? ' {}\n' : `\n${body}`;
  }
  return ` ${scalar(value, `${pad}  `)}\n`;
}

function items(list: readonly Json[], pad: string, lead: string): string {
  let before = lead;
  let out = '';
  for (const item of list) {
    out += `${before}- ${listItem(item, pad)}`;
    before = pad;
  }
  return out;
}

function listItem(item: Json, pad: string): string {
  if (Array.isArray(item)) return item.length === 0 ? '[]\n' : items(item, `${pad}  `, '');
  if (isObject(item)) return members(item, `${pad}  `, '') || '{}\n';
  return `${scalar(item, `${pad}  `)}\n`;
}

function scalar(value: null | boolean | number | string | NumberToken, pad: string): string {
  if (typeof value === 'string') return hasHidden(value) ? quoted(value) : writeString(value, pad);
  return typeof value === 'number' || value instanceof NumberToken ? writeNumber(value) : String(value);
}
