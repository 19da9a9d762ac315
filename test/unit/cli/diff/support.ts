// Differences as the comparing code makes them, and texts that want to be something else.
import { emit } from '../../../../src/canon/emitter.js';
import { splitComments } from '../../../../src/canon/reader.js';
import { compareSides } from '../../../../src/diff/classify.js';
import { parseJson } from '../../../../src/lib/parse-json.js';
import type { JsonObject } from '../../../../src/lib/json.js';
import type { Difference, ObjectDifference, Side } from '../../../../src/model/comparison.js';
import type { Compared } from '../../../../src/cli/diff/compared-side.js';
import type { DiffRenderer, RendererOptions } from '../../../../src/cli/diff/renderer.js';
import { isHidden, shownOf } from '../../../../src/cli/diff/shown.js';
import { Totals, type Gap } from '../../../../src/cli/diff/totals.js';
import { treePath } from '../../../../src/model/tree-path.js';
import type { TestObject } from '../../../support/objects.js';

export const NO_TERMINAL: RendererOptions = { paint: (_style, text) => text, columns: undefined, terminal: false, contextLines: 3 };

const COMMIT = { oid: '0123456789abcdef0123456789abcdef01234567', tree: '', parents: [], message: '', committedAt: 1_700_000_000 };
export const COMPARED: Compared = { before: { kind: 'commit', revision: { given: 'HEAD', commit: COMMIT } }, after: { kind: 'live', cluster: 'https://127.0.0.1:6443' } };

export function side(object: TestObject, comments: readonly string[] = []): Side {
  const text = `${comments.map((line) => `${line}\n`).join('')}${emit(parseJson(JSON.stringify(object)) as JsonObject)}`;
  return { text, comments: splitComments(text).comments, body: parseJson(JSON.stringify(object)) as JsonObject };
}

/** `resource` is the plural with its group (`deployments.apps`). */
export function difference(resource: string, before: Side | null, after: Side | null, fields?: readonly Difference[]): ObjectDifference {
  const [plural = '', ...group] = resource.split('.');
  const body = (after ?? before)?.body as unknown as TestObject;
  const id = { group: group.join('.'), resource: plural, namespace: body.metadata.namespace ?? '', name: body.metadata.name };
  const change = before === null ? 'added' : after === null ? 'removed' : 'changed';
  const found = before === null || after === null ? [] : (fields ?? compareSides({ before, after, live: null }));
  return { id, apiVersion: body.apiVersion, kind: body.kind, path: treePath(id), change, before, after, fields: found };
}

/** The fields of a difference with a class for those whose path starts so. */
export function classed(given: ObjectDifference, start: string, kind: Difference['class'], because: string): ObjectDifference {
  return { ...given, fields: given.fields.map((field) => (field.path.startsWith(start) ? { ...field, class: kind, because } : field)) };
}

/** Everything that a form prints for these differences. */
export function printed(renderer: DiffRenderer, differences: readonly ObjectDifference[], given: { readonly all?: boolean; readonly gaps?: readonly Gap[] } = {}): string {
  const totals = new Totals();
  let text = renderer.begin(COMPARED);
  for (const each of differences) {
    const shown = shownOf(each, given.all === true);
    totals.add(shown);
    if (!isHidden(shown)) text += renderer.object(shown);
  }
  return text + renderer.end({ compared: COMPARED, totals, gaps: given.gaps ?? [] });
}

/** Wants to be a line, an order to a terminal, a cell, a tag, the end of a block, a reversed text. */
export const HOSTILE = 'a\nchanged pods/forged\r\u001b[31m\u009b2J|`</details><b>&"\'\u202e\u0000\ufffe```\n\n# x]]>-->';

/** What no form may hand to a terminal. */
export const ORDERS = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
