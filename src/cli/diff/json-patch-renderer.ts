import { toJsonPatch } from '../../diff/json-patch.js';
import type { Json } from '../../lib/json.js';
import { stringifyJson } from '../../lib/parse-json.js';
import { objectReference } from './json-renderer.js';
import { forJson } from './output-text.js';
import type { DiffRenderer } from './renderer.js';

/**
 * A JSON array of { object, patch }: the RFC 6902 patch turns the body of before into that of after, noise included; an
 * object that is not there is null.
 */
export function jsonPatchRenderer(): DiffRenderer {
  let count = 0;
  return {
    begin: () => '[',
    object(shown) {
      const { before, after } = shown.difference;
      const patch = toJsonPatch(before?.body ?? null, after?.body ?? null) as unknown as Json;
      return `${count++ === 0 ? '' : ','}\n${forJson(stringifyJson({ object: objectReference(shown), patch }))}`;
    },
    end: () => '\n]\n',
  };
}
