import { ClusterError, type ClusterErrorCode } from '../model/cluster-error.js';
import { typeName, type ResourceType } from '../model/resource-type.js';

type ListFault = { readonly kind: 'fail'; readonly error: ClusterError } | { readonly kind: 'cut'; readonly error: ClusterError };

/** Switches that make the stand-in answer as a server in trouble does. Types are named as `deployments.apps`. */
export class Faults {
  readonly #lists = new Map<string, ListFault[]>();
  readonly #forbidden = new Set<string>();
  readonly #groups = new Map<string, string>();

  /** The next list of the type fails before its first item. */
  failNextList(type: string, code: ClusterErrorCode = 'SERVER'): void {
    this.#add(type, { kind: 'fail', error: new ClusterError(code, `Listing ${type} failed: the stand-in was told to fail`) });
  }

  /** The next list of the type is cut after some of its items. */
  truncateNextList(type: string): void {
    this.#add(type, { kind: 'cut', error: new ClusterError('MALFORMED', `The list of ${type} was cut short`) });
  }

  /** The continue token of the next list of the type expires after some of its items. */
  expireNextList(type: string): void {
    this.#add(type, { kind: 'cut', error: new ClusterError('EXPIRED', `The list of ${type} expired on the way`, { status: 410 }) });
  }

  /** Every list, get and watch of the type that begins from now on is answered with 403. */
  forbid(type: string): void {
    this.#forbidden.add(type);
  }

  allow(type: string): void {
    this.#forbidden.delete(type);
  }

  /** The group fails to answer discovery and everything else, as one whose aggregated API server is down. */
  failGroup(group: string, reason: string): void {
    this.#groups.set(group, reason);
  }

  healGroup(group: string): void {
    this.#groups.delete(group);
  }

  /** Groups that do not answer, with the reason of each. */
  failedGroups(): { readonly group: string; readonly reason: string }[] {
    return [...this.#groups].map(([group, reason]) => ({ group, reason }));
  }

  /** Throws what a request for this type would be answered. */
  check(type: ResourceType, verb: 'get' | 'list' | 'watch'): void {
    const name = typeName(type);
    if (this.#forbidden.has(name)) throw new ClusterError('FORBIDDEN', `${name} is forbidden: cannot ${verb} resource`, { status: 403 });
    const reason = this.#groups.get(type.group);
    if (reason !== undefined) throw new ClusterError('SERVER', `${name} cannot be reached: ${reason}`, { status: 503 });
  }

  /** The fault of a list that begins now, if one was ordered. */
  takeListFault(type: ResourceType): ListFault | undefined {
    return this.#lists.get(typeName(type))?.shift();
  }

  #add(type: string, fault: ListFault): void {
    this.#lists.set(type, [...(this.#lists.get(type) ?? []), fault]);
  }
}
