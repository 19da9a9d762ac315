import type { Json, JsonObject } from '../../lib/json.js';
import { stringifyJson } from '../../lib/parse-json.js';
import type { Difference } from '../../model/comparison.js';
import { idMembers } from '../render/names.js';
import { yamlText } from '../render/yaml-text.js';
import { sideJson, type Compared } from './compared-side.js';
import { forJson } from './output-text.js';
import type { DiffRenderer, DiffResult } from './renderer.js';
import type { Shown } from './shown.js';

/** Rises when a member changes its meaning or leaves; new members may come at any time. */
export const DIFF_API_VERSION = 'kubetape.io/diff/v1';

/** One JSON document, an object a line, so that it can be written while it is found; docs/diff.md describes it. */
export function jsonRenderer(): DiffRenderer {
  let count = 0;
  return {
    begin: (compared) => `${json(headJson(compared)).slice(0, -1)},"objects":[`,
    object: (shown) => `${count++ === 0 ? '' : ','}\n${json(objectJson(shown))}`,
    end: (result) => `\n],${json(tailJson(result)).slice(1)}\n`,
  };
}

/** The same document as YAML. */
export function yamlRenderer(): DiffRenderer {
  let count = 0;
  return {
    begin: (compared) => yamlText(headJson(compared)),
    // A list of one, of which only the first has the key.
    object: (shown) => yamlText({ objects: [objectJson(shown)] }).slice(count++ === 0 ? 0 : 'objects:\n'.length),
    end: (result) => `${count === 0 ? 'objects: []\n' : ''}${yamlText(tailJson(result))}`,
  };
}

function json(value: JsonObject): string {
  return forJson(stringifyJson(value));
}

function headJson({ before, after }: Compared): JsonObject {
  return { apiVersion: DIFF_API_VERSION, before: sideJson(before), after: sideJson(after) };
}

function tailJson({ totals, gaps }: DiffResult): JsonObject {
  return {
    notCompared: gaps.map(({ verdict, what, reason }): JsonObject => ({ verdict, what, reason })),
    summary: {
      added: totals.sum('added'), removed: totals.sum('removed'), changed: totals.sum('changed'),
      noiseObjects: totals.sum('noise'), noiseFields: totals.hiddenFields,
    },
  };
}

/** Which object; shared by every JSON form. */
export function objectReference({ difference: { id, apiVersion, kind, path } }: Shown): JsonObject {
  return { ...idMembers(id), apiVersion, kind, path };
}

function objectJson(shown: Shown): JsonObject {
  const { change, before, after } = shown.difference;
  return {
    ...objectReference(shown),
    change,
    fields: shown.fields.map(fieldJson),
    noiseFields: shown.hidden.length,
    // A changed object is told by its fields; of the others there is one side only.
    ...(change === 'changed' ? {} : { object: (after ?? before)?.body ?? null }),
  };
}

function fieldJson({ path, keys, before, after, class: kind, because, managers }: Difference): JsonObject {
  return {
    path,
    keys: [...keys],
    ...present('before', before),
    ...present('after', after),
    class: kind,
    ...present('because', because),
    ...present('managers', managers === undefined ? undefined : [...managers]),
  };
}

/** Absent and null are two things. */
function present(key: string, value: Json | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}
