import type { Verdict, Difference } from '../../model/comparison.js';
import type { ObjectId } from '../../model/object-id.js';
import { EXIT, type ExitCode } from '../../lib/exit-codes.js';
import type { LiveCluster, Uncovered } from './live-comparison.js';
import type { ScopeCounts, VerdictCounts } from './live-tally.js';

/** What `verify` found; complete, and free of values of Secrets unless they were to be revealed. */
export interface Verification {
  /** ISO 8601: when the first list began, and when the last look ended. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationMs: number;
  readonly repository: { readonly location: string; readonly branch: string };
  /** What live was compared with: the commit that was given, or, when the branch moved on, the last head that was looked at. */
  readonly commit: { readonly oid: string; readonly subject: string; readonly committedAt: string };
  readonly cluster: LiveCluster;
  /** Hash of the rules of the commit. */
  readonly rules: string;
  /** What of the cluster was compared, in words. */
  readonly selection: string;
  readonly counts: VerdictCounts;
  readonly scopes: readonly ScopeCounts[];
  /** Rule id → objects that it skips and that the commit rightly lacks. */
  readonly skippedBy: readonly { readonly rule: string; readonly objects: number }[];
  readonly uncovered: readonly Uncovered[];
  /** Every object that is neither equal nor skipped in agreement with the commit. */
  readonly findings: readonly VerifiedObject[];
  /** Objects that were looked at a second time because the cluster moved, and what became of it. */
  readonly lookedAgain: number;
}

export interface VerifiedObject {
  readonly verdict: Verdict;
  readonly id: ObjectId;
  readonly kind: string;
  readonly path: string;
  readonly reason: string | null;
  /** Differing fields of an object that differs. */
  readonly fields: readonly Difference[];
}

export type VerificationResult = 'equal' | 'differences' | 'incomplete';

/** differences: at least one object differs, is missing or extra; incomplete: none does, but not all could be compared. */
export function verificationResult({ counts, uncovered }: Pick<Verification, 'counts' | 'uncovered'>): VerificationResult {
  if (counts.differs + counts.missing + counts.extra > 0) return 'differences';
  return counts['not covered'] + counts.held + uncovered.length > 0 ? 'incomplete' : 'equal';
}

/**
 * 0: equal (skipped and terminating objects are allowed), 1: differences, 3: something could not be compared. Of both,
 * the graver, which is 3 (decisions.md §2).
 */
export function verificationExitCode({ counts, uncovered }: Pick<Verification, 'counts' | 'uncovered'>): ExitCode {
  if (counts['not covered'] + counts.held + uncovered.length > 0) return EXIT.part;
  return counts.differs + counts.missing + counts.extra > 0 ? EXIT.no : EXIT.done;
}
