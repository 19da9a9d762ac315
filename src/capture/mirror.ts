import { linked } from '../lib/abort.js';
import { createBackoff } from '../lib/backoff.js';
import { codeOf, messageOf } from '../lib/errors.js';
import { Limit } from '../lib/limit.js';
import { Canonicaliser, type CanonicalPolicy } from '../canon/canonicaliser.js';
import { ClusterError } from '../model/cluster-error.js';
import type { CommitInfo } from '../model/tape.js';
import { CanonPool } from './canon-pool.js';
import { Committer, countObjects } from './committer.js';
import { Coverage, FLAP_MS } from './coverage.js';
import { factsChanged } from './facts-changed.js';
import { ClusterFacts } from './facts.js';
import { readTypes } from './meta-files.js';
import type { MirrorDeps, MirrorOptions, MirrorResult } from './mirror-types.js';
import { patiently } from './patience.js';
import { Records } from './records.js';
import type { ReflectorDeps } from './reflector.js';
import { Reflectors } from './reflectors.js';
import { clusterConfirmer, openSession, type Session } from './session.js';
import { Stage } from './stage.js';
import { TimeTravel } from './time-travel.js';
import { TypeKeeper } from './type-keeper.js';
import { Window } from './window.js';

/** Lists at the same time: the API server's fairness queues are shared with everybody else. */
const LISTS = 4;
/** Between two looks at coverage, discovery and the store's age. */
const ROUND_MS = 30_000;
/** Between two looks whether everything was listed. */
const COMPLETE_MS = 500;
/** The longest that once-synced waits for a type that is refused or down. */
const PATIENCE_MS = 60_000;
/** The longest that commits wait for the relist of everything after the store went back. */
const HOLD_MS = 60_000;

/** What a run is made of. */
interface Parts {
  readonly session: Session;
  readonly types: TypeKeeper;
  readonly reflectors: Reflectors;
  readonly committer: Committer;
  readonly records: Records;
  /** Of the first commit, when it is out of the ordinary. */
  readonly headline: string | null;
}

/**
 * The main job: follows a cluster into a repository. `run` lists everything into one commit (a baseline, or what
 * changed while nobody looked) and then, unless it is an export, commits every change.
 */
export class Mirror {
  readonly #options: MirrorOptions;
  readonly #deps: MirrorDeps;
  readonly #policy: CanonicalPolicy;
  readonly #canonicaliser: Canonicaliser;
  readonly #facts = new ClusterFacts();
  readonly #coverage: Coverage;
  readonly #pool: CanonPool;
  readonly #stage: Stage;
  #window: Window | null = null;
  #objects = 0;
  #synced = false;
  #held: Promise<void> = Promise.resolve();
  #goingBack = false;
  #reflectors: Reflectors | null = null;
  #types: TypeKeeper | null = null;
  #timeTravel: TimeTravel | null = null;
  #session: Session | null = null;

  constructor(options: MirrorOptions, policy: CanonicalPolicy, deps: MirrorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#canonicaliser = new Canonicaliser(policy);
    this.#coverage = new Coverage(() => deps.clock.now(), options.mode === 'export' ? 0 : FLAP_MS);
    this.#pool = new CanonPool(policy, this.#canonicaliser, options.threads);
    this.#stage = new Stage(deps.tape, () => deps.clock.now(), () => this.#window?.opened());
    this.#policy = policy;
  }

