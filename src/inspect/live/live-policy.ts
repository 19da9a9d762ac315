import type { Canonicaliser } from '../../canon/canonicaliser.js';
import { ObjectFilter } from '../../canon/filter.js';
import type { History, Snapshot } from '../../model/history.js';
import { commitPolicy, type CommitPolicy } from '../commit-policy.js';

/** The rules under which live is compared with a commit. */
export interface LivePolicy {
  /** The commit's own: live objects get the form that the commit's writer would have given them. */
  readonly then: CommitPolicy;
  /**
   * The rules of the branch's head, when they are others (or the commit was written by another emitter): both sides are
   * put under them as well, so that only what both keep is compared. Null: texts are compared as they are.
   */
  readonly now: Canonicaliser | null;
  /** Namespaces that the commit's filter names literally, when it names nothing else; null: all. */
  readonly namespaces: readonly string[] | null;
}

/** RepositoryError DAMAGED, RulesError. */
export function livePolicy(history: History, snapshot: Snapshot, digestKey: Uint8Array | null): LivePolicy {
  const then = commitPolicy(snapshot, digestKey);
  const head = history.head();
  const last = head.oid === snapshot.commit.oid ? then : commitPolicy(history.snapshot(head), digestKey);
  const same = then.agrees && last.rulesHash === then.rulesHash;
  return { then, now: same ? null : last.canonicaliser, namespaces: new ObjectFilter(then.policy.filter).explicitNamespaces() };
}
