import { randomBytes } from 'node:crypto';
import { Canonicaliser } from '../../canon/canonicaliser.js';
import { splitComments, readYaml } from '../../canon/reader.js';
import { ClusterFacts } from '../../capture/facts.js';
import { readCluster, readTypes, type RecordedType } from '../../capture/meta-files.js';
import type { Manifest } from '../../diff/manifests.js';
import { commitPolicy } from '../../inspect/commit-policy.js';
import type { Counterpart, ManifestTarget } from '../../inspect/manifest-target.js';
import { codeOf, messageOf } from '../../lib/errors.js';
import { escapeText } from '../../lib/escape.js';
import { isObject, own, type JsonObject } from '../../lib/json.js';
import { parseJson, parseJsonItems } from '../../lib/parse-json.js';
import type { Facts } from '../../model/canonical.js';
import { sameCluster } from '../../model/cluster-identity.js';
import type { ClusterReader } from '../../model/cluster-reader.js';
import type { Snapshot } from '../../model/history.js';
import type { ObjectId } from '../../model/object-id.js';
import { RepositoryError } from '../../model/repository-error.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { treePath } from '../../model/tree-path.js';

/** The cluster, as manifests are compared with it. */
export interface LiveTarget extends ManifestTarget {
  /** Objects that may not be read, or that a rule leaves out as they are live, by path: what is said of them is not true. */
  readonly unread: ReadonlyMap<string, { readonly id: ObjectId; readonly reason: string }>;
  /** Whole sentences, escaped. */
  readonly notes: readonly string[];
}

/**
 * Objects of the cluster, read one by one in the version that their manifest has, under the rules of the commit.
 * RepositoryError OTHER_CLUSTER, ClusterError.
 */
export async function liveTarget(reader: ClusterReader, snapshot: Snapshot, manifests: readonly Manifest[], signal: AbortSignal): Promise<LiveTarget> {
  await assertSameCluster(reader, snapshot, signal);
  const { types: served } = await reader.discover(new Map(), signal);
  const types = new Map<string, RecordedType>([...readTypes(snapshot), ...served.map((type) => [typeName(type), { type, custom: false }] as const)]);
  // Of this run alone: both sides are digested here, and what is printed of a Secret can be tried out by nobody.
  const canonicaliser = new Canonicaliser({ ...commitPolicy(snapshot, null).policy, digestKey: randomBytes(32) });
  const notes: string[] = [];
  const facts = manifests.some(namesReplicas) ? await autoscaled(reader, served, notes, signal) : new ClusterFacts().current;
  const unread = new Map<string, { id: ObjectId; reason: string }>();
  const versions = versionsOf(manifests);
  return {
    types, canonicaliser, facts, unread, notes, digestsComparable: true,
    async lookUp(id, type, lookSignal) {
      const found = await read(reader, id, withVersions(type, versions.get(versionKey(type.group, type.kind, id.name))), lookSignal).catch((error: unknown) => {
        if (codeOf(error) !== 'FORBIDDEN') throw error;
        unread.set(treePath(id), { id, reason: messageOf(error) });
        return null;
      });
      if (found === null) return null;
      const counterpart = counterpartOf(canonicaliser, found.bytes, found.type, facts);
      if (typeof counterpart !== 'string') return counterpart;
      unread.set(treePath(id), { id, reason: `left out by ${counterpart}` });
      return null;
    },
  };
}

async function assertSameCluster(reader: ClusterReader, snapshot: Snapshot, signal: AbortSignal): Promise<void> {
  const recorded = readCluster(snapshot);
  if (recorded === null) return;
  const identity = await reader.identity(signal);
  if (sameCluster(recorded.identity, identity)) return;
  throw new RepositoryError('OTHER_CLUSTER', `The repository follows another cluster (${recorded.identity.text}) than the one at ${reader.name} (${identity.text})`, {
    hint: 'Check --context and --repo; a revision (kubetape diff HEAD -f …) compares with the commit instead',
  });
}

/** Who is autoscaled: replicas of these are not theirs to compare. */
async function autoscaled(reader: ClusterReader, types: readonly ResourceType[], notes: string[], signal: AbortSignal): Promise<Facts> {
  const facts = new ClusterFacts();
  for (const type of types.filter((each) => ClusterFacts.scales(each))) {
    try {
      for await (const chunk of reader.list(type, {}, signal)) {
        if (chunk.kind === 'items') for (const item of parseJsonItems(chunk.items)) if (isObject(item)) facts.observe(type, item, false);
      }
    } catch (error) {
      if (codeOf(error) !== 'FORBIDDEN') throw error;
      notes.push(`who is autoscaled is not known: ${escapeText(messageOf(error))}`);
    }
  }
  return facts.current;
}

function namesReplicas({ body }: Manifest): boolean {
  const spec = own(body, 'spec');
  return isObject(spec) && Object.hasOwn(spec, 'replicas');
}

/** Group, kind and name → versions that manifests name; two namespaces may have two. */
function versionsOf(manifests: readonly Manifest[]): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>();
  for (const { apiVersion, kind, name } of manifests) {
    const slash = apiVersion.indexOf('/');
    const key = versionKey(slash < 0 ? '' : apiVersion.slice(0, slash), kind, name);
    versions.set(key, (versions.get(key) ?? new Set()).add(apiVersion.slice(slash + 1)));
  }
  return versions;
}

function versionKey(group: string, kind: string, name: string): string {
  return JSON.stringify([group, kind, name]);
}

/** The manifest's version first, then the one that is known to be served. */
function withVersions(type: ResourceType, versions: ReadonlySet<string> | undefined): ResourceType[] {
  return [...new Set([...(versions ?? []), type.version])].map((version) => ({ ...type, version }));
}

async function read(reader: ClusterReader, id: ObjectId, types: readonly ResourceType[], signal: AbortSignal): Promise<{ readonly bytes: Uint8Array; readonly type: ResourceType } | null> {
  for (const type of types) {
    try {
      const bytes = await reader.get(type, id.namespace, id.name, signal);
      return bytes === null ? null : { bytes, type };
    } catch (error) {
      // Not served in this version; an object of a type that is not served at all is not there.
      if (codeOf(error) !== 'NOT_FOUND') throw error;
    }
  }
  return null;
}

/** The rule, when one skips it. */
function counterpartOf(canonicaliser: Canonicaliser, bytes: Uint8Array, type: ResourceType, facts: Facts): Counterpart | string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  // The canonicaliser takes its object apart.
  const [live, taken] = [parseJson(text) as JsonObject, parseJson(text) as JsonObject];
  const canonical = canonicaliser.canonicalise(taken, type, facts);
  if (canonical.kind === 'skip') return canonical.rule;
  const { comments, body } = splitComments(canonical.text);
  return { side: { text: canonical.text, comments, body: readYaml(body) }, live };
}
