import type { Canonicaliser } from '../canon/canonicaliser.js';
import { ClusterFacts } from '../capture/facts.js';
import { readTypes, type RecordedType } from '../capture/meta-files.js';
import type { JsonObject } from '../lib/json.js';
import type { Facts } from '../model/canonical.js';
import type { Side } from '../model/comparison.js';
import type { ObjectId } from '../model/object-id.js';
import type { ResourceType } from '../model/resource-type.js';
import type { TreeReader } from '../model/tape.js';
import { treePath } from '../model/tree-path.js';
import { commitPolicy } from './commit-policy.js';
import { foldersBelow, namespaceFolders } from './folders.js';
import { readFile } from './read-file.js';

/** What is there of the object that a manifest describes. */
export interface Counterpart {
  /** In canonical form, by the target's canonicaliser. */
  readonly side: Side;
  /** As the server sent it, with managedFields; null for a commit. */
  readonly live: JsonObject | null;
}

/** What manifests are compared with. */
export interface ManifestTarget {
  readonly types: ReadonlyMap<string, RecordedType>;
  /** Puts manifests under the rules that the other side is under. */
  readonly canonicaliser: Canonicaliser;
  /** Digests by the canonicaliser can be compared with those of the other side. */
  readonly digestsComparable: boolean;
  readonly facts: Facts;
  /** Null: there is none. */
  lookUp(id: ObjectId, type: ResourceType, signal: AbortSignal): Counterpart | null | Promise<Counterpart | null>;
}

/** A commit. Errors as of commitPolicy. */
export function commitTarget(tree: TreeReader, digestKey: Uint8Array | null): ManifestTarget {
  const types = readTypes(tree);
  const { canonicaliser, digestsComparable } = commitPolicy(tree, digestKey);
  return {
    types, canonicaliser, digestsComparable,
    facts: factsOf(tree, types),
    lookUp(id) {
      const oid = tree.oidAt(treePath(id));
      return oid === null ? null : { side: readFile(tree, oid), live: null };
    },
  };
}

/** Who is autoscaled, as the autoscalers in a tree say: their targets' files hold no replicas. */
export function factsOf(tree: TreeReader, types: ReadonlyMap<string, RecordedType>): Facts {
  const facts = new ClusterFacts();
  const scalers = new Map([...types].filter(([, { type }]) => ClusterFacts.scales(type)));
  if (scalers.size === 0) return facts.current;
  for (const { folder, type } of foldersBelow(tree, types, true, namespaceFolders(tree, null))) {
    if (ClusterFacts.scales(type)) for (const { oid } of tree.files(folder)) facts.observe(type, readFile(tree, oid).body, false);
  }
  return facts.current;
}
