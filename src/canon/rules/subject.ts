import { isObject, own, type JsonObject } from '../../lib/json.js';
import { metadataOf, type Facts } from '../../model/canonical.js';
import type { ResourceType } from '../../model/resource-type.js';

/** What of a type the rules look at. */
export type RuleType = Pick<ResourceType, 'group' | 'resource' | 'kind' | 'namespaced'>;

/** An object as rules see it before anything is removed from it. */
export class Subject {
  readonly root: JsonObject;
  readonly metadata: JsonObject;
  readonly type: RuleType;
  readonly name: string;
  readonly namespace: string;
  readonly facts: Facts;

  constructor(root: JsonObject, type: RuleType, name: string, namespace: string, facts: Facts) {
    this.root = root;
    this.metadata = metadataOf(root);
    this.type = type;
    this.name = name;
    this.namespace = namespace;
    this.facts = facts;
  }

  labels(): JsonObject {
    return mapOf(this.metadata, 'labels');
  }

  annotations(): JsonObject {
    return mapOf(this.metadata, 'annotations');
  }

  ownerReferences(): JsonObject[] {
    const owners = own(this.metadata, 'ownerReferences');
    return Array.isArray(owners) ? owners.filter((owner) => isObject(owner)) : [];
  }
}

const EMPTY: JsonObject = Object.freeze({});

function mapOf(object: JsonObject, key: string): JsonObject {
  const map = own(object, key);
  return isObject(map) ? map : EMPTY;
}
