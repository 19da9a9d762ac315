import { randomBytes } from 'node:crypto';
import { Canonicaliser, type CanonicalPolicy } from '../canon/canonicaliser.js';
import { EMITTER_VERSION } from '../canon/emitter.js';
import { digestKeyId } from '../canon/secrets.js';
import { META, readPolicy } from '../capture/meta-files.js';
import { RepositoryError } from '../model/repository-error.js';
import type { TreeReader } from '../model/tape.js';

/** The rules that a commit was written under. */
export interface CommitPolicy {
  /** The key of Secret digests is the one that was given if it is the commit's, else a random one, so that its digests tell nobody anything. */
  readonly policy: CanonicalPolicy;
  readonly canonicaliser: Canonicaliser;
  /** Version of the emitter that wrote the commit. */
  readonly emitter: number;
  /** `rules` as the commit records it. */
  readonly rulesHash: string;
  /** The canonicaliser writes what the commit's writer wrote. False: another emitter, or packs whose order is not recorded. */
  readonly agrees: boolean;
  /** Names the key of the commit's Secret digests; null: none recorded. */
  readonly digestKeyId: string | null;
  /** `digestKey` made the commit's digests: live Secrets and manifests can be compared with them. */
  readonly digestsComparable: boolean;
}

/**
 * What `.kubetape/` of a commit says. RepositoryError NOT_OURS without a policy, RulesError for packs that this program
 * cannot read.
 */
export function commitPolicy(tree: TreeReader, digestKey: Uint8Array | null): CommitPolicy {
  const recorded = readPolicy(tree);
  if (recorded === null) {
    const hint = 'Name a commit that kubetape wrote; `kubetape log` shows them';
    throw new RepositoryError('NOT_OURS', `The commit does not say by which rules it was written: ${META.policy} is missing or cannot be read`, { hint });
  }
  const { packs, filter, secrets, rulesHash, emitter } = recorded;
  const digestsComparable = secrets === 'digest' && digestKey !== null && recorded.digestKeyId === digestKeyId(digestKey);
  const policy: CanonicalPolicy = { packs, filter, secrets, digestKey: secrets !== 'digest' ? null : digestsComparable ? digestKey : randomBytes(32) };
  const canonicaliser = new Canonicaliser(policy);
  const agrees = canonicaliser.rulesHash === rulesHash && emitter === EMITTER_VERSION;
  return { policy, canonicaliser, emitter, rulesHash, agrees, digestKeyId: recorded.digestKeyId, digestsComparable };
}