  /** The first complete sync is committed. */
  get synced(): boolean { return this.#synced; }

  get coverage(): Coverage {
    return this.#coverage;
  }

  /** Which cluster is followed, and its version; null before it answered. */
  get cluster(): Session | null {
    return this.#session;
  }

  /** The resourceVersion up to which every type of the cluster's own store was seen; null while one was not listed. */
  get completeTo(): string | null {
    return this.#reflectors?.completeTo() ?? null;
  }

  /** Changed paths that wait for their commit. */
  get staged(): number {
    return this.#stage.changed;
  }

  /**
   * Runs until done (export, once-synced) or until the signal aborts (follow); what is staged then is committed.
   * Rejects with what made it impossible: RepositoryError, ClusterError, …
   */
  async run(signal: AbortSignal): Promise<MirrorResult> {
    using stop = linked(signal);
    let fatal: unknown = null;
    const end = (error: unknown): void => {
      fatal ??= error;
      stop.abort(error);
    };
    try {
      const result = await this.#run(stop.signal, end);
      if (fatal !== null) throw fatal;
      return result;
    } catch (error) {
      throw fatal ?? error;
    } finally {
      stop.abort();
      await this.#reflectors?.ended();
      await this.#pool.rest();
      this.#deps.progress.done();
    }
  }

  async #run(signal: AbortSignal, fatal: (error: unknown) => void): Promise<MirrorResult> {
    const session = await this.#start(() => openSession(this.#deps.reader, this.#deps.tape, signal), signal);
    this.#session = session;
    const committer = this.#committer(session);
    const records = new Records(this.#policy, this.#options.digestKeyId, {
      ...this.#deps, stage: this.#stage, coverage: this.#coverage, canonicaliser: this.#canonicaliser,
    });
    const headline = records.applyPolicy(session, () => committer.commit());
    const reflectors = new Reflectors(
      { mode: this.#options.mode === 'export' ? 'once' : 'follow', namespaces: this.#options.namespaces },
      this.#reflectorDeps(session, signal, fatal),
    );
    this.#reflectors = reflectors;
    const types = new TypeKeeper({
      ...this.#deps, facts: this.#facts, coverage: this.#coverage, stage: this.#stage,
      reflectors, canonicaliser: this.#canonicaliser, commit: (headline) => committer.commit(headline),
      committing: () => this.#synced,
    }, readTypes(this.#deps.tape));
    this.#types = types;
    try {
      const parts = { session, types, reflectors, committer, records, headline };
      const first = await this.#firstSync(parts, signal);
      if (this.#options.mode !== 'follow') return first;
      await this.#follow(parts, fatal, signal);
      return this.#result(first.commit);
    } catch (error) {
      if (!this.#synced) this.#stage.discard(); // half a mirror is never committed
      throw error;
    }
  }

  /** A daemon waits for a cluster that does not answer yet; a single export says so. */
  #start<T>(action: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return this.#options.mode === 'export' ? action() : patiently(action, this.#deps, signal);
  }

  async #firstSync({ session, types, reflectors, committer, records, headline }: Parts, signal: AbortSignal): Promise<MirrorResult> {
    this.#showProgress('discovering');
    // Twice where a type is missing: only with the complete list of CRDs is it clear whether that one is gone.
    await this.#look(types, reflectors, signal);
    if (types.missing > 0) await this.#look(types, reflectors, signal);
    if (this.#options.mode === 'once-synced') await this.#complete(types, signal);
    signal.throwIfAborted();
    this.#requireSomething();
    this.#showProgress('committing');
    records.typesAndCoverage(types.record());
    const baseline = this.#deps.tape.head() === null;
    const commit = committer.commit(baseline ? `Baseline of ${session.server} with ${countObjects(this.#stage.changes())} objects` : headline);
    await this.#pool.rest();
    this.#synced = true;
    this.#deps.log.info('First complete sync', { commit: commit?.oid ?? 'nothing changed', objects: this.#objects, ...this.#coverage.progress() });
    return this.#result(commit);
  }

  async #look(types: TypeKeeper, reflectors: Reflectors, signal: AbortSignal): Promise<void> {
    await this.#start(() => types.discover(signal), signal);
    await reflectors.settled();
  }

  /** Waits for types that are not seen completely yet; what lasts longer is reported, not waited for. */
  async #complete(types: TypeKeeper, signal: AbortSignal): Promise<void> {
    const until = this.#deps.clock.now() + PATIENCE_MS;
    while (this.#coverage.unsynced().length > 0 && this.#deps.clock.now() < until) {
      await this.#deps.clock.sleep(COMPLETE_MS, signal);
      if (types.missing > 0) await this.#start(() => types.discover(signal), signal);
    }
  }

  /** A cluster that refuses every list is no empty cluster. */
  #requireSomething(): void {
    const { types, synced } = this.#coverage.progress();
    if (synced > 0 || types === 0) return;
    const [first] = this.#coverage.unsynced();
    throw new ClusterError('FORBIDDEN', `No type could be listed: ${first?.reason ?? 'no type is served'}`, {
      hint: 'Give the identity of the kubeconfig get, list and watch on what shall be mirrored (manifests/kubetape.yaml), or name a namespace with -n',
    });
  }

