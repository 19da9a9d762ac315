import { readYaml, splitComments } from '../canon/reader.js';
import { messageOf } from '../lib/errors.js';
import { own, type JsonObject } from '../lib/json.js';
import type { Side } from '../model/comparison.js';
import { RepositoryError } from '../model/repository-error.js';
import type { Oid } from '../model/tape.js';

/** A file of the tree, read. */
export type ReadFile = Side;

/** The file with this object id; RepositoryError DAMAGED, which quotes nothing, for what is no YAML document. */
export function readFile(tree: { read(oid: Oid): Buffer }, oid: Oid): ReadFile {
  return parseFile(tree.read(oid).toString('utf8'), oid);
}

/** As readFile, for a text; `what` names it in the error. */
export function parseFile(text: string, what: string): ReadFile {
  const { comments, body } = splitComments(text);
  try {
    return { text, comments, body: readYaml(body) };
  } catch (error) {
    throw new RepositoryError('DAMAGED', `File ${what} cannot be read as an object: ${messageOf(error)}`, {
      hint: 'Somebody may have edited it; `kubetape mirror` writes it anew with the next change', cause: error,
    });
  }
}

/** As readFile, read when it is first looked into: a damaged file is found out then. */
export function lazyFile(tree: { read(oid: Oid): Buffer }, oid: Oid): ReadFile {
  const text = tree.read(oid).toString('utf8');
  let comments: readonly string[] | undefined;
  let body: JsonObject | undefined;
  // Accessors of an object of its own, so that a copy by spreading has the values.
  return {
    text,
    get comments() {
      return (comments ??= splitComments(text).comments);
    },
    get body() {
      return (body ??= parseFile(text, oid).body);
    },
  };
}

/** A member that is a text. */
export function textOf(object: JsonObject | undefined, key: string): string | undefined {
  const value = object === undefined ? undefined : own(object, key);
  return typeof value === 'string' ? value : undefined;
}
