import { clusterFile, META, readPolicy, readTypes, typesFile, type RecordedType } from '../capture/meta-files.js';
import { digestKeyId, isSecretType } from '../canon/secrets.js';
import { cutEscaped, escapeLine } from '../lib/escape.js';
import type { JsonObject } from '../lib/json.js';
import type { ClusterError } from '../model/cluster-error.js';
import { RepositoryError } from '../model/repository-error.js';
import type { RestorePlan, Step } from '../model/restore-plan.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { SideCommit, SideDraft } from '../model/side-commit.js';
import { identityOfPath, namespaceOfFolder, typeOfFolder } from '../model/tree-path.js';
import { nameOf } from './dangers.js';
import { filesInScope } from './plan/compare-scope.js';
import type { PlanContext, PlanDeps } from './plan/plan-deps.js';
import { readMany, type WantedObject } from './read-many.js';
import { RestoreError } from './restore-error.js';
import type { RunDeps } from './run/run-deps.js';

/** Objects that the commit's message names. */
const NAMED = 20;
const SUBJECT_LENGTH = 100;

/**
 * The saving of a run (RunDeps.save): what is live in scope, as one commit on `refs/kubetape/pre-restore/<run>`, in the canonical
 * form of the commit that is restored. Its tree holds the scope and nothing else, so that restoring it, whole or in part, brings
 * back what was live before and touches nothing that this run does not touch; what was absent is absent in it. Its parent is the
 * restored commit. A run that goes on keeps what it saved first. RestoreError NOT_SAVED when no repository takes it; ClusterError.
 */
export function savePreRestore(deps: PlanDeps): RunDeps['save'] {
  return async (plan, context, run, signal) => {
    const name = `pre-restore/${run}`;
    try {
      const there = deps.history.side(name);
      if (there !== null) return answered(there);
      return plan.steps.some(isWritten) ? answered(await new PreRestore(deps, plan, context).save(name, run, signal)) : null;
    } catch (error) {
      if (!(error instanceof RepositoryError)) throw error;
      throw new RestoreError('NOT_SAVED', `What is live could not be saved, so nothing was restored: ${error.message}`, { cause: error, hint: error.hint });
    }
  };
}

function answered({ ref, commit, location }: SideCommit): { readonly ref: string; readonly commit: string; readonly location?: string } {
  return { ref, commit: commit.oid, ...(location === null ? {} : { location }) };
}

class PreRestore {
  readonly #deps: PlanDeps;
  readonly #plan: RestorePlan;
  readonly #context: PlanContext;
  readonly #steps: ReadonlyMap<string, Step>;
  readonly #rulesHash: string;
  /** Digests under a key of its own would look like other values: without the commit's key such Secrets are left out. */
  readonly #canDigest: boolean;
  readonly #lines: string[] = [];
  readonly #counts = { changed: 0, absent: 0, extra: 0 };

  constructor(deps: PlanDeps, plan: RestorePlan, context: PlanContext) {
    this.#deps = deps;
    this.#plan = plan;
    this.#context = context;
    this.#steps = new Map(plan.steps.map((step) => [step.path, step]));
    const policy = readPolicy(context.request.snapshot);
    this.#rulesHash = policy?.rulesHash ?? '';
    this.#canDigest = policy?.secrets !== 'digest' || (deps.digestKey !== null && policy.digestKeyId === digestKeyId(deps.digestKey));
  }

  async save(name: string, run: string, signal: AbortSignal): Promise<SideCommit> {
    const { snapshot } = this.#context.request;
    const draft = this.#deps.history.beginSide({ name, base: this.#isWhole ? snapshot.commit : null, parents: [snapshot.commit] });
    try {
      if (!this.#isWhole) this.#keepScope(draft);
      const { wanted, absent } = this.#wanted();
      for (const path of absent) draft.remove(path);
      await readMany(this.#deps, wanted, {
        found: (each, object) => { this.#found(draft, each, object); },
        unreadable: (each, error) => { this.#unreadable(draft, each, error); },
      }, signal);
      this.#meta(draft, wanted);
      return draft.commit(this.#message(run));
    } catch (error) {
      draft.discard();
      throw error;
    }
  }

  get #isWhole(): boolean {
    return this.#context.request.selection.isEverything;
  }

  /** What the plan does not name is live as the commit has it. */
  #keepScope(draft: SideDraft): void {
    const { request } = this.#context;
    const { snapshot } = request;
    for (const { path, oid } of snapshot.files('.kubetape')) draft.keep(path, oid);
    const attributes = snapshot.oidAt(META.attributes);
    if (attributes !== null) draft.keep(META.attributes, attributes);
    for (const { path, oid } of filesInScope(request)) draft.keep(path, oid);
  }

  #wanted(): { readonly wanted: WantedObject[]; readonly absent: string[] } {
    const { world } = this.#context;
    const wanted: WantedObject[] = [];
    const absent: string[] = [];
    for (const { path, id } of this.#plan.steps) {
      const type = world.served(id);
      if (type === null) absent.push(path);
      else wanted.push({ path, type, namespace: id.namespace, name: id.name });
    }
    for (const path of this.#plan.extra) {
      const each = this.#extra(path);
      if (each !== null) wanted.push(each);
    }
    return { wanted, absent };
  }

