import { escapeText } from '../../lib/escape.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName } from '../../model/resource-type.js';

/** `deployments.apps/web`, escaped: what a person types to name the object. */
export function objectLabel(id: ObjectId): string {
  return `${escapeText(typeName(id))}/${escapeText(id.name)}`;
}

/** `deployments.apps/web in shop`, escaped. */
export function placedLabel(id: ObjectId): string {
  return id.namespace === '' ? objectLabel(id) : `${objectLabel(id)} in ${escapeText(id.namespace)}`;
}

/** `1 object`, `2 objects`. */
export function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
}
