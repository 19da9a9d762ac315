import { linked, type LinkedController } from '../lib/abort.js';
import type { Backoff } from '../lib/backoff.js';
import type { Clock } from '../lib/clock.js';
import { AppError, codeOf, messageOf } from '../lib/errors.js';
import { EXIT } from '../lib/exit-codes.js';
import { isObject, type JsonObject } from '../lib/json.js';
import type { Limit } from '../lib/limit.js';
import type { Logger } from '../lib/log.js';
import { parseJson } from '../lib/parse-json.js';
import type { Canonicaliser } from '../canon/canonicaliser.js';
import { metadataOf } from '../model/canonical.js';
import { ClusterError } from '../model/cluster-error.js';
import type { WatchEvent } from '../model/cluster-reader.js';
import type { Metrics, RelistReason } from '../model/metrics.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { Tape } from '../model/tape.js';
import { treePath } from '../model/tree-path.js';
import { pathOf } from './batch.js';
import type { Coverage } from './coverage.js';
import { ClusterFacts } from './facts.js';
import { listPass, type ListDeps, type ListPass } from './list-pass.js';
import { Rereads, type Reread } from './rereads.js';
import { compareResourceVersions } from './resource-version.js';
import type { Stage } from './stage.js';
import { hasFiles, sweepAfter } from './sweep.js';
import type { TimeTravel } from './time-travel.js';
import { TypeHealth } from './type-health.js';

export interface ReflectorDeps extends ListDeps {
  readonly stage: Stage;
  readonly tape: Tape;
  readonly canonicaliser: Canonicaliser;
  readonly coverage: Coverage;
  readonly timeTravel: TimeTravel;
  /** Lists at the same time. */
  readonly lists: Limit;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly backoff: () => Backoff;
  /** Throws when the cluster behind the connection is no longer the one of this repository. */
  readonly confirmCluster: () => Promise<void>;
  /** An error after which nothing may be written any more. */
  readonly fatal: (error: unknown) => void;
}

export interface ReflectorOptions {
  readonly type: ResourceType;
  readonly namespace?: string | undefined;
  /** Watch after the list, list again every pollMs, or end after the first complete list. */
  readonly mode: 'watch' | 'poll' | 'once';
  readonly pollMs: number;
  /** Called when the list of the type failed for a reason that a list by namespace may not have. */
  readonly onRefused?: () => void;
  readonly onListed?: () => void;
}

/** Failed attempts after which others need not wait for this type any longer. */
const ATTEMPTS_TO_SETTLE = 3;
/** Broken events in a row at the same place, or refused watches, after which the type is listed again. */
const FAILURES_TO_RELIST = 3;

/**
 * Follows one type (everywhere, or in one namespace) for ever: complete list, sweep, watch from there, and again.
 * Invariants: no error ends it but an abort or a fatal one; a file is removed only on a DELETED event or because a
 * complete list did not have its object; the resourceVersion only goes back when the store did.
 */
