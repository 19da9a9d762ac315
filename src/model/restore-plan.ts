import type { Difference } from './comparison.js';
import type { ObjectId } from './object-id.js';

/** What sort of object it is for a restore (restore.md §6.2, decisions.md §4); decided before any order. */
export type ObjectClass =
  | 'durable' // written
  | 'derived' // a controller rebuilds it: verified through its owner, or restored after it
  | 'node-bound' // never written
  | 'cluster-bound' // written only when it differs and the whole cluster was asked for
  | 'data-bound' // claims and volumes: the snapshot port says what becomes of them
  | 'finished' // work that is over: left out
  | 'control'; // kubetape's own

/**
 * Steps of the partial order, first to last (restore.md §6.4). Inside a wave everything runs at once; a step may also name
 * other steps that it waits for.
 */
export const WAVES = [
  'definitions', 'namespaces', 'classes', 'identity', 'guard rails', 'configuration', 'storage', 'services', 'platform',
  'api services', 'workloads', 'custom resources', 'edges', 'admission',
] as const;
export type Wave = (typeof WAVES)[number];

/**
 * `create`, `update`, `recreate` write; the others do not. `unchanged`: live equals desired. `leave`: it is there, and the options
 * say that it stays as it is. `skip`: class, filter or option. `blocked`: cannot be done now, with what blocks it.
 * `incompatible`: its type is not served in any version.
 */
export type Action = 'create' | 'update' | 'recreate' | 'unchanged' | 'leave' | 'skip' | 'blocked' | 'incompatible';

/** From harmless to dangerous: a stale step that moved up is skipped, not done. */
export const ACTION_DANGER: Readonly<Record<Action, number>> = {
  unchanged: 0, leave: 0, skip: 0, blocked: 0, incompatible: 0, create: 1, update: 2, recreate: 3,
};

export type DangerKind =
  | 'recreate' // an object will be deleted and created
  | 'restart' // pods will restart
  | 'data' // a claim, a volume, or a StatefulSet's claims
  | 'not served' // the API version of the commit
  | 'webhook' // failurePolicy Fail, and nobody answers
  | 'missing' // namespace, class, definition that neither the cluster nor the scope has
  | 'secret' // the repository holds only digests
  | 'gitops' // a tool manages the object and will take it back
  | 'orphan'; // an owner is neither live nor in scope

export interface Danger {
  readonly kind: DangerKind;
  /** One sentence for people, escaped. */
  readonly words: string;
  /** What was seen: a field, a webhook's name, a label. */
  readonly evidence: string;
}

/** What a dry run of the same verb said; `unverified` when the server cannot say it yet. */
export type DryRun =
  | { readonly result: 'passed'; readonly warnings: readonly string[] }
  | { readonly result: 'unverified'; readonly reason: string }
  | { readonly result: 'refused'; readonly status: number; readonly message: string };

/** What becomes of one claim's data (restore.md §6.19). */
export interface ClaimAnswer {
  readonly data: 'keep live data' | 'empty' | 'from snapshot';
  readonly reason: string;
}

/** What is to be done with one object. */
export interface Step {
  readonly id: ObjectId;
  readonly kind: string;
  /** The version that is written: the commit's, or one that is served instead. */
  readonly apiVersion: string;
  /** Its path in the tree; names the step. */
  readonly path: string;
  /** Blob of the desired state. */
  readonly oid: string;
  readonly class: ObjectClass;
  readonly wave: Wave;
  readonly action: Action;
  readonly reason: string | null;
  /** The live object that the plan saw; null: it was absent. */
  readonly live: { readonly uid: string; readonly resourceVersion: string } | null;
  /** Fields that will change, from live to desired; a Secret's values redacted. */
  readonly fields: readonly Difference[];
  /** Fields of `fields` that were proven immutable, and what happens to them under the options. */
  readonly immutable: readonly string[];
  /** null: nothing is written. */
  readonly dryRun: DryRun | null;
  readonly dangers: readonly Danger[];
  /** Paths of steps (owners, definitions, backends) that must be done before this one. */
  readonly dependsOn: readonly string[];
  readonly claim?: ClaimAnswer;
}

export interface RestoreScope {
  /** Whole cluster (`-A` without types). */
  readonly everything: boolean;
  readonly namespaces: readonly string[];
  readonly objects: readonly string[];
  readonly selector: string | null;
  /** As on the command line. */
  readonly exclude: readonly string[];
}

export interface RestoreOptions {
  /** Undelete: what exists is never touched. */
  readonly onlyMissing: boolean;
  readonly onExisting: 'update' | 'skip' | 'fail';
  readonly onImmutable: 'keep' | 'skip' | 'recreate';
  readonly strategy: 'exact' | 'merge';
  readonly toOtherCluster: boolean;
}

/** The whole plan; bound to what it saw. Written as plan.json (docs/schema/plan.v1.json). */
export interface RestorePlan {
  readonly schema: 'kubetape.io/plan/v1';
  /** ISO 8601. */
  readonly createdAt: string;
  readonly kubetape: string;
  readonly repository: string;
  /** What is put back. */
  readonly commit: { readonly oid: string; readonly tree: string; readonly subject: string; readonly committedAt: string };
  /** Identity and version of the cluster that was seen, and of the one that the commit is of. */
  readonly cluster: { readonly name: string; readonly identity: string; readonly server: string; readonly recorded: string };
  readonly scope: RestoreScope;
  readonly options: RestoreOptions;
  /** Every object in scope that is not equal already, in the order of waves, then paths. */
  readonly steps: readonly Step[];
  /** Objects in scope that are live as the commit has them: no request is made for them. */
  readonly unchanged: number;
  /** Live objects in scope that the commit does not have: they stay, a restore does not delete. */
  readonly extra: readonly string[];
  /** Types or namespaces that could not be looked at. */
  readonly uncovered: readonly { readonly type: string; readonly namespace: string | null; readonly reason: string }[];
  readonly warnings: readonly string[];
}
