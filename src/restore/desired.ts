import { commentsToAllocated, commentsToApplier, commentsToDigests, commentsToFinished, commentsToOwners, type AllocatedValue } from '../canon/comments.js';
import { readYaml, splitComments } from '../canon/reader.js';
import { own, setOwn, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import { apiVersionOf, type ResourceType } from '../model/resource-type.js';
import type { ObjectId } from '../model/object-id.js';
import type { TreeReader } from '../model/tape.js';
import { identityOfPath } from '../model/tree-path.js';
import type { OwnerReference } from './scope-facts.js';

/** One object as a commit has it, ready to be put back. */
export interface DesiredObject {
  readonly id: ObjectId;
  /** As it will be written: the version is served now, where any is. */
  readonly type: ResourceType;
  readonly path: string;
  readonly oid: string;
  /** The version in the file. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly comments: readonly string[];
  /** In the version in which it will be written. */
  readonly body: JsonObject;
  readonly owners: readonly OwnerReference[];
  readonly allocated: readonly AllocatedValue[];
  /** The manager that applies it, server-side. */
  readonly applier: string | null;
  /** Values of it are in the repository as digests only: it cannot be written. */
  readonly digestsOnly: boolean;
  /** `Complete`, `Failed`, `Succeeded`: its work was over. */
  readonly finished: string | null;
}

/** Reads one file of a commit. Throws YamlError for a file that no reader understands. */
export function readDesired(tree: Pick<TreeReader, 'read'>, path: string, oid: string, type: ResourceType): DesiredObject {
  const { comments, body } = splitComments(tree.read(oid).toString('utf8'));
  const object = readYaml(body);
  const { name, namespace } = metadataOf(object);
  const apiVersion = text(own(object, 'apiVersion')) || apiVersionOf(type);
  // The version is no part of what an object is: it is compared and written in the one that is served.
  setOwn(object, 'apiVersion', apiVersionOf(type));
  return {
    // From the path where it tells: a text out of the body keeps the whole file in memory for as long as the plan lives.
    id: identityOfPath(path) ?? { group: type.group, resource: type.resource, namespace: type.namespaced ? text(namespace) : '', name: text(name) },
    type, path, oid, apiVersion,
    kind: text(own(object, 'kind')) || type.kind,
    comments,
    body: object,
    owners: commentsToOwners(comments) as unknown as OwnerReference[],
    allocated: commentsToAllocated(comments),
    applier: commentsToApplier(comments),
    digestsOnly: commentsToDigests(comments).length > 0,
    finished: commentsToFinished(comments),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
