import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { objectOid, type GitObjectType } from '../lib/git-blob.js';
import type { Oid } from '../model/tape.js';
import { fsyncFolder, removeFile } from './io.js';
import { writeDurably } from './ref-lock.js';

/** Writes a loose object (gitformat-loose(5)); it and its name are durable when this returns. `objects`: the objects folder. Throws system errors. */
export function writeLooseObject(objects: string, type: GitObjectType, data: Buffer): Oid {
  const oid = objectOid(type, data);
  const folder = join(objects, oid.slice(0, 2));
  const isNew = !existsSync(folder);
  mkdirSync(folder, { recursive: true });
  // `git gc` removes files of this name that a dead run left.
  const temporary = join(folder, `tmp_obj_${randomUUID()}`);
  writeDurably(temporary, deflateSync(Buffer.concat([Buffer.from(`${type} ${data.length}\0`), data])), 0o444);
  try {
    renameSync(temporary, join(folder, oid.slice(2)));
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
  fsyncFolder(folder);
  if (isNew) fsyncFolder(objects);
  return oid;
}