export class Reflector {
  readonly type: ResourceType;
  readonly namespace: string | undefined;
  readonly #options: ReflectorOptions;
  readonly #deps: ReflectorDeps;
  readonly #backoff: Backoff;
  readonly #health: TypeHealth;
  #held: string | null = null;
  #relist = true;
  #reason: RelistReason = 'request';
  #floor = true;
  /** Grows with each demand for a list: one that came while a list ran is not met by that list. */
  #demands = 0;
  #attempted = false;
  readonly #rereads = new Rereads();
  /** The connection broke since the last look at which cluster answers, and how old its store is. */
  #unsure = false;
  #failures = 0;
  #watching: LinkedController | null = null;
  readonly #relisted: (() => void)[] = [];
  #settle!: () => void;
  /** Resolves when the first complete list is staged, or when it is clear that it will take longer. */
  readonly settled = new Promise<void>((resolve) => { this.#settle = resolve; });

  constructor(options: ReflectorOptions, deps: ReflectorDeps) {
    this.type = options.type;
    this.namespace = options.namespace;
    this.#options = options;
    this.#deps = deps;
    this.#backoff = deps.backoff();
    this.#health = new TypeHealth({ ...options, polled: options.mode === 'poll' || !options.type.watchable }, deps);
  }

  /** The resourceVersion up to which this type is on the stage or in the tree; null before the first list. */
  get held(): string | null {
    return this.#held;
  }

  get watching(): boolean {
    return this.#watching !== null;
  }

  /** The store went back: what we hold is no floor any more. Resolves when the type was listed again. */
  relistWithoutFloor(): Promise<void> {
    this.#listAgain('store-went-back');
    this.#floor = false;
    this.#watching?.abort();
    return new Promise((resolve) => this.#relisted.push(resolve));
  }

  /** Reads one object again, because a fact about it changed; after the list that is under way. */
  async reread(name: string, namespace: string, signal: AbortSignal): Promise<void> {
    const reread = { path: treePath({ group: this.type.group, resource: this.type.resource, namespace, name }), namespace, name };
    if (this.#rereads.waits(reread) || this.#held === null) return; // not listed yet: it will be, with the new fact
    await this.#read(reread, signal);
  }

  #read(reread: Reread, signal: AbortSignal): Promise<void> {
    return this.#rereads.read(reread, async () => {
      const raw = await this.#deps.reader.get(this.type, reread.namespace, reread.name, signal);
      if (raw === null) return null;
      const object = this.#parse(raw);
      return { object, version: metadataOf(object)['resourceVersion'] };
    }, ({ object }) => this.#stageObject('MODIFIED', object, metadataOf(object)));
  }

  #listAgain(reason: RelistReason): void {
    this.#demands++;
    this.#relist = true;
    this.#reason = reason;
  }

  #parse(raw: Uint8Array): JsonObject {
    const object = parseJson(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8'));
    if (!isObject(object)) throw new ClusterError('MALFORMED', `The server sent no object where one of ${typeName(this.type)} was due`);
    return object;
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      await this.#follow(signal);
    } finally {
      this.#settle(); // nobody may wait for a list that never comes
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#unsure) await this.#lookAround(signal);
        if (this.#relist || this.#held === null) await this.#list(signal);
        if (this.#options.mode === 'once') return;
        if (this.#options.mode === 'poll' || !this.type.watchable) await this.#pause(signal);
        else await this.#watch(signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  async #pause(signal: AbortSignal): Promise<void> {
    this.#listAgain('poll');
    await this.#deps.clock.sleep(this.#options.pollMs, signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    using _slot = await this.#deps.lists.take(signal);
    const demands = this.#demands;
    using _waiting = this.#rereads.duringList();
    const pass = await this.#listAndSweep(signal);
    for (let due = this.#rereads.due(); due !== undefined; due = this.#rereads.due()) await this.#read(due, signal);
    if (this.#held !== null) this.#deps.metrics.relisted(typeName(this.type), this.#reason);
    this.#held = pass.resourceVersion;
    this.#relist = demands !== this.#demands;
    if (!this.#relist) this.#floor = true;
    this.#healthy(pass);
  }

  async #listAndSweep(signal: AbortSignal): Promise<ListPass> {
    const request = { namespace: this.namespace, floor: this.#floor ? this.#held ?? undefined : undefined };
    // An attempt that failed half-way has staged what it saw; only a list that is swept takes that back.
    const known = this.#attempted || hasFiles(this.#deps.tape, this.type, this.namespace);
    this.#attempted = true;
    const first = await listPass(this.#deps, this.type, request, known, signal);
    return sweepAfter(this.#deps, this.type, first, request, signal);
  }

  #healthy(pass: ListPass): void {
    this.#failures = 0;
    this.#deps.metrics.listed(typeName(this.type), pass.count);
    this.#health.listed(pass.failures);
    this.#options.onListed?.();
    this.#settle();
    if (!this.#relist) this.#relisted.splice(0).forEach((resolve) => resolve());
  }

  async #watch(signal: AbortSignal): Promise<void> {
    using watching = linked(signal);
    this.#watching = watching;
    const from = this.#held ?? '';
    try {
      for await (const events of this.#deps.reader.watch(this.type, { namespace: this.namespace, from }, watching.signal)) {
        for (const event of events) this.#observe(event);
        this.#failures = 0;
      }
    } catch (error) {
      if (!watching.signal.aborted || signal.aborted) throw error;
    } finally {
      this.#watching = null;
    }
  }

  #observe(event: WatchEvent): void {
    if (event.kind === 'bookmark') {
      this.#advance(event.resourceVersion);
      return;
    }
    const object = this.#parse(event.object);
    const version = metadataOf(object)['resourceVersion'];
    const outdated = this.#rereads.watchful && this.#rereads.isOutdated(pathOf(object, this.type), version);
    if (!outdated) this.#stageObject(event.change, object, metadataOf(object));
    this.#deps.metrics.observed(typeName(this.type), event.change);
    if (typeof version === 'string') this.#advance(version);
  }

  #stageObject(change: 'ADDED' | 'MODIFIED' | 'DELETED', object: JsonObject, metadata: JsonObject): void {
    const { stage, facts, onFacts, canonicaliser } = this.#deps;
    if (ClusterFacts.carriedBy(this.type)) onFacts(facts.observe(this.type, object, change === 'DELETED'));
    const path = pathOf(object, this.type);
    if (path === null) throw new ClusterError('MALFORMED', `A watch event of ${typeName(this.type)} names no object`);
    const managers = metadata['managedFields'];
    try {
      if (change === 'DELETED') stage.remove(path);
      else stage.observe(canonicaliser.canonicalise(object, this.type, facts.current), managers);
      this.#health.fine(path);
    } catch (error) {
      if (error instanceof AppError && error.exitCode === EXIT.repository) throw error; // the stage could not be written
      this.#deps.metrics.failed('CANON');
      this.#health.broken({ path, message: messageOf(error) });
    }
  }

  #advance(version: string): void {
    if (this.#held !== null && (compareResourceVersions(version, this.#held) ?? 1) < 0) return;
    this.#held = version;
  }

  /** Decides what to do after an error, and waits for it. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    const { metrics, clock } = this.#deps;
    const code = codeOf(error);
    metrics.failed(code);
    if (code === 'OTHER_CLUSTER') {
      this.#deps.fatal(error);
      return;
    }
    this.#failures++;
    if (code === 'GONE') {
      metrics.gone410(typeName(this.type));
      this.#listAgain('gone');
    } else if (!(error instanceof ClusterError) || this.#failures % FAILURES_TO_RELIST === 0 && (code === 'MALFORMED' || code === 'FORBIDDEN')) {
      // An observation was lost on our side, or watching is not allowed (but listing may be): only a list brings it.
      this.#listAgain('cut');
    }
    const quiet = isOrdinary(code) && this.#held !== null && this.#failures === 1;
    if (!quiet) this.#health.troubled(code, messageOf(error), this.#failures);
    if (this.#relist && (code === 'FORBIDDEN' || (code === 'SERVER' && this.#failures > 1))) this.#options.onRefused?.();
    if (this.#failures >= ATTEMPTS_TO_SETTLE || (error instanceof AppError && !error.retry)) this.#settle();
    const wait = error instanceof ClusterError ? error.retryAfterMs : undefined;
    if (code !== 'GONE' || this.#failures > 1) await clock.sleep(wait ?? this.#backoff.next(clock.now()), signal).catch(() => undefined);
    this.#unsure = this.#held !== null;
  }

  /** The connection was broken: it may lead to another cluster now, or to an older store. Rejects while that is not known. */
  async #lookAround(signal: AbortSignal): Promise<void> {
    await this.#deps.confirmCluster();
    if (this.#held !== null) await this.#deps.timeTravel.check(this.type, this.namespace, this.#held, signal);
    this.#unsure = false;
    if (!this.#relist) this.#health.following();
  }
}

function isOrdinary(code: string): boolean {
  return code === 'GONE' || code === 'UNREACHABLE' || code === 'SILENT' || code === 'TIMEOUT';
}