  /** A live object that the commit does not have; its identity is known from its path, or, where that was cut, its type. */
  #extra(path: string): WantedObject | null {
    const parts = path.split('/');
    const isCluster = parts[0] === 'cluster';
    const id = identityOfPath(path);
    const type = typeOfFolder(parts[isCluster ? 1 : 2] ?? '');
    const namespace = isCluster ? '' : namespaceOfFolder(parts[1] ?? '');
    const served = type === null ? null : this.#context.world.served(type);
    return served === null || namespace === null ? null : { path, type: served, namespace, name: id?.name ?? null };
  }

  #found(draft: SideDraft, { path, type }: WantedObject, object: JsonObject | null): void {
    const step = this.#steps.get(path);
    const text = object === null ? null : this.#canonical(object, type);
    if (text === null) draft.remove(path);
    else draft.put(path, Buffer.from(text, 'utf8'));
    if (step === undefined) this.#counts.extra++;
    else if (isWritten(step)) {
      this.#counts[text === null ? 'absent' : 'changed']++;
      if (this.#lines.length < NAMED) this.#lines.push(`- ${nameOf(step)}${text === null ? ' (absent)' : ''}`);
    }
  }

  /** Null: rules leave the object out, or its digests cannot be made. */
  #canonical(object: JsonObject, type: ResourceType): string | null {
    const { canonicaliser, world } = this.#context;
    if (isSecretType(type) && !this.#canDigest) return null;
    const canonical = canonicaliser.canonicalise(object, type, world.facts);
    return canonical.kind === 'file' ? canonical.text : null;
  }

  #unreadable(draft: SideDraft, { path }: WantedObject, error: ClusterError): void {
    const step = this.#steps.get(path);
    if (step !== undefined && isWritten(step)) throw error;
    draft.remove(path);
  }

  /** The cluster that it is of, and types that are new since the commit. */
  #meta(draft: SideDraft, wanted: readonly WantedObject[]): void {
    const { cluster } = this.#plan;
    const types = new Map<string, RecordedType>(readTypes(this.#context.request.snapshot));
    for (const { type } of wanted) if (!types.has(typeName(type))) types.set(typeName(type), { type, custom: type.group.includes('.') && !type.group.endsWith('.k8s.io') });
    draft.put(META.cluster, Buffer.from(clusterFile({ identity: { text: cluster.identity }, server: cluster.server })));
    draft.put(META.types, Buffer.from(typesFile(new Map([...types].sort(([a], [b]) => (a < b ? -1 : 1))))));
  }

  #message(run: string): string {
    const { changed, absent, extra } = this.#counts;
    const { commit, cluster } = this.#plan;
    const written = changed + absent;
    const more = written > NAMED ? [`- and ${written - NAMED} more`] : [];
    return [
      cutEscaped(`State before restore ${escapeLine(run, 60)} of ${written} ${written === 1 ? 'object' : 'objects'}`, SUBJECT_LENGTH),
      '',
      `Before ${commit.oid.slice(0, 12)} was restored (${escapeLine(commit.subject, 80)}).`,
      `\`kubetape restore pre-restore/${escapeLine(run, 60)}\` with the same scope brings it back;`,
      'what the restore created stays, because a restore does not delete.',
      ...(extra === 0 ? [] : [`${extra} live ${extra === 1 ? 'object' : 'objects'} that the commit does not have ${extra === 1 ? 'is' : 'are'} in it, too.`]),
      '',
      ...this.#lines.sort(),
      ...more,
      '',
      'Kubetape-Event: pre-restore',
      `Kubetape-Cluster: ${escapeLine(cluster.identity, 200)}`,
      `Kubetape-Rules: ${escapeLine(this.#rulesHash, 40)}`,
      `Kubetape-Version: ${escapeLine(this.#deps.version, 60)}`,
      `Kubetape-Run: ${escapeLine(run, 60)}`,
      '',
    ].join('\n');
  }
}

function isWritten({ action }: Step): boolean {
  return action === 'create' || action === 'update' || action === 'recreate';
}
