import type { CommitComparison } from '../../inspect/compare-commits.js';
import type { ManifestComparison } from '../../inspect/compare-manifests.js';
import type { LiveComparison } from '../../inspect/live/live-comparison.js';
import { escapeText } from '../../lib/escape.js';
import type { Finding, ObjectDifference } from '../../model/comparison.js';
import type { ObjectId } from '../../model/object-id.js';
import { typeName } from '../../model/resource-type.js';
import { counted, placedLabel } from './labels.js';
import type { Gap } from './totals.js';

/** Where differences come from; the rest is complete when the iteration has ended. */
export interface DiffSource {
  readonly differences: AsyncIterable<ObjectDifference>;
  /** What could not be compared: exit code 3. */
  gaps(): readonly Gap[];
  /** What else a person should know: whole sentences, escaped. */
  notes(): readonly string[];
}

/** Live against a commit. */
export function liveSource(comparison: LiveComparison): DiffSource {
  const gaps = new LiveGaps();
  let terminating = 0;
  let skipped = 0;
  return {
    differences: (async function* () {
      for await (const finding of comparison) {
        if (finding.difference !== null) yield finding.difference;
        else if (finding.verdict === 'terminating') terminating++;
        else if (finding.verdict === 'skipped') skipped++;
        else gaps.add(finding);
      }
    })(),
    gaps: () => gaps.list(comparison.uncovered),
    notes: () => [
      ...(terminating === 0 ? [] : [`${counted(terminating, 'object')} being deleted: their files stay as they are until they are gone`]),
      ...(skipped === 0 ? [] : [`${counted(skipped, 'object')} of the commit would be skipped by a rule or filter now`]),
    ],
  };
}

/** Objects that could not be compared; those of a type that nobody could list are one gap. */
class LiveGaps {
  readonly #objects: Gap[] = [];
  /** Type → reason → objects. */
  readonly #types = new Map<string, Map<string, number>>();

  add({ verdict, id, reason }: Finding): void {
    if (verdict !== 'not covered') {
      this.#objects.push({ verdict, what: placedLabel(id), reason });
      return;
    }
    const type = typeName(id);
    const reasons = this.#types.get(type) ?? new Map<string, number>();
    this.#types.set(type, reasons.set(reason ?? '', (reasons.get(reason ?? '') ?? 0) + 1));
  }

  list(uncovered: LiveComparison['uncovered']): readonly Gap[] {
    const unlisted = new Set(uncovered.map(({ type }) => type));
    const types = [...this.#types].filter(([type]) => !unlisted.has(type));
    return [
      ...uncovered.map(({ type, namespace, reason }): Gap => ({ verdict: 'not covered', what: namespace === undefined ? escapeText(type) : `${escapeText(type)} in ${escapeText(namespace)}`, reason })),
      ...types.flatMap(([type, reasons]) => [...reasons].map(([reason, count]): Gap => ({ verdict: 'not covered', what: `${counted(count, 'object')} of ${escapeText(type)}`, reason: reason === '' ? null : reason }))),
      ...this.#objects,
    ];
  }
}

/** Commit against commit. */
export function commitSource(comparison: CommitComparison): DiffSource {
  return {
    differences: comparison,
    gaps: () => comparison.notes.incomparable.map((id) => ({ verdict: 'held', what: placedLabel(id), reason: 'its digests were made with different keys' })),
    notes: () => {
      const { rewritten, leftOut } = comparison.notes;
      return [
        ...(rewritten === 0 ? [] : [`${counted(rewritten, 'file')} differ only because they were written under other rules`]),
        ...[...leftOut].map(([rule, count]) => `${counted(count, 'object')} left out by ${escapeText(rule)} at one of the commits`),
      ];
    },
  };
}

/** Manifests against live or a commit. `unread`: objects of which nothing is known, so what is said of them does not count. */
export function manifestSource(comparison: ManifestComparison, unread: () => ReadonlyMap<string, { readonly id: ObjectId; readonly reason: string }>, notes: () => readonly string[]): DiffSource {
  return {
    differences: (async function* () {
      for await (const difference of comparison) if (!unread().has(difference.path)) yield difference;
    })(),
    gaps: () => [
      ...[...unread().values()].map(({ id, reason }): Gap => ({ verdict: 'not covered', what: placedLabel(id), reason })),
      ...comparison.notes.incomparable.map((id): Gap => ({ verdict: 'held', what: placedLabel(id), reason: 'the key of its digests is not here, so its values cannot be compared' })),
    ],
    notes: () => [...comparison.notes.leftOut.map(({ id, place, rule }) => `${placedLabel(id)} (${place}) is not mirrored, by ${escapeText(rule)}, and was not compared`), ...notes()],
  };
}
