import { readTypes } from '../../capture/meta-files.js';
import { isObject, own, type JsonObject } from '../../lib/json.js';
import { typeName, type ResourceType } from '../../model/resource-type.js';
import type { DesiredObject } from '../desired.js';
import { deadIn } from '../plan/dead-webhooks.js';
import type { PlanContext } from '../plan/plan-deps.js';
import { calledServices } from '../plan/platform.js';
import { PatientReader } from '../patient-reader.js';
import { isTerminating, namespaceWaitsFor } from '../terminating.js';
import { releaseVolume } from './release-volume.js';
import type { RunDeps } from './run-deps.js';
import { hasConditions, hasPhase, waitFor, type Condition } from './wait-for.js';

const SERVICE_ACCOUNTS: ResourceType = { group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true, watchable: true };
const HOLDING: ReadonlySet<string> = new Set([
  'customresourcedefinitions.apiextensions.k8s.io',
  'namespaces',
  'apiservices.apiregistration.k8s.io',
  'persistentvolumeclaims',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
]);
/** How often discovery is asked whether a new definition is served. */
const DISCOVERY_MS = 100;

type GateDeps = Pick<RunDeps, 'reader' | 'writer' | 'clock' | 'random' | 'onEvent'>;

/** What must hold after an object was written before what depends on it may begin (restore.md §6.14). */
export class Gates {
  readonly #deps: GateDeps;
  readonly #context: PlanContext;
  readonly #waitMs: number;
  /** What was waited for in vain: a second pass only looks. */
  readonly #late = new Set<string>();
  #asking: Promise<void> | null = null;

  constructor(deps: GateDeps, context: PlanContext, waitMs: number) {
    this.#deps = deps;
    this.#context = context;
    this.#waitMs = waitMs;
  }

  /** Whether an object of this type may have to wait before or after it is written. */
  static mayHold(type: Pick<ResourceType, 'group' | 'resource'>): boolean {
    return HOLDING.has(typeName(type));
  }

  /** Null: nothing to wait for, or it came. Else what is still missing. */
  async after(desired: DesiredObject, signal: AbortSignal): Promise<string | null> {
    switch (typeName(desired.type)) {
      case 'customresourcedefinitions.apiextensions.k8s.io':
        return (await this.#wait(desired, hasConditions('Established', 'NamesAccepted'), signal)) ?? this.#served(servedNames(desired.body), signal);
      case 'namespaces':
        return (await this.#wait(desired, hasPhase('Active'), signal)) ?? this.#defaultAccount(desired.id.name, signal);
      case 'apiservices.apiregistration.k8s.io': {
        const missing = await this.#wait(desired, hasConditions('Available'), signal);
        if (missing === null) await this.#discover(signal);
        return missing;
      }
      case 'persistentvolumeclaims':
        return this.#context.world.claim(desired.path)?.data === 'keep live data' ? this.#wait(desired, hasPhase('Bound'), signal) : null;
      default:
        return null;
    }
  }

  /** Why an object should not be written yet: null, nothing speaks against it. */
  async before(desired: DesiredObject, signal: AbortSignal): Promise<string | null> {
    const { world } = this.#context;
    switch (typeName(desired.type)) {
      case 'namespaces':
        return this.#wait(desired, (live) => (live === null || !isTerminating(live) ? null : namespaceWaitsFor(live)), signal);
      case 'persistentvolumeclaims':
        return world.claim(desired.path)?.data === 'keep live data' ? releaseVolume(desired, world.served({ group: '', resource: 'persistentvolumes' }), this.#deps, signal) : null;
      case 'mutatingwebhookconfigurations.admissionregistration.k8s.io':
      case 'validatingwebhookconfigurations.admissionregistration.k8s.io':
        return this.#backend(desired, signal);
      default:
        return null;
    }
  }

  /** A webhook whose backend has no ready endpoint would refuse everything from then on. */
  async #backend(desired: DesiredObject, signal: AbortSignal): Promise<string | null> {
    if (calledServices(desired).length === 0) return null;
    const { clock } = this.#deps;
    const reader = PatientReader.over(this.#deps);
    const waitMs = this.#patience(desired);
    const deadline = clock.now() + waitMs;
    for (let n = 0; ; n++) {
      const [first] = await deadIn(desired.body, reader, this.#context.world.servedTypes(), signal);
      if (first === undefined) return null;
      const reason = `its backend ${first.service} ${first.fault}`;
      if (n === 0) this.#say(desired, reason);
      if (clock.now() >= deadline) return this.#inVain(desired, reason);
      await clock.sleep(Math.min(1000, waitMs), signal);
    }
  }

  async #wait(desired: DesiredObject, condition: Condition, signal: AbortSignal): Promise<string | null> {
    const { type, id } = desired;
    const missing = await waitFor(this.#deps, type, id, condition, this.#patience(desired), signal, (reason) => { this.#say(desired, reason); });
    return missing === null ? null : this.#inVain(desired, missing);
  }

  #patience({ path }: DesiredObject): number {
    return this.#late.has(path) ? 0 : this.#waitMs;
  }

  #inVain({ path }: DesiredObject, missing: string): string {
    this.#late.add(path);
    return missing;
  }

  #say({ path }: DesiredObject, reason: string): void {
    if (!this.#late.has(path)) this.#deps.onEvent({ kind: 'waiting', path, reason });
  }

  /** Pods are refused in a namespace without it; its controller makes it. Where nobody makes it (no controller), nothing waits for long. */
  #defaultAccount(namespace: string, signal: AbortSignal): Promise<string | null> {
    const there: Condition = (object) => (object === null ? 'its default ServiceAccount is not there' : null);
    return waitFor(this.#deps, SERVICE_ACCOUNTS, { namespace, name: 'default' }, there, Math.min(this.#waitMs, 10_000), signal).then(() => null);
  }

  async #served(names: readonly string[], signal: AbortSignal): Promise<string | null> {
    const { clock } = this.#deps;
    const deadline = clock.now() + this.#waitMs;
    for (;;) {
      await this.#discover(signal);
      const missing = names.filter((name) => !this.#context.world.servedTypes().has(name));
      if (missing.length === 0) return null;
      if (clock.now() >= deadline) return `${missing.join(', ')} is not served`;
      await clock.sleep(DISCOVERY_MS, signal);
    }
  }

  /** One question at a time, for however many definitions wait. */
  async #discover(signal: AbortSignal): Promise<void> {
    if (this.#asking !== null) return this.#asking;
    const { world, request } = this.#context;
    const pinned = new Map([...readTypes(request.snapshot)].map(([name, { type }]) => [name, type.version]));
    this.#asking = this.#deps.reader.discover(pinned, signal).then(
      ({ types }) => { world.learnServed(new Map(types.map((type) => [typeName(type), type]))); },
    );
    try {
      await this.#asking;
    } finally {
      this.#asking = null;
    }
  }
}

/** The type of a definition, where it is to be served at all. */
function servedNames(definition: JsonObject): string[] {
  const spec = own(definition, 'spec');
  if (!isObject(spec)) return [];
  const { group, names, versions } = spec;
  const plural = isObject(names) ? names['plural'] : undefined;
  const isServed = Array.isArray(versions) && versions.some((version) => isObject(version) && version['served'] === true);
  return typeof group === 'string' && typeof plural === 'string' && isServed ? [`${plural}.${group}`] : [];
}
