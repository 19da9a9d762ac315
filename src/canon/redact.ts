import { createHmac } from 'node:crypto';
import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { stringifyJson } from '../lib/parse-json.js';
import type { Side } from '../model/comparison.js';
import { commentBlock } from './comments.js';
import { emit } from './emitter.js';
import { secretPlaces } from './secrets.js';

/** RFC 4648 §4; line ends may stand anywhere, as in Go's decoder. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/**
 * A copy in which no value of a Secret is left: every value under `data` and `stringData`, and annotations that hold a
 * copy of the whole object (kubectl's last-applied-configuration), is a text `(16 bytes, hmac:1a2b3c4d)`. Size and HMAC-SHA256
 * are of the decoded value; `key` is random and of one run, so that a reader sees whether a value changed and can try out
 * none. The items of a List are looked into; any other object comes back as it is.
 */
export function redactSecret(body: JsonObject, key: Uint8Array): JsonObject {
  const items = own(body, 'items');
  const kind = own(body, 'kind');
  if (typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    // The items of a SecretList need not name their kind.
    const redacted = items.map((item) => (isObject(item) && kind === 'SecretList' ? redactFields(item, key) : isObject(item) ? redactSecret(item, key) : item));
    return withMember(body, 'items', redacted);
  }
  return kind === 'Secret' && own(body, 'apiVersion') === 'v1' ? redactFields(body, key) : body;
}

/** A side of a comparison without the values of a Secret; its text is written anew. Other objects' sides come back as they are. */
export function redactSide(side: Side, key: Uint8Array): Side {
  const body = redactSecret(side.body, key);
  return body === side.body ? side : { body, comments: side.comments, text: commentBlock(side.comments) + emit(body) };
}

function redactFields(secret: JsonObject, key: Uint8Array): JsonObject {
  return secretPlaces(secret).reduce((copy, path) => replaced(copy, path, key), secret);
}

function replaced(object: JsonObject, path: readonly string[], key: Uint8Array): JsonObject {
  const [member = '', ...rest] = path;
  const value = own(object, member);
  if (value === undefined) return object;
  if (rest.length > 0) return isObject(value) ? withMember(object, member, replaced(value, rest, key)) : object;
  if (!isObject(value) || (member !== 'data' && member !== 'stringData')) return withMember(object, member, value === null ? null : hidden(value, false, key));
  const entries: JsonObject = {};
  for (const name of Object.keys(value)) setOwn(entries, name, hidden(value[name] ?? null, member === 'data', key));
  return withMember(object, member, entries);
}

/** Whatever it is, what comes back is only its size and a digest. */
function hidden(value: Json, isBase64: boolean, key: Uint8Array): string {
  const text = typeof value === 'string' ? value : stringifyJson(value);
  const packed = text.replace(/[\r\n]/g, '');
  const decodes = isBase64 && BASE64.test(packed);
  const bytes = Buffer.from(decodes ? packed : text, decodes ? 'base64' : 'utf8');
  const digest = createHmac('sha256', key).update(bytes).digest('hex').slice(0, 8);
  return `(${bytes.length} ${bytes.length === 1 ? 'byte' : 'bytes'}${isBase64 && !decodes ? ', not base64' : ''}, hmac:${digest})`;
}

function withMember(object: JsonObject, member: string, value: Json): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) setOwn(copy, key, key === member ? value : (object[key] as Json));
  return copy;
}
