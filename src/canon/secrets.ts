import { createHmac } from 'node:crypto';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { stringifyJson } from '../lib/parse-json.js';
import type { SecretDigest } from './comments.js';

/** The rule ids under which Secrets are skipped, and their values removed. */
export const SECRETS_SKIP = 'kubetape/secrets-skip';
export const SECRETS_DIGEST = 'kubetape/secrets-digest';

const FIELDS = ['data', 'stringData'] as const;
/** Annotations that hold copies of the object they are on: whatever the rule packs say, a digested Secret has none. */
const COPIES = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kapp.k14s.io/original',
  'kapp.k14s.io/original-diff',
  'kapp.k14s.io/original-diff-full',
  'objectset.rio.cattle.io/applied',
  'banzaicloud.com/last-applied',
  'kopf.zalando.org/last-handled-configuration',
];

export function isSecretType(type: { readonly group: string; readonly resource: string }): boolean {
  return type.resource === 'secrets' && type.group === '';
}

/** Names a key without giving it away; recorded in the repository, so that another key is noticed. */
export function digestKeyId(key: Uint8Array): string {
  return createHmac('sha256', key).update('kubetape digest key').digest('hex').slice(0, 16);
}

/** Takes the values out of a Secret, in place, and gives what may be known of them, in no particular order. */
export function digestSecret(secret: JsonObject, namespace: string, name: string, key: Uint8Array): SecretDigest[] {
  const digests: SecretDigest[] = [];
  for (const field of FIELDS) {
    const values = own(secret, field);
    for (const entry of isObject(values) ? Object.keys(values) : []) {
      const bytes = bytesOf(values as JsonObject, entry, field);
      digests.push({ field, key: entry, size: bytes.length, digest: digestOf(key, namespace, name, entry, bytes) });
    }
    delete secret[field];
  }
  for (const path of secretCopies(secret)) delete ((secret['metadata'] as JsonObject)['annotations'] as JsonObject)[path.at(-1) as string];
  return digests;
}

/** The places of a Secret that a digest takes away. */
export function secretPlaces(secret: JsonObject): string[][] {
  return [...FIELDS.filter((field) => Object.hasOwn(secret, field)).map((field) => [field]), ...secretCopies(secret)];
}

function secretCopies(secret: JsonObject): string[][] {
  const metadata = own(secret, 'metadata');
  const annotations = isObject(metadata) ? own(metadata, 'annotations') : undefined;
  return isObject(annotations) ? COPIES.filter((key) => Object.hasOwn(annotations, key)).map((key) => ['metadata', 'annotations', key]) : [];
}

/** The decoded value; the server sends base64 under `data`. */
function bytesOf(values: JsonObject, key: string, field: (typeof FIELDS)[number]): Buffer {
  const value: Json = values[key] ?? null;
  if (typeof value !== 'string') return Buffer.from(stringifyJson(value));
  return Buffer.from(value, field === 'data' ? 'base64' : 'utf8');
}

/**
 * HMAC-SHA256, cut to 128 bits, over namespace, name, key and value, each with its length before it. The place is part
 * of it, so that equal values in two Secrets, or under two keys, cannot be told to be equal; without the key nobody can
 * try out values.
 */
function digestOf(key: Uint8Array, namespace: string, name: string, entry: string, value: Buffer): string {
  const hmac = createHmac('sha256', key);
  for (const part of [Buffer.from(namespace), Buffer.from(name), Buffer.from(entry), value]) {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(part.length));
    hmac.update(length).update(part);
  }
  return hmac.digest('hex').slice(0, 32);
}
