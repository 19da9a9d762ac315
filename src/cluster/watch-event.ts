import type { WatchEvent } from '../model/cluster-reader.js';

/** What one line of a watch says; an error carries its Status. */
export type WatchLine = WatchEvent | { readonly kind: 'error'; readonly status: unknown };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const LOWER = 0x20;

/**
 * Reads `{"type":"ADDED","object":{…}}`, members in any order, any white space. The object is not parsed: its bytes are
 * handed on as they came, because JSON.parse would change its numbers. Throws SyntaxError for anything else.
 */
export function readWatchLine(line: Uint8Array): WatchLine {
  const bytes = Buffer.isBuffer(line) ? line : Buffer.from(line.buffer, line.byteOffset, line.byteLength);
  const { type, object } = readMembers(bytes);
  switch (type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (object[0] !== OPEN) throw new SyntaxError('the object of a watch event is no object');
      return { kind: 'object', change: type, object };
    case 'BOOKMARK':
      return { kind: 'bookmark', resourceVersion: bookmarked(object) };
    case 'ERROR':
      return { kind: 'error', status: parse(object) };
    default:
      throw new SyntaxError('a watch event is of no known type');
  }
}

function readMembers(bytes: Buffer): { readonly type: unknown; readonly object: Buffer } {
  let type: unknown;
  let object: Buffer | undefined;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN) throw new SyntaxError('a watch event is no JSON object');
  do {
    const keyAt = skipSpace(bytes, at + 1);
    const keyEnd = valueEnd(bytes, keyAt);
    const key = parse(bytes.subarray(keyAt, keyEnd));
    const colon = skipSpace(bytes, keyEnd);
    if (bytes[colon] !== 0x3a) throw new SyntaxError('a member of a watch event has no value');
    const start = skipSpace(bytes, colon + 1);
    const end = valueEnd(bytes, start);
    if (key === 'type') type = parse(bytes.subarray(start, end));
    if (key === 'object') object = bytes.subarray(start, end);
    at = skipSpace(bytes, end);
  } while (bytes[at] === 0x2c);
  if (bytes[at] !== CLOSE || skipSpace(bytes, at + 1) !== bytes.length) throw new SyntaxError('a watch event is cut or followed by more');
  if (object === undefined) throw new SyntaxError('a watch event has no object');
  return { type, object };
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0d || bytes[at] === 0x0a) at++;
  return at;
}

/** Where the JSON value that starts at `from` ends. Brackets are counted, not matched: whoever parses it does that. */
function valueEnd(bytes: Buffer, from: number): number {
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at + 1) - 1;
      if (depth === 0) return at + 1;
    } else if ((byte | LOWER) === OPEN) depth++;
    else if ((byte | LOWER) === CLOSE) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (byte === 0x2c || byte === 0x3a || byte <= 0x20)) return at;
  }
  throw new SyntaxError('a watch event is cut');
}

/** Behind the closing quote of the string whose content starts at `from`. */
function stringEnd(bytes: Buffer, from: number): number {
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) return at + 1;
    if (byte === BACKSLASH) at++;
  }
  throw new SyntaxError('a watch event is cut');
}

function bookmarked(object: Buffer): string {
  const version = (parse(object) as { metadata?: { resourceVersion?: unknown } } | null)?.metadata?.resourceVersion;
  if (typeof version !== 'string') throw new SyntaxError('a bookmark has no resourceVersion');
  return version;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    throw new SyntaxError('a part of a watch event is not JSON');
  }
}