  async #follow(parts: Parts, fatal: (error: unknown) => void, signal: AbortSignal): Promise<void> {
    const { clock, log, random, metrics } = this.#deps;
    const window = new Window(this.#options.windowMs, parts.committer, {
      clock, log, random, held: () => this.#held,
      failed: (error) => metrics.failed(codeOf(error)),
    });
    this.#window = window;
    if (this.#stage.changed > 0) window.opened();
    await Promise.all([window.run(signal).catch(fatal), this.#rounds(parts, signal).catch(fatal)]);
    await parts.reflectors.ended();
    // A connection that leads to another cluster may have shown its objects already: nothing of that is kept.
    if (codeOf(signal.reason) === 'OTHER_CLUSTER') this.#stage.discard();
    else parts.committer.commit();
  }

  /** What no event announces: coverage that lasted, groups that vanish, a server that was upgraded, a store that went back. */
  async #rounds({ session, types, reflectors, records }: Parts, signal: AbortSignal): Promise<void> {
    let server = session.server;
    while (!signal.aborted) {
      await types.nextRound(ROUND_MS, signal);
      if (signal.aborted) return;
      try {
        await types.discover(signal);
        const now = await this.#deps.reader.serverVersion(signal);
        if (now !== server) this.#stage.label('server-upgrade');
        server = now;
        records.cluster({ identity: session.identity, server });
        await this.#probe(reflectors, signal);
      } catch (error) {
        if (signal.aborted) return;
        this.#deps.log.debug('A round of looking around failed', { reason: messageOf(error) });
      }
      records.typesAndCoverage(types.record());
      this.#deps.metrics.unsynced(this.#coverage.unsynced().length);
    }
  }

  async #probe(reflectors: Reflectors, signal: AbortSignal): Promise<void> {
    const { aggregatedGroups } = this.#facts;
    const probe = reflectors.all().find(({ watching, type, held }) => watching && held !== null && !aggregatedGroups.has(type.group));
    if (probe?.held != null) await this.#timeTravel?.check(probe.type, probe.namespace, probe.held, signal);
  }

  #reflectorDeps(session: Session, signal: AbortSignal, fatal: (error: unknown) => void): ReflectorDeps {
    const { reader, tape, clock, metrics, log, random } = this.#deps;
    this.#timeTravel = new TimeTravel(reader, clock, log, () => this.#storeWentBack(signal));
    return {
      reader, tape, clock, metrics, log, fatal,
      pool: this.#pool, stage: this.#stage, facts: this.#facts, coverage: this.#coverage, canonicaliser: this.#canonicaliser,
      timeTravel: this.#timeTravel,
      lists: new Limit(LISTS),
      backoff: () => createBackoff(random),
      onFacts: (change) => factsChanged(change, this.#facts, { types: this.#types, reflectors: this.#reflectors, log }, signal),
      onItems: (count) => {
        this.#objects += count;
        if (!this.#synced) this.#showProgress('listing');
      },
      confirmCluster: clusterConfirmer(reader, tape, session.identity, signal),
    };
  }

  /** Everything is listed again, without a floor, into one commit. */
  #storeWentBack(signal: AbortSignal): void {
    if (this.#goingBack) return; // every watch that broke notices it; one relist of everything is enough
    this.#goingBack = true;
    this.#deps.metrics.storeWentBack();
    this.#stage.label('store-went-back');
    const relisted = Promise.all((this.#reflectors?.all() ?? []).map((reflector) => reflector.relistWithoutFloor()));
    const longest = this.#deps.clock.sleep(HOLD_MS, signal).catch(() => undefined);
    this.#held = Promise.race([relisted.then(() => undefined), longest]).finally(() => { this.#goingBack = false; });
  }

  #committer(session: Session): Committer {
    const { tape, clock, metrics, log, version, onCommit } = this.#deps;
    return new Committer(this.#stage, {
      cluster: session.identity.text,
      rules: this.#canonicaliser.rulesHash,
      version,
      completeTo: () => this.completeTo,
      coverage: () => this.#coverage.summary(),
      terminating: () => [...this.#facts.terminating].sort(),
    }, { tape, clock, metrics, log, onCommit });
  }

  #showProgress(phase: string): void {
    const { types, synced } = this.#coverage.progress();
    this.#deps.progress.update({ phase, types, typesSynced: synced, objects: this.#objects });
  }

  #result(commit: CommitInfo | null): MirrorResult {
    return { commit, head: this.#deps.tape.head(), objects: this.#objects, uncovered: this.#coverage.unsynced() };
  }
}
