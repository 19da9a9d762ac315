import { isObject, own, type JsonObject } from '../lib/json.js';

/**
 * How the work of a Job or Pod ended, from its status; null while it goes on, and for every other type. The status itself is
 * not kept; without this a restore would run a finished Job again (velero#8800).
 */
export function finishedOf(object: JsonObject, type: { readonly group: string; readonly resource: string }): string | null {
  const status = own(object, 'status');
  if (!isObject(status)) return null;
  if (type.resource === 'pods' && type.group === '') {
    const phase = own(status, 'phase');
    return phase === 'Succeeded' || phase === 'Failed' ? phase : null;
  }
  if (type.resource !== 'jobs' || type.group !== 'batch') return null;
  const conditions = own(status, 'conditions');
  if (!Array.isArray(conditions)) return null;
  for (const condition of conditions) {
    if (!isObject(condition) || condition['status'] !== 'True') continue;
    if (condition['type'] === 'Complete' || condition['type'] === 'Failed') return condition['type'];
  }
  return null;
}
