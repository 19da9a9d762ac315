import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { ClusterFacts } from './facts.js';
import type { RecordedType } from './meta-files.js';

/** Between the two discoveries that must lack a type before it counts as gone. */
export const REMOVAL_GRACE_MS = 60_000;

export interface CatalogChange {
  /** Types that are new, or served in another version, kind or scope than before. */
  readonly started: readonly ResourceType[];
  /** Types that are no longer served, for certain. */
  readonly gone: readonly ResourceType[];
  /** Types of the repository that discovery lacks, but not for long enough, or whose group does not answer. */
  readonly missing: readonly { readonly type: ResourceType; readonly reason: string }[];
  /** Groups (or group/version) that do not answer and of which no type is known. */
  readonly silent: readonly { readonly group: string; readonly reason: string }[];
}

/**
 * Which types are served. Additions are believed at once, removals slowly: a type is gone when its CRD is absent from
 * a complete list of CRDs, or when discovery lacked it twice, REMOVAL_GRACE_MS apart, while its group answered.
 */
export class Catalog {
  readonly #reader: ClusterReader;
  readonly #facts: ClusterFacts;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #served = new Map<string, ResourceType>();
  readonly #recorded: Map<string, RecordedType>;
  readonly #absentSince = new Map<string, number>();

  constructor(deps: { reader: ClusterReader; facts: ClusterFacts; clock: Clock; log: Logger }, recorded: ReadonlyMap<string, RecordedType>) {
    this.#reader = deps.reader;
    this.#facts = deps.facts;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#recorded = new Map(recorded);
  }

  get types(): ReadonlyMap<string, ResourceType> {
    return this.#served;
  }

  /** The type of a group and kind, whatever its version. */
  byKind(group: string, kind: string): ResourceType | undefined {
    return [...this.#served.values()].find((type) => type.group === group && type.kind === kind);
  }

  /** What `.kubetape/types` says: everything served, and what is not yet believed to be gone. */
  record(): ReadonlyMap<string, RecordedType> {
    const record = new Map(this.#recorded);
    for (const [name, type] of this.#served) {
      record.set(name, { type, custom: this.#facts.crdsEver.has(name) || this.#recorded.get(name)?.custom === true });
    }
    return record;
  }

  async refresh(signal: AbortSignal): Promise<CatalogChange> {
    const pinned = new Map([...this.record()].map(([name, { type }]) => [name, type.version]));
    const discovery = await this.#reader.discover(pinned, signal);
    const found = new Map(discovery.types.map((type) => [typeName(type), type]));
    const failed = new Map(discovery.failedGroups.map(({ group, reason }) => [group, reason]));
    for (const [group, reason] of failed) this.#log.debug('An API group did not answer discovery', { group, reason });
    const started: ResourceType[] = [];
    for (const [name, type] of found) {
      this.#absentSince.delete(name);
      const before = this.#served.get(name);
      if (before !== undefined && sameType(before, type)) continue;
      this.#served.set(name, type);
      started.push(type);
    }
    const known = new Set([...this.record().values()].map(({ type }) => type.group));
    const silent = discovery.failedGroups.filter(({ group }) => !known.has(group.split('/', 1)[0] ?? ''));
    return { started, silent, ...this.#absent(found, failed) };
  }

  #absent(found: ReadonlyMap<string, ResourceType>, failed: ReadonlyMap<string, string>): Pick<CatalogChange, 'gone' | 'missing'> {
    const gone: ResourceType[] = [];
    const missing: { type: ResourceType; reason: string }[] = [];
    for (const [name, recorded] of this.record()) {
      if (found.has(name)) continue;
      const { type } = recorded;
      // A group with several versions fails by version; the type may be served in the one that does not answer.
      const reason = failed.get(type.group) ?? failed.get(`${type.group}/${type.version}`);
      if (reason !== undefined) {
        this.#absentSince.delete(name);
        missing.push({ type, reason });
      } else if (this.#isGone(name, recorded)) {
        gone.push(type);
        for (const map of [this.#served, this.#recorded, this.#absentSince]) map.delete(name);
      } else missing.push({ type, reason: 'discovery no longer names it' });
    }
    return { gone, missing };
  }

  #isGone(name: string, recorded: RecordedType): boolean {
    if (recorded.custom && this.#facts.crdsComplete && !this.#facts.crds.has(name)) return true;
    const since = this.#absentSince.get(name) ?? this.#clock.now();
    this.#absentSince.set(name, since);
    return this.#clock.now() - since >= REMOVAL_GRACE_MS;
  }
}

function sameType(a: ResourceType, b: ResourceType): boolean {
  return a.version === b.version && a.kind === b.kind && a.namespaced === b.namespaced && a.watchable === b.watchable;
}
