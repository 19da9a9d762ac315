import { escapeText } from '../lib/escape.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import { valueAt } from './field-place.js';

const LONGEST = 400;

/** Whether an object is being deleted. */
export function isTerminating(live: JsonObject): boolean {
  return own(metadataOf(live), 'deletionTimestamp') !== undefined;
}

/** What a namespace that is being deleted waits for, in the words of its controller; escaped. */
export function namespaceWaitsFor(live: JsonObject): string {
  const conditions = valueAt(live, ['status', 'conditions']);
  const messages = (Array.isArray(conditions) ? conditions : []).flatMap((condition: Json) => {
    const message = isObject(condition) && condition['status'] === 'True' ? condition['message'] : undefined;
    return typeof message === 'string' ? [message] : [];
  });
  return escapeText(['the namespace is being deleted', ...messages].join(': ').slice(0, LONGEST));
}
