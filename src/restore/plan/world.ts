import type { RecordedType } from '../../capture/meta-files.js';
import { scaleKey, type Facts } from '../../model/canonical.js';
import type { ClaimAnswer } from '../../model/restore-plan.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { treePath, typeFolder } from '../../model/tree-path.js';
import type { OwnerReference, Place, ScopeFacts } from '../scope-facts.js';

export interface WorldFacts {
  readonly sameCluster: boolean;
  readonly everything: boolean;
  readonly namedNamespaces: ReadonlySet<string>;
  /** Types that the cluster serves now, in the version of the commit where it can. */
  readonly served: ReadonlyMap<string, ResourceType>;
  /** Types of the commit. */
  readonly recorded: ReadonlyMap<string, RecordedType>;
  /** Who is autoscaled, in the commit or live. */
  readonly facts: Facts;
}

/**
 * What is known while a plan is made or a run goes on: the facts that never change, and what is learned on the way (owners that
 * are live, answers about claims, steps that will be done).
 */
export class World implements ScopeFacts {
  readonly sameCluster: boolean;
  readonly everything: boolean;
  readonly namedNamespaces: ReadonlySet<string>;
  readonly facts: Facts;
  #served: ReadonlyMap<string, ResourceType>;
  readonly #recorded: ReadonlyMap<string, RecordedType>;
  readonly #owners = new Map<string, string | null>();
  readonly #claims = new Map<string, ClaimAnswer>();
  readonly #steps = new Set<string>();
  readonly #services = new Set<string>();
  readonly #workloads = new Set<string>();

  constructor(given: WorldFacts) {
    this.sameCluster = given.sameCluster;
    this.everything = given.everything;
    this.namedNamespaces = given.namedNamespaces;
    this.facts = given.facts;
    this.#served = given.served;
    this.#recorded = given.recorded;
  }

  /** The type as it can be written now: the recorded version while it is served, else the preferred one; null: in none. */
  served(type: Pick<ResourceType, 'group' | 'resource'>): ResourceType | null {
    return this.#served.get(typeName(type)) ?? null;
  }

  servedTypes(): ReadonlyMap<string, ResourceType> {
    return this.#served;
  }

  isScaled(group: string, kind: string, { namespace, name }: Place): boolean {
    return this.facts.scaled.has(scaleKey(group, kind, namespace, name));
  }

  liveUid(owner: OwnerReference, namespace: string): string | null {
    const path = this.pathOf(owner, namespace);
    return path === null ? null : (this.#owners.get(path) ?? null);
  }

  ownerPath(owner: OwnerReference, namespace: string): string | null {
    const path = this.pathOf(owner, namespace);
    return path !== null && this.#steps.has(path) ? path : null;
  }

  definitionPath(type: Pick<ResourceType, 'group' | 'resource'>): string | null {
    if (this.served(type) !== null) return null;
    const path = treePath({ group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions', namespace: '', name: `${type.resource}.${type.group}` });
    return this.#steps.has(path) ? path : null;
  }

  namespacePath(namespace: string): string | null {
    const path = treePath({ group: '', resource: 'namespaces', namespace: '', name: namespace });
    return this.#steps.has(path) ? path : null;
  }

  isPlatformService({ namespace, name }: Place): boolean {
    return this.#services.has(`${namespace}/${name}`);
  }

  isPlatformWorkload(path: string): boolean {
    return this.#workloads.has(path);
  }

  claim(path: string): ClaimAnswer | null {
    return this.#claims.get(path) ?? null;
  }

  /** Where an owner lies in the tree; null for a kind that neither commit nor cluster knows. */
  pathOf({ apiVersion, kind, name }: OwnerReference, namespace: string): string | null {
    const type = this.typeOf(apiVersion, kind);
    return type === null ? null : treePath({ group: type.group, resource: type.resource, namespace: type.namespaced ? namespace : '', name });
  }

  /** The type of a kind, in any version of its group. */
  typeOf(apiVersion: string, kind: string): ResourceType | null {
    const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
    const is = (type: ResourceType): boolean => type.kind === kind && type.group === group;
    for (const type of this.#served.values()) if (is(type)) return type;
    for (const { type } of this.#recorded.values()) if (is(type)) return type;
    return null;
  }

  /** Whether it is known what is live at an owner's path. */
  knowsOwner(path: string): boolean {
    return this.#owners.has(path);
  }

  /** Discovery answered again, because a definition or an aggregated API came. */
  learnServed(served: ReadonlyMap<string, ResourceType>): void {
    this.#served = served;
  }

  /** What is live at a path: its uid, or nothing. */
  learnOwner(path: string, uid: string | null): void {
    this.#owners.set(path, uid);
  }

  /** A step of this plan will write the object. */
  learnStep(path: string): void {
    this.#steps.add(path);
  }

  hasStep(path: string): boolean {
    return this.#steps.has(path);
  }

  /** Whether this plan makes what could stand behind a Service: a workload that it selects, or an EndpointSlice of its namespace. */
  restoresBackend({ namespace }: Place): boolean {
    const slices = `${typeFolder({ group: 'discovery.k8s.io', resource: 'endpointslices' }, namespace)}/`;
    const home = slices.slice(0, slices.lastIndexOf('/', slices.length - 2) + 1);
    return [...this.#steps].some((path) => path.startsWith(slices)) || [...this.#workloads].some((path) => path.startsWith(home));
  }

  learnClaim(path: string, answer: ClaimAnswer): void {
    this.#claims.set(path, answer);
  }

  /** A Service that admission, conversion or aggregation calls. */
  learnPlatformService({ namespace, name }: Place): void {
    this.#services.add(`${namespace}/${name}`);
  }

  learnPlatformWorkload(path: string): void {
    this.#workloads.add(path);
  }
}
