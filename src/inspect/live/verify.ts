import { readMeta, META } from '../../capture/meta-files.js';
import type { Clock } from '../../lib/clock.js';
import { typeName } from '../../model/resource-type.js';
import type { Snapshot } from '../../model/history.js';
import type { Selection } from '../selection.js';
import { startScan } from './compare-live.js';
import type { LiveDeps, LiveFinding, LiveOptions } from './live-comparison.js';
import type { LiveScan } from './live-scan.js';
import { isDifference, SecondLook, type SecondFinding } from './second-look.js';
import type { Verification, VerifiedObject } from './verification.js';

export interface VerifyOptions extends LiveOptions {
  /** The commit is the head of a branch that a mirror may be writing: what differs is looked at again after its next commits. */
  readonly followsHead: boolean;
  /** How long a state of an object may be missing from the branch before that is a difference: the mirror's window and 5 s. */
  readonly patienceMs: number;
  readonly clock: Clock;
}

/** What patience is made of besides the window of the mirror. */
export const PATIENCE_BEYOND_WINDOW_MS = 5_000;

/**
 * Proof that live equals a commit, or what does not: every wanted type is listed afresh, every object compared (compareLive).
 * On a moving cluster (`followsHead`) what differs from the head is no difference before a second look. Rejects as
 * compareLive does; what could not be compared is in the result.
 */
export async function verify(deps: LiveDeps, snapshot: Snapshot, selection: Selection, options: VerifyOptions, signal: AbortSignal): Promise<Verification> {
  const startedAt = options.clock.now();
  const { scan, comparison } = startScan(deps, snapshot, selection, options, signal);
  const settled: VerifiedObject[] = [];
  const open: LiveFinding[] = [];
  for await (const finding of comparison) {
    // Only what is looked at again has to stay whole, and of that only its fields.
    if (options.followsHead && isDifference(finding)) open.push(slim(finding));
    else settled.push(verified(finding));
  }
  const look = new SecondLook({ reader: deps.reader, history: deps.history, scan, clock: options.clock, patienceMs: options.patienceMs }, snapshot);
  const second = await look.run(open, signal);
  for (const each of second) settled.push(...settle(each, scan));
  const { commit } = look.snapshot;
  return {
    startedAt: new Date(startedAt).toISOString(),
    endedAt: new Date(options.clock.now()).toISOString(),
    durationMs: options.clock.now() - startedAt,
    repository: { location: deps.history.location, branch: deps.history.branch },
    commit: { oid: commit.oid, subject: commit.message.split('\n', 1)[0] ?? '', committedAt: new Date(commit.committedAt * 1000).toISOString() },
    cluster: comparison.cluster ?? { name: deps.reader.name, identity: '', serverVersion: '' },
    rules: rulesOf(snapshot),
    selection: selection.describe(),
    counts: { ...comparison.tally.counts },
    scopes: comparison.tally.scopes(),
    skippedBy: [...comparison.tally.skippedBy].map(([rule, objects]) => ({ rule, objects })).sort((a, b) => (a.rule < b.rule ? -1 : 1)),
    uncovered: comparison.uncovered,
    findings: settled.sort((a, b) => (a.path < b.path ? -1 : 1)),
    lookedAgain: second.length,
  };
}

/** Counts what a second look found in the place of what the first did. */
function settle({ before, after }: SecondFinding, { tally }: LiveScan): VerifiedObject[] {
  tally.add(typeName(before.id), before.id.namespace, before.verdict, -1);
  if (after === null) return [];
  tally.add(typeName(after.id), after.id.namespace, after.verdict);
  return after.verdict === 'equal' ? [] : [verified(after)];
}

function verified({ verdict, id, kind, path, reason, difference }: LiveFinding): VerifiedObject {
  return { verdict, id, kind, path, reason, fields: difference?.fields ?? [] };
}

function slim(finding: LiveFinding): LiveFinding {
  return finding.difference === null ? finding : { ...finding, difference: { ...finding.difference, before: null, after: null } };
}

function rulesOf(snapshot: Snapshot): string {
  const rules = readMeta(snapshot, META.policy)?.['rules'];
  return typeof rules === 'string' ? rules : '';
}
