import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { valueAt } from './field-place.js';

/**
 * A definition may not lose a version in which objects are stored: such a version of the live definition is kept, as it is
 * there, but for `storage: false` (measured: 422 "must appear in spec.versions" without it). Returns notes.
 */
export function keepStoredVersions(body: JsonObject, live: JsonObject): string[] {
  const versions = valueAt(body, ['spec', 'versions']);
  if (!Array.isArray(versions)) return [];
  const stored = listOf(valueAt(live, ['status', 'storedVersions']));
  const has = (name: Json): boolean => versions.some((version) => isObject(version) && own(version, 'name') === name);
  return stored.flatMap((name) => {
    if (typeof name !== 'string' || has(name)) return [];
    const version = listOf(valueAt(live, ['spec', 'versions'])).find((other) => isObject(other) && own(other, 'name') === name);
    if (!isObject(version)) return [];
    const kept = copyJson(version);
    setOwn(kept, 'storage', false);
    versions.push(kept);
    return [`version ${name} is kept, because objects are stored in it`];
  });
}

function listOf(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
