import { CanonPool } from '../../capture/canon-pool.js';
import { ClusterFacts } from '../../capture/facts.js';
import type { BatchSink, ListPass } from '../../capture/list-pass.js';
import { readCluster } from '../../capture/meta-files.js';
import { typeFolders } from '../../capture/sweep.js';
import { linked } from '../../lib/abort.js';
import { messageOf } from '../../lib/errors.js';
import { Limit } from '../../lib/limit.js';
import { SILENT } from '../../lib/log.js';
import { sameCluster } from '../../model/cluster-identity.js';
import { ClusterError } from '../../model/cluster-error.js';
import type { ClusterIdentity } from '../../model/cluster-reader.js';
import type { Snapshot } from '../../model/history.js';
import { RepositoryError } from '../../model/repository-error.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { Selection } from '../selection.js';
import type { Channel } from './channel.js';
import { CommitCoverage } from './commit-coverage.js';
import { Judge } from './judge.js';
import type { LiveCluster, LiveDeps, LiveFinding, LiveOptions, LiveProgress, Uncovered } from './live-comparison.js';
import { livePolicy, type LivePolicy } from './live-policy.js';
import { LiveScope, namespaceOfPath } from './live-scope.js';
import { LiveTally } from './live-tally.js';
import { TypeSink } from './type-sink.js';
import { freshList, listNamespaces, mayWorkByNamespace } from './type-list.js';
import { planTypes, type TypePlan } from './type-plan.js';

/** Lists at the same time, as the mirror has. */
const LISTS = 4;
const THREADS = 2;

/** One pass over the cluster: lists every wanted type, judges every object, and then what the commit has beside them. */
export class LiveScan {
  readonly tally = new LiveTally();
  readonly uncovered: Uncovered[] = [];
  readonly policy: LivePolicy;
  readonly facts = new ClusterFacts();
  cluster: LiveCluster | null = null;
  /** Served types by name, as discovery told. */
  served: ReadonlyMap<string, ResourceType> = new Map();
  readonly judge: Judge;
  readonly #deps: LiveDeps;
  readonly #snapshot: Snapshot;
  readonly #options: LiveOptions;
  readonly #scope: LiveScope;
  readonly #coverage: CommitCoverage;
  readonly #pool: CanonPool;
  readonly #channel: Channel<LiveFinding>;
  readonly #progress = { lists: 0, listed: 0, objects: 0 };
  #namespaces: Promise<readonly string[] | ClusterError> | null = null;

