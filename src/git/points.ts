import { randomUUID } from 'node:crypto';
import { rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { systemCode } from '../lib/errors.js';
import { escapeLine, escapeText } from '../lib/escape.js';
import type { Point } from '../model/history.js';
import { RepositoryError } from '../model/repository-error.js';
import type { CommitInfo, Oid } from '../model/tape.js';
import { WRITER } from './commit-object.js';
import { fsyncFolder, guarded, removeFile } from './io.js';
import type { RepositoryPlace } from './locate-repository.js';
import { writeLooseObject } from './loose-object.js';
import type { ObjectStore } from './object-store.js';
import { removePackedRef } from './packed-refs.js';
import { takeLock } from './ref-lock.js';
import { listRefs, readAnyRef } from './ref-reader.js';
import { isRefName, moveRef, readRef } from './refs.js';
import { encodeTag, parseTag } from './tag-object.js';

const TAGS = 'refs/tags';

/** What points are made of. */
export interface PointHost {
  readonly place: RepositoryPlace;
  readonly store: ObjectStore;
  commit(oid: Oid): CommitInfo;
  /** Whether kubetape wrote the tree of a commit. */
  isOurs(commit: CommitInfo): boolean;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Annotated tags that point to commits of kubetape, newest first. RepositoryError DAMAGED. */
export function listPoints(host: PointHost): readonly Point[] {
  const points = [...listRefs(host.place, TAGS)].flatMap(([ref, oid]) => pointAt(host, ref, oid) ?? []);
  return points.sort((a, b) => b.createdAt - a.createdAt || (a.name < b.name ? -1 : 1));
}

/** Null for what is no annotated tag, or leads to no commit of ours. */
function pointAt(host: PointHost, ref: string, oid: Oid): Point | null {
  const { store } = host;
  const object = store.find(oid);
  if (object === null) throw new RepositoryError('DAMAGED', `Tag object ${oid} of ${ref} is missing in ${host.place.commonDir}`, { hint: `Remove the tag with \`git update-ref -d ${ref}\`` });
  if (object.type !== 'tag') return null;
  const tag = parseTag(oid, object.data);
  let { target, type } = tag;
  while (type === 'tag') ({ target, type } = parseTag(target, store.read(target, 'tag')));
  if (type !== 'commit') return null;
  const commit = host.commit(target);
  return host.isOurs(commit) ? { name: ref.slice(TAGS.length + 1), commit, message: tag.message, createdAt: tag.at } : null;
}

/**
 * Makes an annotated tag: the object is durable before the ref names it. An empty message becomes the name. RepositoryError
 * NOT_OURS when the name is taken or git would not have it, LOCKED, FULL, IO.
 */
export function createPoint(host: PointHost, name: string, commit: CommitInfo, message: string): Point {
  assertName(name);
  const ref = `${TAGS}/${name}`;
  const { commonDir } = host.place;
  const text = `${message.replaceAll('\r\n', '\n').trim() || name}\n`;
  if (text.includes('\0')) throw new RepositoryError('NOT_OURS', 'The message of a restore point holds a zero byte', { hint: 'Give it as text' });
  const at = Math.floor(host.now() / 1000);
  return guarded(`making the restore point ${name}`, () => {
    host.store.read(commit.oid, 'commit');
    assertFree(host.place, name);
    const data = encodeTag({ target: commit.oid, type: 'commit', name, by: WRITER, at, message: text });
    const oid = writeLooseObject(join(commonDir, 'objects'), 'tag', data);
    try {
      moveRef(commonDir, ref, null, oid, draftName());
    } catch (error) {
      // Somebody was quicker.
      throw error instanceof RepositoryError && error.code === 'MOVED' ? taken(name, `There is a tag ${name} already`) : error;
    }
    return { name, commit, message: text, createdAt: at };
  });
}

/** A file of the repository that is this run's alone. */
function draftName(): string {
  return `kubetape.lock.ref.${randomUUID()}`;
}

const LONGEST_PART = 200;

/** What git takes as a name (git check-ref-format, git tag), shows as it is, and means what it says when it is used as a revision. */
function assertName(name: string): void {
  const bad = (why: string): RepositoryError =>
    new RepositoryError('NOT_OURS', `"${escapeLine(name, 100)}" cannot name a restore point: ${why}`, { hint: 'Choose a name such as before-upgrade or release/1.4' });
  if (name === '') throw bad('it is empty');
  if (escapeText(name) !== name) throw bad('it has characters that do not show, or a backslash');
  if (name.startsWith('-')) throw bad('it begins with a hyphen');
  if (!isRefName(`${TAGS}/${name}`)) throw bad('git has no blanks, none of ~ ^ : ? * [ and no .. // @{ in names, no part that begins with a dot or ends with .lock, and no dot or slash at the end');
  if (/^(?:@|[A-Z_]*HEAD|[0-9a-fA-F]{40})$/.test(name)) throw bad('as a revision it has another meaning');
  if (name.startsWith('refs/')) throw bad('it begins like the full name of a ref');
  if (name.split('/').some((part) => Buffer.byteLength(part) > LONGEST_PART)) throw bad(`a part of it is longer than ${LONGEST_PART} bytes`);
}

/** A file cannot be a folder: `a` and `a/b` exclude each other. A branch of that name would no longer be found by it. */
function assertFree(place: RepositoryPlace, name: string): void {
  if (readAnyRef(place, `${TAGS}/${name}`) !== null) throw taken(name, `There is a tag ${name} already`);
  if (readAnyRef(place, `refs/heads/${name}`) !== null) throw new RepositoryError('NOT_OURS', `There is a branch ${name}: it would hide behind a restore point of that name`, { hint: 'Choose another name' });
  for (const other of listRefs(place, TAGS).keys()) {
    const tag = other.slice(TAGS.length + 1);
    if (tag.startsWith(`${name}/`) || name.startsWith(`${tag}/`)) throw taken(tag, `There is a tag ${tag}, beside which git can hold no tag ${name}`);
  }
}

function taken(name: string, message: string): RepositoryError {
  return new RepositoryError('NOT_OURS', message, { hint: `Choose another name, or remove it first: kubetape point rm ${name}` });
}

/**
 * Removes a restore point, by git's protocol for refs: under the lock of the ref and of `packed-refs`. RepositoryError
 * NOT_FOUND; NOT_OURS for a tag that is no restore point; LOCKED, IO.
 */
export function removePoint(host: PointHost, name: string): void {
  const { place } = host;
  const ref = `${TAGS}/${name}`;
  const oid = isRefName(ref) ? readRef(place.commonDir, ref) : null;
  if (oid === null) throw new RepositoryError('NOT_FOUND', `There is no restore point "${escapeLine(name, 100)}"`, { hint: 'See `kubetape point list`' });
  if (pointAt(host, ref, oid) === null) throw new RepositoryError('NOT_OURS', `The tag ${name} is no restore point: it is not annotated, or names no commit of kubetape`, { hint: `Remove it with \`git tag -d ${name}\`` });
  guarded(`removing the restore point ${name}`, () => removeRef(place.commonDir, ref, oid));
}

function removeRef(gitDir: string, ref: string, expected: Oid): void {
  const path = join(gitDir, ref);
  const draft = draftName();
  takeLock(`${path}.lock`, join(gitDir, draft), '');
  try {
    if (readRef(gitDir, ref) !== expected) throw new RepositoryError('MOVED', `${ref} in ${gitDir} was changed meanwhile`, { hint: 'Try again' });
    // First the packed value: it would show again as soon as the loose one is gone.
    removePackedRef(gitDir, ref, draft, () => {
      removeFile(path);
      removeFile(join(gitDir, 'logs', ref));
    });
  } finally {
    removeFile(`${path}.lock`);
  }
  removeEmptyAbove(gitDir, ref);
}

/** Empty folders of refs would stand in the way of a ref of their name; those that git keeps stay. */
function removeEmptyAbove(gitDir: string, ref: string): void {
  let folder = dirname(ref);
  try {
    for (; folder !== TAGS; folder = dirname(folder)) rmdirSync(join(gitDir, folder));
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].includes(systemCode(error) ?? '')) throw error;
  }
  fsyncFolder(join(gitDir, folder));
}
