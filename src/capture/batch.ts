import { blobOf, blobOid } from '../lib/git-blob.js';
import { isObject, type Json, type JsonObject } from '../lib/json.js';
import { messageOf } from '../lib/errors.js';
import { parseJsonItems } from '../lib/parse-json.js';
import { metadataOf, type Facts } from '../model/canonical.js';
import { treePath } from '../model/tree-path.js';
import type { ResourceType } from '../model/resource-type.js';
import type { Canonicaliser } from '../canon/canonicaliser.js';

/** The canonical files of one batch of list items, in a shape that is cheap to post between threads. */
export interface BatchResult {
  readonly paths: string[];
  /** Which item of the batch each file is of. */
  readonly places: number[];
  readonly oids: string[];
  /** Bytes of each file before compression. */
  readonly sizes: number[];
  /** Where file i ends in `bytes`; it starts where the one before ends. */
  readonly ends: number[];
  /** Contents one after the other: zlib streams when `deflated`, plain text otherwise. */
  readonly bytes: Uint8Array;
  readonly deflated: boolean;
  /** Indices of objects that are being deleted. */
  readonly terminating: number[];
  readonly skipped: { readonly path: string; readonly rule: string; readonly place: number }[];
  /** Objects without a canonical form; a path where the identity could be read. */
  readonly failures: { readonly path: string | null; readonly message: string; readonly place: number }[];
  /** The items as they came, where that was asked for. */
  readonly items?: Uint8Array;
}

/**
 * Canonicalises a batch of items of a list. One object that fails never takes the others with it.
 * `deflate`: compress now (the files are expected to be new) or only give texts (most are expected to be known).
 */
export function canonicaliseItems(
  canonicaliser: Canonicaliser,
  items: Uint8Array,
  type: ResourceType,
  facts: Facts,
  deflate: boolean,
): BatchResult {
  const result = { paths: [], places: [], oids: [], sizes: [], ends: [], deflated: deflate, terminating: [], skipped: [], failures: [] } as
    Omit<BatchResult, 'bytes'>;
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const [place, item] of parseJsonItems(items).entries()) {
    const part = one(canonicaliser, item, place, type, facts, result);
    if (part === null) continue;
    parts.push(part);
    end += part.length;
    result.ends.push(end);
  }
  return { ...result, bytes: joined(parts, end) };
}

function one(
  canonicaliser: Canonicaliser,
  item: Json,
  place: number,
  type: ResourceType,
  facts: Facts,
  result: Omit<BatchResult, 'bytes'>,
): Uint8Array | null {
  // The identity is taken first: the canonicaliser consumes the object, and a failure must name its file.
  const path = isObject(item) ? pathOf(item, type) : null;
  try {
    if (!isObject(item)) throw new TypeError('A list item is not an object');
    const canonical = canonicaliser.canonicalise(item, type, facts);
    if (canonical.kind === 'skip') {
      result.skipped.push({ path: canonical.path, rule: canonical.rule, place });
      return null;
    }
    const content = Buffer.from(canonical.text, 'utf8');
    if (canonical.terminating) result.terminating.push(result.paths.length);
    result.paths.push(canonical.path);
    result.places.push(place);
    result.sizes.push(content.length);
    if (!result.deflated) {
      result.oids.push(blobOid(content));
      return content;
    }
    const blob = blobOf(content);
    result.oids.push(blob.oid);
    return blob.deflated;
  } catch (error) {
    result.failures.push({ path, message: messageOf(error), place });
    return null;
  }
}

/** The path of an object as the server names it, null when it has no usable name. */
export function pathOf(object: JsonObject, type: ResourceType): string | null {
  const { name, namespace } = metadataOf(object);
  if (typeof name !== 'string' || name === '') return null;
  if (type.namespaced && (typeof namespace !== 'string' || namespace === '')) return null;
  return treePath({ group: type.group, resource: type.resource, namespace: type.namespaced ? (namespace as string) : '', name });
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
