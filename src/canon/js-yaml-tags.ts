import { defineMappingTag } from 'js-yaml';
import { own, setOwn, type Json, type JsonObject } from '../lib/json.js';

/** Deeper than any object that an API server takes is likely to be. */
export const DEEPEST = 1_000;

/** With what a plain scalar must begin to be tried as a number. */
export const FIRST_OF_NUMBERS: readonly string[] = ['-', '+', '.', ...'0123456789'];

/** Maps as JSON objects; `keyName`: the name that a key has there, null for one that can have none. */
export function objectTag(keyName: (key: unknown) => string | null): ReturnType<typeof defineMappingTag<JsonObject>> {
  return defineMappingTag<JsonObject>('tag:yaml.org,2002:map', {
    create: () => ({}),
    identify: () => false,
    addPair: (map, key, value) => {
      const name = keyName(key);
      if (name === null) return 'complex key';
      setOwn(map, name, value as Json);
      return '';
    },
    has: (map, key) => Object.hasOwn(map, keyName(key) ?? ''),
    keys: (map) => Object.keys(map),
    get: (map, key) => own(map, keyName(key) ?? ''),
  });
}
