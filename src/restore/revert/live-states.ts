import { startScan } from '../../inspect/live/compare-live.js';
import type { LiveFinding, Uncovered } from '../../inspect/live/live-comparison.js';
import { parseFile } from '../../inspect/read-file.js';
import type { Selection } from '../../inspect/selection.js';
import { escapeText } from '../../lib/escape.js';
import type { Side } from '../../model/comparison.js';
import type { Snapshot } from '../../model/history.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { PlanDeps } from '../plan/plan-deps.js';

/** What is live at a path, in the canonical form of the head of the branch. */
export type LiveState =
  | { readonly kind: 'there'; readonly side: Side }
  | { readonly kind: 'absent' }
  /** It cannot be told, or is being deleted. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface LiveStates {
  stateOf(object: { readonly path: string; readonly id: ObjectId }): LiveState;
}

/**
 * Compares the wanted objects with the head of the branch, by complete lists, and keeps what is live where it differs; values of
 * Secrets stay in this process. ClusterError, RepositoryError, the signal's reason.
 */
export async function liveStates(deps: PlanDeps, head: Snapshot, selection: Selection, paths: ReadonlySet<string>, onObjects: (count: number) => void, signal: AbortSignal): Promise<LiveStates> {
  const onProgress = ({ objects }: { readonly objects: number }): void => { onObjects(objects); };
  const { scan, comparison } = startScan(deps, head, selection, { reveal: true, allowOtherCluster: true, onProgress }, signal);
  const states = new Map<string, LiveState>();
  for await (const finding of comparison) if (paths.has(finding.path)) states.set(finding.path, stateOfFinding(finding));
  return {
    stateOf: ({ path, id }) => states.get(path) ?? unlisted(path, id, head, scan.served, comparison.uncovered),
  };
}

function stateOfFinding({ verdict, reason, difference }: LiveFinding): LiveState {
  switch (verdict) {
    case 'missing':
      return { kind: 'absent' };
    case 'differs':
    case 'extra':
      return difference?.after ? { kind: 'there', side: difference.after } : { kind: 'unknown', reason: escapeText(reason ?? 'what is live cannot be read') };
    case 'skipped':
      return { kind: 'unknown', reason: escapeText(`a rule or filter leaves it out now: ${reason ?? ''}`) };
    default:
      return { kind: 'unknown', reason: escapeText(reason === null ? `it is ${verdict}` : `${verdict}: ${reason}`) };
  }
}

/** No difference was found: it is as the head of the branch has it, unless nobody looked. */
function unlisted(path: string, id: ObjectId, head: Snapshot, served: ReadonlyMap<string, ResourceType>, uncovered: readonly Uncovered[]): LiveState {
  const name = typeName(id);
  const gap = uncovered.find((each) => (each.type === name || each.type === `*.${id.group}`) && (each.namespace === undefined || each.namespace === id.namespace));
  if (!served.has(name) && gap?.type !== `*.${id.group}`) return { kind: 'absent' };
  if (gap !== undefined) return { kind: 'unknown', reason: escapeText(`its type could not be looked at: ${gap.reason}`) };
  const oid = head.oidAt(path);
  return oid === null ? { kind: 'absent' } : { kind: 'there', side: parseFile(head.read(oid).toString('utf8'), path) };
}