  /** RepositoryError, RulesError: what the commit says of its rules cannot be used. */
  constructor(deps: LiveDeps, snapshot: Snapshot, selection: Selection, options: LiveOptions, channel: Channel<LiveFinding>) {
    this.#deps = deps;
    this.#snapshot = snapshot;
    this.#options = options;
    this.#channel = channel;
    this.policy = livePolicy(deps.history, snapshot, deps.digestKey);
    this.#scope = new LiveScope(selection, this.policy, snapshot);
    this.#coverage = new CommitCoverage(snapshot);
    const { policy, canonicaliser } = this.policy.then;
    this.#pool = new CanonPool(policy, canonicaliser, options.threads ?? THREADS);
    this.judge = new Judge(this.policy, this.#coverage, { reveal: options.reveal });
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      this.cluster = await this.#identify(signal);
      const plan = await planTypes(this.#deps, { snapshot: this.#snapshot, policy: this.policy, scope: this.#scope, coverage: this.#coverage }, signal);
      this.served = new Map(plan.served.map((type) => [typeName(type), type]));
      this.#unlisted(plan);
      this.#progress.lists = plan.listed.length;
      await this.#lists(plan, signal);
    } finally {
      await this.#pool.rest();
    }
  }

  async #identify(signal: AbortSignal): Promise<LiveCluster> {
    const { reader } = this.#deps;
    const [identity, serverVersion] = await Promise.all([this.#identity(signal), reader.serverVersion(signal)]);
    const recorded = readCluster(this.#snapshot)?.identity ?? null;
    if (identity === null || (recorded !== null && kindOf(recorded) !== kindOf(identity))) {
      // A tenant may read neither kube-system nor, perhaps, the namespaces by which the mirror knew the cluster.
      (this.#deps.log ?? SILENT).warn('Could not make sure that this is the cluster of the commit', { commit: recorded?.text, cluster: identity?.text ?? 'not known' });
    } else if (recorded !== null && !sameCluster(recorded, identity) && this.#options.allowOtherCluster !== true) throw this.#otherCluster(recorded, identity);
    return { name: reader.name, identity: identity?.text ?? '', serverVersion };
  }

  /** Null: not even a namespace may be read. */
  async #identity(signal: AbortSignal): Promise<ClusterIdentity | null> {
    try {
      return await this.#deps.reader.identity(signal);
    } catch (error) {
      if (error instanceof ClusterError && error.code === 'FORBIDDEN') return null;
      throw error;
    }
  }

  #otherCluster(recorded: ClusterIdentity, found: ClusterIdentity): RepositoryError {
    const { reader, history } = this.#deps;
    return new RepositoryError('OTHER_CLUSTER', `The commit is of another cluster (${recorded.text}) than the one at ${reader.name} (${found.text})`, {
      hint: `Check --context and --repo (${history.location}); --to-other-cluster compares all the same`,
    });
  }

  /** Types that are not listed: their files in the commit are skipped, or not covered. */
  #unlisted({ skipped, unserved, silentGroups }: TypePlan): void {
    for (const { type } of skipped) {
      for (const folder of typeFolders(this.#snapshot, type, undefined)) {
        for (const { path } of this.#snapshot.files(folder)) this.tally.add(typeName(type), namespaceOfPath(path), 'skipped');
      }
    }
    for (const { type, reason } of unserved) {
      const objects = this.#unseen(this.#sink(type), undefined);
      if (objects > 0) this.#note(type, undefined, reason, objects);
    }
    this.uncovered.push(...silentGroups);
  }

  /** Autoscalers first: what they target has another canonical form. */
  async #lists(plan: TypePlan, signal: AbortSignal): Promise<void> {
    const scalers = plan.served.filter((type) => ClusterFacts.scales(type));
    for (const type of scalers) {
      if (plan.listed.includes(type)) await this.#type(type, signal);
      else await this.#learn(type, signal);
    }
    using stop = linked(signal);
    const limit = new Limit(LISTS);
    const rest = plan.listed.filter((type) => !scalers.includes(type));
    const outcomes = await Promise.allSettled(rest.map(async (type) => {
      using _place = await limit.take(stop.signal);
      await this.#type(type, stop.signal).catch((error: unknown) => {
        stop.abort(error); // one connection serves all
        throw error;
      });
    }));
    signal.throwIfAborted();
    if (stop.signal.aborted) throw stop.signal.reason;
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }

  /** Who is autoscaled by now; the objects themselves are not judged. */
  async relearn(signal: AbortSignal): Promise<void> {
    for (const type of this.served.values()) if (ClusterFacts.scales(type)) await this.#learn(type, signal);
    await this.#pool.rest();
  }

  async #learn(type: ResourceType, signal: AbortSignal): Promise<void> {
    const ignoring: BatchSink = { observeBatch: () => undefined };
    for (const namespace of this.#scope.namespaces ?? [undefined]) await freshList(this.#listDeps(), ignoring, type, namespace, signal);
  }

  async #type(type: ResourceType, signal: AbortSignal): Promise<void> {
    const sink = this.#sink(type);
    const namespaces = type.namespaced ? this.#scope.namespaces : null;
    if (namespaces !== null) await this.#within(namespaces, sink, signal);
    else {
      const list = await freshList(this.#listDeps(), sink, type, undefined, signal);
      if ('pass' in list) await this.#rest(undefined, sink, list.pass);
      else if (type.namespaced && mayWorkByNamespace(list.error)) await this.#byNamespace(sink, list.error, signal);
      else this.#uncover(sink, undefined, messageOf(list.error));
    }
    this.#progress.listed++;
    this.#say();
  }

  /** The list over all namespaces is refused, or fails because of one object: each namespace that can be listed is saved. */
  async #byNamespace(sink: TypeSink, refused: ClusterError, signal: AbortSignal): Promise<void> {
    this.#namespaces ??= listNamespaces(this.#deps.reader, signal);
    const live = await this.#namespaces;
    const recorded = this.#snapshot.folders('namespaces').map((folder) => namespaceOfPath(`namespaces/${folder}/`));
    if (live instanceof ClusterError) this.#note(sink.type, undefined, `${messageOf(refused)}; which other namespaces there are is not known`, 0);
    await this.#within(live instanceof ClusterError ? recorded : [...new Set([...live, ...recorded])], sink, signal);
  }

