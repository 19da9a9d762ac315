import { covers, fieldEntries } from '../canon/rules/ownership.js';
import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import type { Described } from '../diff/describe.js';
import type { FieldChange } from '../diff/field-changes.js';

/** A described change with the managedFields of the object that caused it, where they are known. */
export interface ManagedChange {
  readonly described: Described;
  readonly managedFields: Json | undefined;
}

/**
 * The managers that own a changed field, in the order of the changes, each once. Of a new object: all that wrote to
 * it but for its status. Nothing is said of a deletion: managedFields do not tell who deleted.
 */
export function managersOf(changes: readonly ManagedChange[]): string[] {
  const managers = new Set<string>();
  for (const { described, managedFields } of changes) {
    const { body } = described;
    if (managedFields === undefined || body === null) continue;
    for (const { manager, subresource, fields } of fieldEntries({ managedFields }) ?? []) {
      const wrote = described.verb === 'create' ? subresource === '' : described.fields.some((field) => ownsField(fields, body, field));
      if (wrote && manager !== '') managers.add(manager);
    }
  }
  return [...managers];
}

function ownsField(fields: JsonObject, body: JsonObject, field: FieldChange): boolean {
  const containers: (Json[] | JsonObject)[] = [];
  let node: Json | undefined = body;
  for (const key of field.keys) {
    if (!isObject(node) && !Array.isArray(node)) return false;
    containers.push(node);
    node = Array.isArray(node) ? node[Number(key)] : own(node, String(key));
  }
  return field.keys.length > 0 && covers(fields, { keys: [...field.keys], containers });
}
