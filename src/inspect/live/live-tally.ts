import { VERDICTS, type Verdict } from '../../model/comparison.js';

export type VerdictCounts = Readonly<Record<Verdict, number>>;

/** The verdicts of one type in one namespace ('' for what has none). */
export interface ScopeCounts {
  /** `deployments.apps`. */
  readonly type: string;
  readonly namespace: string;
  readonly counts: VerdictCounts;
}

/** Counts verdicts: in all, per type and namespace, and skipped objects per rule. */
export class LiveTally {
  readonly #counts = none();
  readonly #types = new Map<string, Map<string, Record<Verdict, number>>>();
  readonly #rules = new Map<string, number>();

  get counts(): VerdictCounts {
    return this.#counts;
  }

  /** Rule id → live objects that it skips; types that a rule skips as a whole are not listed, so not counted. */
  get skippedBy(): ReadonlyMap<string, number> {
    return this.#rules;
  }

  /** `by`: taken back with -1, when a second look came to another verdict. */
  add(type: string, namespace: string, verdict: Verdict, by = 1): void {
    this.#counts[verdict] += by;
    let namespaces = this.#types.get(type);
    if (namespaces === undefined) this.#types.set(type, (namespaces = new Map<string, Record<Verdict, number>>()));
    let counts = namespaces.get(namespace);
    if (counts === undefined) namespaces.set(namespace, (counts = none()));
    counts[verdict] += by;
  }

  skipped(rule: string): void {
    this.#rules.set(rule, (this.#rules.get(rule) ?? 0) + 1);
  }

  /** By type, then namespace, in the order of code units. */
  scopes(): readonly ScopeCounts[] {
    const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
    return sorted(this.#types).flatMap(([type, namespaces]) => sorted(namespaces).map(([namespace, counts]) => ({ type, namespace, counts })));
  }
}

function none(): Record<Verdict, number> {
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>;
}
