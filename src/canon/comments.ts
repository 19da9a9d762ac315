import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { parseJson, stringifyJson } from '../lib/parse-json.js';
import { ClusterError } from '../model/cluster-error.js';
import { asciiJson } from './rules/sites.js';

/** What every leading comment line of ours starts with. */
const PREFIX = '# kubetape:';

/** A value that the server or a controller chose and that is not in the body. */
export interface AllocatedValue {
  /** `spec.clusterIP`, `spec.ports[0].nodePort`: where it would stand in the body. */
  readonly path: string;
  readonly value: Json;
}

/** What is known of one value of a Secret. */
export interface SecretDigest {
  readonly field: 'data' | 'stringData';
  readonly key: string;
  /** Bytes of the decoded value. */
  readonly size: number;
  /** 32 hexadecimal digits. */
  readonly digest: string;
}

/**
 * One line an owner: `# kubetape:owner apps/v1 StatefulSet/db controller block`. The uid is left out. The words
 * `controller` and `block` (blockOwnerDeletion) stand for true, `controller=false` and `block=false` for false, no word
 * for absent. Throws ClusterError MALFORMED for what is no owner reference.
 */
export function ownersToComments(ownerReferences: Json | undefined): string[] {
  if (ownerReferences === undefined || ownerReferences === null) return [];
  if (!Array.isArray(ownerReferences)) throw malformedOwner();
  return ownerReferences.map((owner) => {
    if (!isObject(owner)) throw malformedOwner();
    const words = [
      escapeWord(textOf(owner, 'apiVersion')).replaceAll('%2F', '/'),
      `${escapeWord(textOf(owner, 'kind'))}/${escapeWord(textOf(owner, 'name'))}`,
      ...flag('controller', own(owner, 'controller')),
      ...flag('block', own(owner, 'blockOwnerDeletion')),
    ];
    return `${PREFIX}owner ${words.join(' ')}`;
  });
}

/** The owner references, without uid, that `# kubetape:owner` lines stand for; other lines are passed over. */
export function commentsToOwners(lines: readonly string[]): JsonObject[] {
  return payloads('owner', lines).map((payload) => {
    const [apiVersion = '', object = '', ...flags] = payload.split(' ');
    const slash = object.indexOf('/');
    const owner: JsonObject = {
      apiVersion: unescapeWord(apiVersion),
      kind: unescapeWord(object.slice(0, slash)),
      name: unescapeWord(object.slice(slash + 1)),
    };
    for (const [word, field] of [['controller', 'controller'], ['block', 'blockOwnerDeletion']] as const) {
      if (flags.includes(word)) owner[field] = true;
      else if (flags.includes(`${word}=false`)) owner[field] = false;
    }
    return owner;
  });
}

/** `# kubetape:allocated spec.clusterIP: 10.0.0.7`; a text that could be read as something else is JSON. */
export function allocatedToComment({ path, value }: AllocatedValue): string {
  return `${PREFIX}allocated ${path}: ${typeof value === 'string' && isPlain(value) ? value : asciiOnly(stringifyJson(value))}`;
}

export function commentsToAllocated(lines: readonly string[]): AllocatedValue[] {
  return payloads('allocated', lines).flatMap((payload) => {
    // A key in the path is quoted when it holds anything but letters and digits, so the first match is the end of the path.
    const parts = /^((?:[^":]|"(?:[^"\\]|\\.)*")*): (.*)$/.exec(payload);
    const [, path, text] = parts ?? [];
    return path === undefined || text === undefined ? [] : [{ path, value: isPlain(text) ? text : parseJson(text) }];
  });
}

/** `# kubetape:applier helm`: the manager that applies this object, server-side. */
export function applierToComment(manager: string): string {
  return `${PREFIX}applier ${escapeWord(manager)}`;
}

/** The applier, or null when no line names one. */
export function commentsToApplier(lines: readonly string[]): string | null {
  const [payload] = payloads('applier', lines);
  return payload === undefined ? null : unescapeWord(payload);
}

/** `# kubetape:finished Complete`: the work of this Job or Pod is over, so a restore does not start it again. */
export function finishedToComment(how: string): string {
  return `${PREFIX}finished ${escapeWord(how)}`;
}

/** How its work ended, or null when no line says that it did. */
export function commentsToFinished(lines: readonly string[]): string | null {
  const [payload] = payloads('finished', lines);
  return payload === undefined ? null : unescapeWord(payload);
}

/** `# kubetape:digest data.password 16B hmac-sha256:…`. */
export function digestToComment({ field, key, size, digest }: SecretDigest): string {
  return `${PREFIX}digest ${field}.${escapeWord(key)} ${size}B hmac-sha256:${digest}`;
}

export function commentsToDigests(lines: readonly string[]): SecretDigest[] {
  return payloads('digest', lines).flatMap((payload) => {
    const parts = /^(data|stringData)\.(\S*) (\d+)B hmac-sha256:([0-9a-f]{32})$/.exec(payload);
    const [, field, key, size, digest] = parts ?? [];
    if (key === undefined || digest === undefined) return [];
    return [{ field: field as SecretDigest['field'], key: unescapeWord(key), size: Number(size), digest }];
  });
}

/** Words of lines that came with a later emitter: an older one says nothing of them. */
const SINCE: ReadonlyMap<string, number> = new Map([['finished', 2]]);

/** The lines that an emitter of this version writes. */
export function commentsKnownTo(emitter: number, lines: readonly string[]): string[] {
  return lines.filter((line) => (SINCE.get(/^# kubetape:(\w+)/.exec(line)?.[1] ?? '') ?? 0) <= emitter);
}

/** Lines in their order in a file: by bytes (they are ASCII), each with its newline. */
export function commentBlock(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${[...lines].sort().join('\n')}\n`;
}

function payloads(word: string, lines: readonly string[]): string[] {
  const start = `${PREFIX}${word} `;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

function textOf(owner: JsonObject, key: string): string {
  const value = own(owner, key);
  if (typeof value !== 'string') throw malformedOwner();
  return value;
}

function malformedOwner(): ClusterError {
  return new ClusterError('MALFORMED', 'An owner reference without apiVersion, kind or name, which the API does not allow');
}

function flag(word: string, value: Json | undefined): string[] {
  return value === true ? [word] : value === false ? [`${word}=false`] : [];
}

/** Reversible: one word of printable ASCII, whatever the text is. Half a surrogate pair, which UTF-8 has not, is `%uXXXX`. */
function escapeWord(text: string): string {
  return text.replace(/[^A-Za-z0-9._:@+~=-]/gu, (character) => {
    const unit = character.charCodeAt(0);
    if (character.length === 1 && unit >= 0xd800 && unit <= 0xdfff) return `%u${unit.toString(16)}`;
    return Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  });
}

function unescapeWord(word: string): string {
  return word.replace(/(?:%[0-9A-F]{2})+|%u([0-9a-f]{4})/g, (escaped, unit?: string) =>
    unit === undefined ? Buffer.from(escaped.replaceAll('%', ''), 'hex').toString('utf8') : String.fromCharCode(parseInt(unit, 16)),
  );
}

/** Texts that stand for themselves: words and IPv4 addresses, nothing that YAML or JSON reads as another type. */
function isPlain(text: string): boolean {
  return /^(?:[A-Za-z][A-Za-z0-9._/-]*|\d+\.\d+\.\d+\.\d+(?:\/\d+)?)$/.test(text) && !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(text);
}

function asciiOnly(json: string): string {
  return json.replace(/[^\x20-\x7e]/g, (unit) => asciiJson(unit).slice(1, -1));
}
