import { commentBlock } from '../canon/comments.js';
import { emit } from '../canon/emitter.js';
import { counterpart } from '../diff/locate.js';
import type { ListKeys } from '../diff/list-keys.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import type { Difference, Side } from '../model/comparison.js';

/**
 * What would be there if a manifest's differing fields were laid over what is there: the side to show where a manifest
 * names only a part of its object. Items of lists are found by their keys; `manifest` is what the fields' keys count in.
 */
export function laidOver(there: Side, manifest: JsonObject, fields: readonly Pick<Difference, 'keys' | 'before' | 'after'>[], listKeys: ListKeys): Side {
  const body = copyJson(there.body);
  for (const { keys, before, after } of fields) if (keys.length > 0 && after !== undefined) lay(body, manifest, keys, before, after, listKeys);
  return { comments: there.comments, body, text: commentBlock([...there.comments]) + emit(body) };
}

/** The field with its keys counted in the laid-over body instead of the manifest. */
export function countedIn(field: Difference, manifest: JsonObject, body: JsonObject, listKeys: ListKeys): Difference {
  const site = field.keys.length === 0 ? null : counterpart(field.keys, manifest, body, listKeys);
  return site === null ? field : { ...field, keys: site.keys };
}

function lay(body: JsonObject, manifest: JsonObject, keys: Difference['keys'], before: Json | undefined, after: Json, listKeys: ListKeys): void {
  const last = keys.at(-1) as string | number;
  const container = containerOf(body, manifest, keys, listKeys);
  if (typeof last === 'string') {
    if (isObject(container)) setOwn(container, last, copyJson(after));
    return;
  }
  if (!Array.isArray(container)) return;
  const place = before === undefined ? undefined : counterpart(keys, manifest, body, listKeys)?.keys.at(-1);
  if (typeof place === 'number') container[place] = copyJson(after);
  else if (before === undefined) container.push(copyJson(after));
}

/** Where the field's container stands in the body. */
function containerOf(body: JsonObject, manifest: JsonObject, keys: Difference['keys'], listKeys: ListKeys): Json | undefined {
  const above = keys.slice(0, -1);
  if (above.length === 0) return body;
  const site = counterpart(above, manifest, body, listKeys);
  const holder = site?.containers.at(-1);
  const key = site?.keys.at(-1);
  if (key === undefined || holder === undefined) return undefined;
  if (Array.isArray(holder)) return typeof key === 'number' ? holder[key] : undefined;
  return own(holder, String(key));
}
