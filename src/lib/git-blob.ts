import * as crypto from 'node:crypto';
import { deflateSync } from 'node:zlib';

export type GitObjectType = 'commit' | 'tree' | 'blob' | 'tag';

/** A file's content as git keeps it; the same shape as model/tape's Blob. */
export interface DeflatedBlob {
  /** 40 hexadecimal digits. */
  readonly oid: string;
  /** Bytes before compression. */
  readonly size: number;
  readonly deflated: Uint8Array;
}

/** Above this many bytes one copy of the content costs more than a hash in two steps. */
const COPY_LIMIT = 65_536;

/** Hash and zlib stream of a file's content: what a Draft takes. Pure, so that workers can do it. */
export function blobOf(content: Uint8Array): DeflatedBlob {
  return { oid: blobOid(content), size: content.length, deflated: deflate(content) };
}

/** The object id of a file's content, without the cost of compressing it. */
export function blobOid(content: Uint8Array): string {
  return objectOid('blob', content);
}

/** SHA-1 of `<type> <size>\0<content>`, in hexadecimal digits (gitformat-loose(5)). */
export function objectOid(type: GitObjectType, content: Uint8Array): string {
  const head = `${type} ${content.length}\0`;
  if (typeof crypto.hash !== 'function' || content.length > COPY_LIMIT) {
    return crypto.createHash('sha1').update(head, 'latin1').update(content).digest('hex');
  }
  const whole = Buffer.allocUnsafe(head.length + content.length);
  whole.write(head, 0, 'latin1');
  whole.set(content, head.length);
  return crypto.hash('sha1', whole, 'hex');
}

/** zlib stream, level 1: for objects of 1–2 KB set-up dominates, and a small output chunk saves a quarter of the time. */
export function deflate(content: Uint8Array): Buffer {
  const stream = deflateSync(content, { level: 1, chunkSize: content.length <= 8192 ? 4096 : 65_536 });
  // zlib gives a view of its whole chunk; a waiting blob of 100 bytes would hold 4 KiB.
  return stream.length * 2 < stream.buffer.byteLength ? Buffer.from(stream) : stream;
}
