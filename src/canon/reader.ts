import type { JsonObject } from '../lib/json.js';
import { readWithJsYaml } from './js-yaml-reader.js';
import { ForeignStyle, OwnReader } from './own-reader.js';

/**
 * The object that a file of the tree holds; leading comment lines are passed over. The emitter's style is read by our own
 * reader, a file that a person edited by js-yaml (YAML 1.2, core schema). Numbers that a double cannot hold stay tokens,
 * in normal form (scalars.ts): `emit(readYaml(emit(x)))` is `emit(x)`, and readYaml(emit(x)) is x with its numbers in
 * normal form. Throws YamlError, which names the line and quotes nothing.
 */
export function readYaml(text: string): JsonObject {
  return readOwnStyle(text) ?? readWithJsYaml(text);
}

/** The object of a text in the emitter's style; null for any other. */
export function readOwnStyle(text: string): JsonObject | null {
  try {
    return new OwnReader(text).read();
  } catch (error) {
    if (error instanceof ForeignStyle) return null;
    throw error;
  }
}

/** The leading comment lines of a file, with their hash and without their line feed, and what follows them. */
export function splitComments(text: string): { comments: string[]; body: string } {
  const comments: string[] = [];
  let at = 0;
  while (text.startsWith('#', at)) {
    const feed = text.indexOf('\n', at);
    const end = feed < 0 ? text.length : feed;
    comments.push(text.slice(at, end));
    at = Math.min(end + 1, text.length);
  }
  return { comments, body: text.slice(at) };
}
