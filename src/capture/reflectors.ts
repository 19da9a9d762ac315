import { linked, type LinkedController } from '../lib/abort.js';
import type { Logger } from '../lib/log.js';
import { lowest } from './resource-version.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { Reflector, type ReflectorDeps, type ReflectorOptions } from './reflector.js';

/** Above this many watches by namespace the rest is polled; coverage says so. */
export const MAX_NAMESPACED_WATCHES = 500;
const POLL_MS = 60_000;

interface Running {
  readonly reflector: Reflector;
  readonly stop: LinkedController;
  readonly done: Promise<void>;
}

interface Followed {
  readonly type: ResourceType;
  /** Over all namespaces; absent when only named namespaces are mirrored. */
  wide: Running | null;
  readonly byNamespace: Map<string, Running>;
  /** The list over all namespaces is refused, or fails because of one object. */
  refused: boolean;
}

export interface ReflectorsOptions {
  /** Follow, or end after the first complete list of each type. */
  readonly mode: 'follow' | 'once';
  /** Only these namespaces are mirrored (a tenant's): namespaced types are listed in each of them. */
  readonly namespaces: readonly string[] | null;
}

/** All reflectors: one a type, or one a type and namespace where the whole cluster may not be listed. */
export class Reflectors {
  readonly #options: ReflectorsOptions;
  readonly #deps: ReflectorDeps;
  readonly #log: Logger;
  readonly #followed = new Map<string, Followed>();

  constructor(options: ReflectorsOptions, deps: ReflectorDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#log = deps.log;
  }

  start(type: ResourceType, signal: AbortSignal): void {
    const followed: Followed = { type, wide: null, byNamespace: new Map(), refused: false };
    this.#followed.set(typeName(type), followed);
    if (type.namespaced && this.#options.namespaces !== null) {
      for (const namespace of this.#options.namespaces) this.#startIn(followed, namespace, signal);
      return;
    }
    followed.wide = this.#run({
      type,
      ...this.#mode(false),
      onRefused: () => this.#byNamespace(followed, signal),
      onListed: () => this.#whole(followed),
    }, signal);
  }

  async stop(type: ResourceType): Promise<void> {
    const followed = this.#followed.get(typeName(type));
    this.#followed.delete(typeName(type));
    if (followed !== undefined) await Promise.all(running(followed).map(halt));
    this.#deps.coverage.forget(type);
  }

  /** Namespaces came or went: types that are listed by namespace follow. */
  namespacesChanged(signal: AbortSignal): void {
    for (const followed of this.#followed.values()) if (followed.refused) this.#byNamespace(followed, signal);
  }

  all(): Reflector[] {
    return [...this.#followed.values()].flatMap(running).map(({ reflector }) => reflector);
  }

  of(type: ResourceType, namespace: string): Reflector | undefined {
    const followed = this.#followed.get(typeName(type));
    return followed?.byNamespace.get(namespace)?.reflector ?? followed?.wide?.reflector;
  }

  /** Resolves when every type has a complete list on the stage, or will take longer. */
  async settled(): Promise<void> {
    for (let count = -1; count !== this.all().length;) {
      const reflectors = this.all();
      count = reflectors.length;
      await Promise.all(reflectors.map(({ settled }) => settled));
    }
  }

  /** Resolves when every reflector ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#followed.values()].flatMap(running).map(({ done }) => done));
  }

  /** The lowest resourceVersion that all types of the cluster's own store have reached; null while one has none. */
  completeTo(): string | null {
    const { aggregatedGroups } = this.#deps.facts;
    const held = this.all().filter(({ type }) => !aggregatedGroups.has(type.group)).map((reflector) => reflector.held);
    const known = held.filter((version): version is string => version !== null);
    return known.length === held.length ? lowest(known) : null;
  }

  #byNamespace(followed: Followed, signal: AbortSignal): void {
    const { namespaces } = this.#deps.facts;
    if (!followed.type.namespaced || namespaces.size === 0) return;
    if (!followed.refused) this.#log.info('Listing a type by namespace', { type: typeName(followed.type), namespaces: namespaces.size });
    followed.refused = true;
    for (const namespace of namespaces) if (!followed.byNamespace.has(namespace)) this.#startIn(followed, namespace, signal);
    for (const [namespace, each] of followed.byNamespace) if (!namespaces.has(namespace)) this.#end(followed, namespace, each);
  }

  /** The list over all namespaces works (again): the others are not needed. */
  #whole(followed: Followed): void {
    followed.refused = false;
    for (const [namespace, each] of followed.byNamespace) this.#end(followed, namespace, each);
  }

  #end(followed: Followed, namespace: string, each: Running): void {
    followed.byNamespace.delete(namespace);
    this.#deps.coverage.forget(followed.type, namespace);
    void halt(each);
  }

  #startIn(followed: Followed, namespace: string, signal: AbortSignal): void {
    const watches = [...this.#followed.values()].reduce((sum, each) => sum + each.byNamespace.size, 0);
    const options = { type: followed.type, namespace, ...this.#mode(watches >= MAX_NAMESPACED_WATCHES) };
    followed.byNamespace.set(namespace, this.#run(options, signal));
  }

  #mode(poll: boolean): Pick<ReflectorOptions, 'mode' | 'pollMs'> {
    return { mode: this.#options.mode === 'once' ? 'once' : poll ? 'poll' : 'watch', pollMs: POLL_MS };
  }

  #run(options: ReflectorOptions, signal: AbortSignal): Running {
    const stop = linked(signal);
    const reflector = new Reflector(options, this.#deps);
    const done = reflector.run(stop.signal).catch(this.#deps.fatal).finally(() => stop[Symbol.dispose]());
    return { reflector, stop, done };
  }
}

function running(followed: Followed): Running[] {
  return [...(followed.wide === null ? [] : [followed.wide]), ...followed.byNamespace.values()];
}

async function halt({ stop, done }: Running): Promise<void> {
  stop.abort();
  await done;
}