  /** Lists the type in each namespace; when every one fails alike, that is said once. */
  async #within(namespaces: readonly string[], sink: TypeSink, signal: AbortSignal): Promise<void> {
    const failed: { namespace: string; reason: string }[] = [];
    for (const namespace of namespaces) {
      const list = await freshList(this.#listDeps(), sink, sink.type, namespace, signal);
      if ('pass' in list) await this.#rest(namespace, sink, list.pass);
      else failed.push({ namespace, reason: messageOf(list.error) });
    }
    const [first] = failed;
    if (first !== undefined && failed.length > 1 && failed.length === namespaces.length && this.#scope.namespaces === null) {
      this.#uncover(sink, undefined, first.reason);
    } else for (const { namespace, reason } of failed) this.#uncover(sink, namespace, reason);
  }

  /** Files of the commit of which a complete list had no object. */
  async #rest(namespace: string | undefined, sink: TypeSink, pass: ListPass): Promise<void> {
    const { type } = sink;
    const folders = typeFolders(this.#snapshot, type, namespace);
    const nameless = pass.failures.find(({ path }) => path === null);
    if (nameless !== undefined) {
      this.#uncover(sink, namespace, `an object cannot even be named: ${nameless.message}`);
      return;
    }
    for (const folder of folders) {
      for (const { path, oid } of sink.unseen(folder)) {
        sink.find(this.judge.missing({ path, type, text: this.#snapshot.read(oid).toString('utf8') }, pass.resourceVersion));
        await this.#channel.room();
      }
    }
  }

  /** What the commit has of the type in the namespace and no list has shown cannot be compared. */
  #uncover(sink: TypeSink, namespace: string | undefined, reason: string): void {
    const { type } = sink;
    this.#note(type, namespace, reason, this.#unseen(sink, namespace));
  }

  #unseen(sink: TypeSink, namespace: string | undefined): number {
    return typeFolders(this.#snapshot, sink.type, namespace).reduce((count, folder) => count + [...sink.unseen(folder)].length, 0);
  }

  #note(type: ResourceType, namespace: string | undefined, reason: string, objects: number): void {
    this.uncovered.push({ type: typeName(type), namespace, reason, objects });
    if (objects > 0) this.tally.add(typeName(type), namespace ?? '*', 'not covered', objects);
    (this.#deps.log ?? SILENT).debug('Could not compare a type', { type: typeName(type), namespace, reason });
  }

  #sink(type: ResourceType): TypeSink {
    return new TypeSink(type, {
      snapshot: this.#snapshot, scope: this.#scope, judge: this.judge, tally: this.tally, facts: this.facts, channel: this.#channel,
    });
  }

  #listDeps(): Parameters<typeof freshList>[0] {
    return {
      reader: this.#deps.reader,
      pool: this.#pool,
      facts: this.facts,
      onItems: (count) => {
        this.#progress.objects += count;
        this.#say();
      },
    };
  }

  #say(): void {
    const progress: LiveProgress = { ...this.#progress };
    this.#options.onProgress?.(progress);
  }
}

/** `kube-system` or `namespaces`: by what a cluster is known. */
function kindOf({ text }: ClusterIdentity): string {
  return text.split(' ', 1)[0] ?? '';
}
