import { createHash } from 'node:crypto';
import type { ObjectId } from './object-id.js';

/*
 * Where an object lies in the tree: a pure, injective function of its identity. Every component is ASCII and can be checked
 * out on Linux, macOS (folds case, normalises to NFC) and Windows, beside every other component of the same folder.
 *
 * Why it is injective, also after case folding:
 * - `%` is always escaped, so `%XX` can be decoded, and escaping has an inverse (a bare `%` is the empty text). A plural's dots are escaped too, so the
 *   first dot of a type folder ends the plural.
 * - A component that was cut holds `~`, which no other component does, for `~` is always escaped. Two cut components are equal
 *   only if the SHA-256 of what was cut are.
 * - Upper case stands in the two digits after a `%` only (or, in a cut component, before the `~`, where the hash tells names
 *   apart), lower case never does: components that are equal when folded are equal.
 */

/** What nearly every name is: nothing to escape, nothing to cut, no device. */
const ORDINARY = /^(?!(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$))[a-z0-9](?:[-a-z0-9.]{0,180}[a-z0-9])?$/;

/** Upper case, what Windows reserves, controls, what is not ASCII, and our own `%` and `~` (which also starts the short names of Windows: `git~1`). */
const ESCAPED = /[A-Z\x00-\x1f<>:"/\\|?*%~\x7f-\uffff]/;
const EVERY_ESCAPED = /[A-Z\x00-\x1f<>:"/\\|?*%~\x7f-\u{10ffff}]/gu;

/** Names of devices on Windows, with any extension, also after blanks. Upper case is escaped before. */
const DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$) *(?:\.|$)/;

const EXTENSION = '.yaml';
/** Bytes of a component, its extension included; ext4, APFS and NTFS take 255. */
const LONGEST = 200;
const HASH_DIGITS = 64;

/** `namespaces/<ns>/<plural>[.<group>]/<name>.yaml` or `cluster/<plural>[.<group>]/<name>.yaml`. */
export function treePath(id: ObjectId): string {
  const name = ORDINARY.test(id.name) ? id.name + EXTENSION : component(escaped(id.name), EXTENSION);
  return `${typeFolder(id, id.namespace)}/${name}`;
}

/** The folder of a type's objects in one namespace, or, with the namespace '', of its cluster-scoped objects. */
export function typeFolder(type: { readonly group: string; readonly resource: string }, namespace: string): string {
  const folder = typeFolderName(type);
  if (namespace === '') return `cluster/${folder}`;
  return `namespaces/${ORDINARY.test(namespace) ? namespace : component(escaped(namespace), '')}/${folder}`;
}

/** The last component of a type's folders: `deployments.apps`, `configmaps`. */
export function typeFolderName(type: { readonly group: string; readonly resource: string }): string {
  const { group, resource } = type;
  const name = group === '' ? resource : `${resource}.${group}`;
  if (ORDINARY.test(name) && !resource.includes('.')) return name;
  const plural = escaped(resource).replaceAll('.', '%2E');
  return component(group === '' ? plural : `${plural}.${escaped(group)}`, '');
}

/**
 * The inverse of treePath; null for a path that was cut (it holds `~`), whose identity stands in the file only, and for a
 * path that treePath never gives.
 */
export function identityOfPath(path: string): ObjectId | null {
  const parts = path.split('/');
  const cluster = parts[0] === 'cluster';
  if (parts.length !== (cluster ? 3 : 4) || (!cluster && parts[0] !== 'namespaces')) return null;
  const type = typeOfFolder(parts[cluster ? 1 : 2] ?? '');
  const namespace = cluster ? '' : namespaceOfFolder(parts[1] ?? '');
  const name = nameOfFile(parts.at(-1) ?? '');
  // A folder of its own never stands for "no namespace".
  return type === null || namespace === null || name === null || (!cluster && namespace === '') ? null : { ...type, namespace, name };
}

/** The type that a folder holds; null when the name was cut or is none of ours. */
export function typeOfFolder(folder: string): { readonly group: string; readonly resource: string } | null {
  const dot = folder.indexOf('.');
  const plural = unescaped(dot < 0 ? folder : folder.slice(0, dot));
  const group = dot < 0 ? '' : unescaped(folder.slice(dot + 1));
  if (plural === null || group === null || (dot >= 0 && group === '')) return null;
  const type = { group, resource: plural };
  return ORDINARY.test(folder) || typeFolderName(type) === folder ? type : null;
}

/** The namespace whose objects a folder below `namespaces/` holds; null when the name was cut or is none of ours. */
export function namespaceOfFolder(folder: string): string | null {
  if (ORDINARY.test(folder)) return folder;
  const namespace = unescaped(folder);
  return namespace !== null && component(escaped(namespace), '') === folder ? namespace : null;
}

/** The name of the object that a file holds; null when the name was cut or is none of ours. */
export function nameOfFile(file: string): string | null {
  if (!file.endsWith(EXTENSION)) return null;
  const stem = file.slice(0, -EXTENSION.length);
  if (ORDINARY.test(stem)) return stem;
  const name = unescaped(stem);
  return name !== null && component(escaped(name), EXTENSION) === file ? name : null;
}

/** Escapes what depends on the place in the component, and cuts what is too long. */
function component(text: string, extension: string): string {
  const start = DEVICE.test(text + extension) || text.startsWith('.') || text.startsWith(' ') ? 1 : 0;
  const end = text.length > start && (text.endsWith('.') || text.endsWith(' ')) ? 1 : 0;
  const safe = hex(text.slice(0, start)) + text.slice(start, text.length - end) + hex(text.slice(text.length - end)) + extension;
  if (safe.length <= LONGEST) return safe;
  const hash = createHash('sha256').update(safe).digest('hex').slice(0, HASH_DIGITS);
  return `${safe.slice(0, LONGEST - HASH_DIGITS - 1 - extension.length)}~${hash}${extension}`;
}

function escaped(text: string): string {
  // No identity has an empty part, but the function is total; a bare % stands for nothing else.
  if (text === '') return '%';
  return ESCAPED.test(text) ? text.replace(EVERY_ESCAPED, escapeCharacter) : text;
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // A lone surrogate has no UTF-8; its three bytes as if it had keep two of them apart.
  if (code >= 0xd800 && code <= 0xdfff) return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map(percent).join('');
  return hex(character);
}

function hex(text: string): string {
  return Array.from(Buffer.from(text), percent).join('');
}

function percent(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The inverse of escaping; null for a component that was cut, or that escaping never gives. */
function unescaped(text: string): string | null {
  if (text === '%') return '';
  if (!text.includes('%') && !text.includes('~')) return text;
  if (text.includes('~') || /%(?![0-9A-F]{2})/.test(text)) return null;
  return text.replace(/(?:%[0-9A-F]{2})+/g, (run) => decodeUtf8(Buffer.from(run.replaceAll('%', ''), 'hex')));
}

/** UTF-8 that may hold lone surrogates in three bytes each, as escapeCharacter writes them. */
function decodeUtf8(bytes: Buffer): string {
  let text = '';
  let from = 0;
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const [, second = 0, third = 0] = bytes.subarray(at, at + 3);
    if (second < 0xa0) continue;
    text += bytes.toString('utf8', from, at) + String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f));
    from = at + 3;
  }
  return text + bytes.toString('utf8', from);
}
