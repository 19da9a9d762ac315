import { commentBlock, commentsToAllocated, type AllocatedValue } from '../canon/comments.js';
import { emit } from '../canon/emitter.js';
import { keysOfPath } from '../canon/rules/sites.js';
import { isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import type { Side } from '../model/comparison.js';

type Key = string | number;

/**
 * Two sides of which one may hold a value in an `allocated` comment line that the other, written under rules that did not
 * ask who owns it, holds in its body: both without it, because only whose choice it was is new.
 */
export function withoutMovedValues(a: Side, b: Side): readonly [Side, Side] {
  const [left, right] = [withoutValuesOf(a, b), withoutValuesOf(b, a)];
  return [withoutLines(left.side, right.taken), withoutLines(right.side, left.taken)];
}

/** The body with the values of its `allocated` comment lines back where they would stand. */
export function withAllocated(side: Side): JsonObject {
  return commentsToAllocated(side.comments).reduce((body, { path, value }) => {
    const keys = keysOfPath(path);
    return keys === null ? body : (changed(body, keys, (there) => (there === undefined ? value : there)) as JsonObject);
  }, side.body);
}

/** Takes out of `side` what an allocated line of `other` names and none of its own does. */
function withoutValuesOf(side: Side, other: Side): { readonly side: Side; readonly taken: readonly AllocatedValue[] } {
  const own = new Set(commentsToAllocated(side.comments).map(({ path }) => path));
  const taken: AllocatedValue[] = [];
  let { body } = side;
  for (const field of commentsToAllocated(other.comments)) {
    const keys = own.has(field.path) ? null : keysOfPath(field.path);
    const less = keys === null ? body : (changed(body, keys, () => undefined) as JsonObject);
    if (less !== body) taken.push(field);
    body = less;
  }
  return { taken, side: taken.length === 0 ? side : sideOf(side.comments, body) };
}

function withoutLines(side: Side, taken: readonly AllocatedValue[]): Side {
  if (taken.length === 0) return side;
  const paths = new Set(taken.map(({ path }) => path));
  return sideOf(side.comments.filter((line) => !commentsToAllocated([line]).some(({ path }) => paths.has(path))), side.body);
}

function sideOf(comments: readonly string[], body: JsonObject): Side {
  return { comments, body, text: commentBlock(comments) + emit(body) };
}

/** A copy in which the value at a place is another one, or absent (undefined); the same object where nothing changes or the place has no parent. */
function changed(value: Json, keys: readonly Key[], change: (there: Json | undefined) => Json | undefined): Json {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  const there = childOf(value, key);
  const next = rest.length === 0 ? change(there) : there === undefined ? undefined : changed(there, rest, change);
  if (next === there) return value;
  if (Array.isArray(value) && typeof key === 'number') return next === undefined ? value.filter((_, i) => i !== key) : value.with(key, next);
  return isObject(value) && typeof key === 'string' ? withMember(value, key, next) : value;
}

function childOf(value: Json, key: Key): Json | undefined {
  if (typeof key === 'number') return Array.isArray(value) ? value[key] : undefined;
  return isObject(value) ? own(value, key) : undefined;
}

function withMember(object: JsonObject, member: string, value: Json | undefined): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object)) if (key !== member) setOwn(copy, key, object[key] as Json);
  if (value !== undefined) setOwn(copy, member, value);
  return copy;
}
