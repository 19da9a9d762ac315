import { isObject, NumberToken, type Json } from '../lib/json.js';
import { quantityValue } from './quantity.js';

/** Whether two leaves are the same JSON: token by token, so 0 is not -0 and `1.0` is not `1`. Containers are never equal here. */
export function isExactlyEqual(a: Json | undefined, b: Json | undefined): boolean {
  if (a instanceof NumberToken && b instanceof NumberToken) return a.text === b.text;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  return false;
}

/** Whether two values are the same JSON; members may stand in any order. */
export function isDeeplyEqual(a: Json, b: Json): boolean {
  if (a === b) return a !== 0 || Object.is(a, b);
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((item, i) => isDeeplyEqual(item, b[i] as Json));
  if (!isObject(a)) return isExactlyEqual(a, b);
  if (!isObject(b)) return false;
  let members = 0;
  for (const key in a) {
    members++;
    if (!Object.hasOwn(b, key) || !isDeeplyEqual(a[key] as Json, b[key] as Json)) return false;
  }
  for (const _ in b) members--;
  return members === 0;
}

/**
 * Whether two leaves at this place mean the same to Kubernetes: numbers by value everywhere, quantities and int-or-string
 * by value where Kubernetes has such fields, and nowhere below free maps (data, labels, annotations), where every text
 * stands for itself.
 */
export function isSameValue(before: Json, after: Json, keys: readonly (string | number)[]): boolean {
  if (isNumber(before) && isNumber(after)) return sameQuantity(before, after);
  if (keys.some((key) => typeof key === 'string' && FREE_KEYS.has(key))) return false;
  if (isQuantityPlace(keys)) return sameQuantity(before, after);
  return isIntOrStringPlace(keys) && isIntOrString(before) && isIntOrString(after) && textOf(before) === textOf(after);
}

/** Maps whose members are a person's own words. */
const FREE_KEYS: ReadonlySet<string> = new Set([
  'data', 'binaryData', 'stringData', 'labels', 'annotations', 'matchLabels', 'nodeSelector', 'parameters',
]);

/** Maps from the name of a resource to a quantity (core/v1 ResourceList). */
const RESOURCE_LISTS: ReadonlySet<string> = new Set([
  'requests', 'limits', 'capacity', 'allocatable', 'allocatedResources', 'hard', 'used', 'overhead', 'podFixed',
]);
/** The same in the items of a LimitRange. */
const LIMIT_LISTS: ReadonlySet<string> = new Set(['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio']);
/** Fields that are a quantity themselves: emptyDir, resourceFieldRef, HPA targets and tolerance, CSIStorageCapacity. */
const QUANTITY_FIELDS: ReadonlySet<string> = new Set(['sizeLimit', 'divisor', 'averageValue', 'tolerance', 'maximumVolumeSize']);

const INT_OR_STRING_FIELDS: ReadonlySet<string> = new Set(['targetPort', 'servicePort', 'maxSurge', 'maxUnavailable', 'minAvailable']);
const PORT_OWNERS: ReadonlySet<string> = new Set(['httpGet', 'tcpSocket']);

function isQuantityPlace(keys: readonly (string | number)[]): boolean {
  const [field, parent, grandparent, list] = [keys.at(-1), keys.at(-2), keys.at(-3), keys.at(-4)];
  if (typeof field !== 'string') return false;
  if (QUANTITY_FIELDS.has(field) || (field === 'capacity' && keys.length === 1)) return true;
  if (typeof parent !== 'string') return false;
  if (RESOURCE_LISTS.has(parent)) return true;
  if (field === 'value') return parent === 'target' || grandparent === 'capacity';
  return LIMIT_LISTS.has(parent) && typeof grandparent === 'number' && list === 'limits';
}

function isIntOrStringPlace(keys: readonly (string | number)[]): boolean {
  const [field, parent, owner] = [keys.at(-1), keys.at(-2), keys.at(-3)];
  if (typeof field !== 'string') return false;
  if (INT_OR_STRING_FIELDS.has(field)) return true;
  return field === 'port' && ((typeof parent === 'string' && PORT_OWNERS.has(parent)) || (typeof parent === 'number' && owner === 'ports'));
}

function sameQuantity(before: Json, after: Json): boolean {
  const value = quantityValue(before);
  return value !== null && value === quantityValue(after);
}

function isNumber(value: Json): value is number | NumberToken {
  return typeof value === 'number' || value instanceof NumberToken;
}

function isIntOrString(value: Json): value is string | number | NumberToken {
  return typeof value === 'string' || isNumber(value);
}

function textOf(value: string | number | NumberToken): string {
  return value instanceof NumberToken ? value.text : String(value);
}
