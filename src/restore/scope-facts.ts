import type { ClaimAnswer } from '../model/restore-plan.js';
import type { ResourceType } from '../model/resource-type.js';

/** An owner as a file names it: without uid. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** A namespace or '' and what it holds. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/**
 * What is known about other objects, the cluster and the request when one object's step is decided. It is asked again and
 * again: while a run goes on, more owners are live than when it was planned.
 */
export interface ScopeFacts {
  /** The commit is of the cluster that is written. */
  readonly sameCluster: boolean;
  /** The whole cluster was asked for (`-A`), so cluster-bound objects are written when they differ. */
  readonly everything: boolean;
  /** Namespaces that were named literally: only then is kube-system's own content written. */
  readonly namedNamespaces: ReadonlySet<string>;
  /** Whether an autoscaler of the commit or of the cluster writes this object's replicas. */
  isScaled(group: string, kind: string, place: Place): boolean;
  /** The uid of a live owner; null: it is not live (yet). `namespace` is the dependant's. */
  liveUid(owner: OwnerReference, namespace: string): string | null;
  /** The step that will make the owner; null: it is not in scope. */
  ownerPath(owner: OwnerReference, namespace: string): string | null;
  /** The step that makes the type served; null: it is served already, or not in scope. */
  definitionPath(type: Pick<ResourceType, 'group' | 'resource'>): string | null;
  /** The step of the Namespace; null: not in scope. */
  namespacePath(namespace: string): string | null;
  /** Services that a webhook, a conversion or an APIService of the commit calls: their workloads come first. */
  isPlatformService(place: Place): boolean;
  /** Workloads whose pods such a Service selects. */
  isPlatformWorkload(path: string): boolean;
  /** What the snapshot port said of a claim; null: nothing (yet). */
  claim(path: string): ClaimAnswer | null;
}
