import { ClusterError } from '../../model/cluster-error.js';
import { metadataOf } from '../../model/canonical.js';
import type { Step } from '../../model/restore-plan.js';
import type { StepResult } from '../../model/restore-run.js';
import { readTypes } from '../../capture/meta-files.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import { readDesired, type DesiredObject } from '../desired.js';
import { ownerLinks } from '../owner-links.js';
import type { PlanContext } from '../plan/plan-deps.js';
import { learnClaim, learnOwners, readLive } from '../plan/look-up.js';
import { isConversionFailure } from '../write/answers.js';
import { liveEquals } from '../write/live-equals.js';
import type { WriteDeps, WriteRequest } from '../write/write-deps.js';
import { writeObject } from '../write/write-object.js';
import type { Gates } from './gates.js';
import type { Journal } from './journal.js';
import { failedResult, resultOf, unwritten, writtenResult } from './results.js';
import type { RunDeps } from './run-deps.js';
import type { Throttle } from './throttle.js';

const SUCCEEDED = new Set(['done', 'unchanged', 'left', 'diverged']);

/** Does single steps, and remembers how each ended. */
export class StepRunner {
  readonly results = new Map<string, StepResult>();
  /** Steps whose owner was not live yet: their references are set afterwards. */
  readonly unlinked = new Map<string, Step>();
  /** Steps whose object was as the commit says when it was written. */
  readonly equalled = new Set<string>();
  /** Steps whose object nobody converts yet. */
  readonly unconverted = new Set<string>();
  readonly #deps: RunDeps;
  readonly #context: PlanContext;
  readonly #gates: Gates;
  readonly #throttle: Throttle;
  readonly #journal: Journal;
  readonly #types: ReadonlyMap<string, ResourceType>;
  /** Namespaces that this run created: what is in them by now, their controllers made. */
  readonly #created = new Set<string>();

  constructor(deps: RunDeps, context: PlanContext, gates: Gates, throttle: Throttle, journal: Journal) {
    this.#deps = deps;
    this.#context = context;
    this.#gates = gates;
    this.#throttle = throttle;
    this.#journal = journal;
    this.#types = new Map([...readTypes(context.request.snapshot)].map(([name, { type }]) => [name, type]));
  }

  /**
   * Does one step; every answer is a result. Throws only ClusterErrors that do not concern the object (the server is away) and the
   * reason of `stop`, which ends waiting. `hard`: ends requests that were begun.
   */
  async run(step: Step, stop: AbortSignal, hard: AbortSignal): Promise<StepResult> {
    const result = unwritten(step) ?? (await this.#write(step, stop, hard));
    this.results.set(step.path, result);
    this.#journal.result(result);
    this.#deps.onEvent({ kind: 'result', result });
    return result;
  }

  async #write(step: Step, stop: AbortSignal, hard: AbortSignal): Promise<StepResult> {
    const { world } = this.#context;
    const waits = this.#blocker(step);
    if (waits !== null) return resultOf(step, 'pending', waits);
    const type = world.served(step.id) ?? this.#types.get(typeName(step.id));
    if (type === undefined || world.served(step.id) === null) return resultOf(step, 'pending', 'its type is not served');
    const desired = readDesired(this.#context.request.snapshot, step.path, step.oid, type);
    const missing = await this.#gates.before(desired, stop);
    if (missing !== null) return resultOf(step, 'pending', missing);
    const startedAt = this.#deps.clock.now();
    try {
      const written = await this.#place(step, desired, stop, hard);
      if (written.kind === 'done' || written.kind === 'unchanged') {
        const late = await this.#gates.after(desired, stop);
        if (late !== null) return { ...writtenResult(step, written, true, this.#deps.clock.now() - startedAt), result: 'pending', message: `written, but ${late}` };
      }
      const answered = written.written ?? written.object;
      const equal = answered !== null && liveEquals(desired, answered, this.#context.canonicaliser, world.facts);
      if (equal) this.equalled.add(step.path);
      return writtenResult(step, written, equal, this.#deps.clock.now() - startedAt);
    } catch (error) {
      stop.throwIfAborted();
      hard.throwIfAborted();
      if (error instanceof ClusterError && error.retry) throw error;
      return failedResult(step, error);
    }
  }

  async #place(step: Step, desired: DesiredObject, stop: AbortSignal, hard: AbortSignal): ReturnType<typeof writeObject> {
    const { world, request, canonicaliser } = this.#context;
    using _place = await this.#throttle.take(stop);
    await learnOwners(desired, this.#context, this.#deps.reader, hard);
    const live = step.live === null ? null : await readLive(this.#deps.reader, desired.type, desired.id, hard);
    await learnClaim(desired, live, this.#context, this.#deps, hard);
    const write: WriteRequest = { desired, live, dryRun: false, options: request.options, facts: world, limit: this.#limit(step) };
    const deps: WriteDeps = {
      reader: this.#deps.reader, writer: this.#deps.writer, canonicaliser, ruleFacts: world.facts, clock: this.#deps.clock, random: this.#deps.random,
      onIntent: (intent) => {
        this.#journal.intent(intent);
        this.#deps.onEvent({ kind: 'intent', path: intent.path, verb: intent.verb });
        return Promise.resolve();
      },
      onPressure: (busy) => { this.#throttle.heard(busy); },
    };
    const outcome = await writeObject(write, deps, hard);
    if (outcome.sort === 'webhook' && isConversionFailure(outcome.message ?? '')) this.unconverted.add(step.path);
    else this.unconverted.delete(step.path);
    this.#learn(step, desired, outcome.object === null ? undefined : metadataOf(outcome.object)['uid'], outcome.action);
    return outcome;
  }

  /** A controller may have made an object in a namespace that we created: that is ours to change, as nobody else was there. */
  #limit({ action, id }: Step): 'create' | 'update' | 'recreate' {
    if (action === 'recreate') return 'recreate';
    return action === 'create' && !this.#created.has(id.namespace) ? 'create' : 'update';
  }

  #learn(step: Step, desired: DesiredObject, uid: unknown, action: string | null): void {
    if (typeof uid === 'string') this.#context.world.learnOwner(step.path, uid);
    if (typeName(desired.type) === 'namespaces' && action === 'create') this.#created.add(desired.id.name);
    if (ownerLinks(desired, this.#context.world).pending.length > 0) this.unlinked.set(step.path, step);
    else this.unlinked.delete(step.path);
  }

  /** A namespace or a definition of this plan that is not there: nothing can be written before. */
  #blocker({ id }: Step): string | null {
    const { world } = this.#context;
    for (const path of [world.definitionPath(id), id.namespace === '' ? null : world.namespacePath(id.namespace)]) {
      const result = path === null ? undefined : this.results.get(path);
      if (path !== null && result !== undefined && !SUCCEEDED.has(result.result)) return `it waits for ${path}, which is ${result.result}`;
    }
    return null;
  }
}
