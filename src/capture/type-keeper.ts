import { linked } from '../lib/abort.js';
import type { Clock } from '../lib/clock.js';
import { messageOf } from '../lib/errors.js';
import type { Logger } from '../lib/log.js';
import type { Canonicaliser } from '../canon/canonicaliser.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import type { Metrics } from '../model/metrics.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { Tape } from '../model/tape.js';
import { findAliases } from './aliases.js';
import { Catalog, type CatalogChange } from './catalog.js';
import { FLAP_MS, type Coverage } from './coverage.js';
import { ClusterFacts } from './facts.js';
import type { RecordedType } from './meta-files.js';
import type { Reflectors } from './reflectors.js';
import type { Stage } from './stage.js';
import { absentPaths } from './sweep.js';

export interface TypeKeeperDeps {
  readonly reader: ClusterReader;
  readonly tape: Tape;
  readonly stage: Stage;
  readonly facts: ClusterFacts;
  readonly coverage: Coverage;
  readonly reflectors: Reflectors;
  readonly canonicaliser: Canonicaliser;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly commit: (headline: string | null) => unknown;
  /** Whether changes are committed already, or still gathered for the first commit. */
  readonly committing: () => boolean;
}

const NOTHING_SEEN: ReadonlySet<string> = new Set();

/** After a CRD or APIService changed: its type is served a moment later, not at once. */
const SOON_MS = [50, 150, 300, 500, 1_000, 2_000, 4_000];

/** Starts a reflector for every type that comes, and lets the files of a type go that went. */
export class TypeKeeper {
  readonly #deps: TypeKeeperDeps;
  readonly #catalog: Catalog;
  #soon: number[] = [];
  /** Since when groups without known types do not answer; null before the first discovery. */
  #silentSince: ReadonlyMap<string, number> | null = null;
  #wake: (() => void) | null = null;
  #missing = 0;

  constructor(deps: TypeKeeperDeps, recorded: ReadonlyMap<string, RecordedType>) {
    this.#deps = deps;
    this.#catalog = new Catalog(deps, recorded);
  }

  record(): ReadonlyMap<string, RecordedType> {
    return this.#catalog.record();
  }

  /** Types of the repository that the last discovery lacked, and that are not yet known to be gone. */
  get missing(): number {
    return this.#missing;
  }

  byKind(group: string, kind: string): ResourceType | undefined {
    return this.#catalog.byKind(group, kind);
  }

  servedTypesMayHaveChanged(): void {
    this.#soon = [...SOON_MS];
    this.#wake?.();
  }

  /** Waits for the next discovery: `ms`, or less when served types may have changed. */
  async nextRound(ms: number, signal: AbortSignal): Promise<void> {
    const soon = this.#soon.shift();
    using early = linked(signal);
    this.#wake = () => early.abort();
    await this.#deps.clock.sleep(soon ?? ms, early.signal).catch(() => undefined);
    this.#wake = null;
    // Woken in the middle of a long wait: the first of the short ones is still due.
    if (soon === undefined && !signal.aborted) {
      const first = this.#soon.shift();
      if (first !== undefined) await this.#deps.clock.sleep(first, signal).catch(() => undefined);
    }
  }

  async discover(signal: AbortSignal): Promise<void> {
    const { started, gone, missing, silent } = await this.#catalog.refresh(signal);
    this.#missing = missing.length;
    for (const type of gone) await this.#goes(type);
    this.#noteSilent(silent);
    for (const { type, reason } of missing) {
      if (this.#catalog.types.has(typeName(type))) continue; // its reflector says how it is
      this.#deps.coverage.set(type, undefined, { state: 'partial', reason });
    }
    await this.#start(started, signal);
  }

  /**
   * Nobody knows which types such a group has; that something is not seen is said all the same, as `*.group`. One that
   * is silent at the start is named at once, a later one when it lasts: the server of a new APIService needs a moment.
   */
  #noteSilent(silent: CatalogChange['silent']): void {
    const { coverage, canonicaliser, clock } = this.#deps;
    const before = this.#silentSince;
    const first = before === null;
    this.#silentSince = new Map(silent.map(({ group }) => [group, before?.get(group) ?? (first ? -Infinity : clock.now())]));
    for (const group of before?.keys() ?? []) if (!this.#silentSince.has(group)) coverage.forget(anyTypeOf(group));
    for (const { group, reason } of silent) {
      const type = anyTypeOf(group);
      const lasts = clock.now() - (this.#silentSince.get(group) ?? 0) >= FLAP_MS;
      if (lasts && canonicaliser.typeSkip(type) === null) coverage.set(type, undefined, { state: 'partial', reason });
    }
  }

  async #start(types: readonly ResourceType[], signal: AbortSignal): Promise<void> {
    const { canonicaliser, coverage, reflectors } = this.#deps;
    const listed = types.filter((type) => {
      const rule = canonicaliser.typeSkip(type);
      if (rule !== null) coverage.skip(type, rule);
      return rule === null;
    });
    for (const type of listed) await reflectors.stop(type); // served in another version or scope than before
    const aliases = await this.#aliases(listed, signal);
    // Facts first: what an autoscaler targets must be known before the target is listed.
    for (const carriers of [true, false]) {
      for (const type of listed.filter((each) => ClusterFacts.carriedBy(each) === carriers)) {
        const other = aliases.get(typeName(type));
        coverage.mayBeSkipped(type, canonicaliser.skipRules(type));
        if (other !== undefined) coverage.set(type, undefined, { state: 'alias', of: typeName(other) });
        else reflectors.start(type, signal);
      }
      if (carriers && listed.some((type) => ClusterFacts.carriedBy(type))) await reflectors.settled();
    }
  }

  async #aliases(types: readonly ResourceType[], signal: AbortSignal): Promise<Map<string, ResourceType>> {
    try {
      return await findAliases(this.#deps.reader, types, [...this.#catalog.types.values()], signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#deps.log.debug('Could not look for types that show the same objects', { reason: messageOf(error) });
      return new Map();
    }
  }

  /** Its files leave in one commit that says why. */
  async #goes(type: ResourceType): Promise<void> {
    const { reflectors, tape, stage, commit, committing, metrics, log } = this.#deps;
    await reflectors.stop(type);
    metrics.typeGone(typeName(type));
    const now = committing();
    if (now) commit(null);
    // After that commit: it may have brought files of this type that were only staged.
    const paths = absentPaths(tape, stage, type, undefined, NOTHING_SEEN).absent;
    log.info('A type is no longer served', { type: typeName(type), objects: paths.length });
    for (const path of paths) stage.remove(path);
    if (now && paths.length > 0) commit(`${typeName(type)} is no longer served: ${paths.length} objects leave`);
  }
}

function anyTypeOf(group: string): ResourceType {
  return { group, version: '', resource: '*', kind: '', namespaced: false, watchable: false };
}
