import { commentBlock } from '../../canon/comments.js';
import { emit } from '../../canon/emitter.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../../lib/json.js';
import { stringifyJson } from '../../lib/parse-json.js';
import type { Difference, Side } from '../../model/comparison.js';

type Keys = Difference['keys'];

/**
 * The texts of both sides as they would be without the given differences: a changed field has the value of before on both,
 * an added one is taken from after, a removed one from before. What cannot be found stays, and is shown.
 */
export function withoutFields(before: Side, after: Side, noise: readonly Difference[]): { readonly before: string; readonly after: string } {
  if (noise.length === 0) return { before: before.text, after: after.text };
  const old = copyJson(before.body);
  const now = copyJson(after.body);
  // From the end of lists to their start: what is deleted does not move what is still to be found.
  for (const field of [...noise].sort((a, b) => compareKeys(b.keys, a.keys))) {
    if (field.keys.length === 0) continue;
    const [side, value] = field.after === undefined ? [old, field.before] : [now, field.after];
    if (!isAt(side, field.keys, value)) continue;
    if (field.after === undefined || field.before === undefined) remove(side, field.keys);
    else set(side, field.keys, copyJson(field.before));
  }
  const lines = new Set(noise.filter(({ keys }) => keys.length === 0).flatMap(({ path }) => commentLines(path, before, after)));
  const text = (side: Side, body: JsonObject): string => commentBlock(side.comments.filter((line) => !lines.has(line))) + emit(body);
  return { before: text(before, old), after: text(after, now) };
}

/** The lines that a difference of comment lines stands for; noise among them are allocated values only. */
function commentLines(path: string, before: Side, after: Side): string[] {
  const [old, now] = [new Set(before.comments), new Set(after.comments)];
  const single = [...before.comments.filter((line) => !now.has(line)), ...after.comments.filter((line) => !old.has(line))];
  return single.filter((line) => line.startsWith(`# ${path}: `));
}

function compareKeys(a: Keys, b: Keys): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const [left, right] = [a[i] as string | number, b[i] as string | number];
    if (left === right) continue;
    if (typeof left === 'number' && typeof right === 'number') return left - right;
    return String(left) < String(right) ? -1 : 1;
  }
  return a.length - b.length;
}

function parentOf(root: JsonObject, keys: Keys): Json | undefined {
  let at: Json | undefined = root;
  for (const key of keys.slice(0, -1)) at = child(at, key);
  return at;
}

function child(value: Json | undefined, key: string | number): Json | undefined {
  if (Array.isArray(value)) return typeof key === 'number' ? value[key] : undefined;
  return isObject(value) ? own(value, String(key)) : undefined;
}

/** `keys` may count the items of the other side's lists: nothing is touched that is not what differs. */
function isAt(root: JsonObject, keys: Keys, value: Json | undefined): boolean {
  const found = child(parentOf(root, keys), keys.at(-1) as string | number);
  return found !== undefined && value !== undefined && stringifyJson(found) === stringifyJson(value);
}

function remove(root: JsonObject, keys: Keys): void {
  const [parent, last] = [parentOf(root, keys), keys.at(-1) as string | number];
  if (Array.isArray(parent) && typeof last === 'number') parent.splice(last, 1);
  else if (isObject(parent)) delete parent[String(last)];
}

function set(root: JsonObject, keys: Keys, value: Json): void {
  const [parent, last] = [parentOf(root, keys), keys.at(-1) as string | number];
  if (Array.isArray(parent) && typeof last === 'number' && last < parent.length) parent[last] = value;
  else if (isObject(parent) && Object.hasOwn(parent, String(last))) setOwn(parent, String(last), value);
}
