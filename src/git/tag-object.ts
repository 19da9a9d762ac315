import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';

/** An annotated tag (git-tag(1)). */
export interface TagFields {
  readonly target: Oid;
  readonly type: string;
  readonly name: string;
  /** `Name <mail>`. */
  readonly by: string;
  /** Seconds since 1970. */
  readonly at: number;
  readonly message: string;
}

/** A tag object's content; UTC, and the message ends with a line feed. */
export function encodeTag({ target, type, name, by, at, message }: TagFields): Buffer {
  const lines = [`object ${target}`, `type ${type}`, `tag ${name}`, `tagger ${by} ${at} +0000`];
  return Buffer.from(`${lines.join('\n')}\n\n${message}${message.endsWith('\n') ? '' : '\n'}`);
}

/** Reads a tag object's content, a signature at its end left out; very old tags have no tagger: then `at` is 0. RepositoryError DAMAGED. */
export function parseTag(oid: Oid, data: Buffer): TagFields {
  const text = data.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end < 0 ? text : text.slice(0, end);
  const [, target, type, name] = /^object ([0-9a-f]{40})\ntype (\w+)\ntag (.+)$/m.exec(head) ?? [];
  if (target === undefined || type === undefined || name === undefined) throw new RepositoryError('DAMAGED', `Tag object ${oid} names no object`);
  const [, by = '', at = '0'] = /^tagger (.*>) (-?\d+) [+-]\d+$/m.exec(head) ?? [];
  const message = (end < 0 ? '' : text.slice(end + 2)).replace(/^-----BEGIN (?:PGP|SSH|SIGNED) [^]*$/m, '');
  return { target, type, name, by, at: Number(at), message };
}
