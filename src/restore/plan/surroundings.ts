import { readYaml, splitComments } from '../../canon/reader.js';
import { own, type JsonObject } from '../../lib/json.js';
import { metadataOf } from '../../model/canonical.js';
import type { Action, Danger } from '../../model/restore-plan.js';
import { treePath } from '../../model/tree-path.js';
import { nameOf } from '../dangers.js';
import type { DesiredObject } from '../desired.js';
import { PatientReader } from '../patient-reader.js';
import { deadIn, deadWebhooks, ownWebhookDanger, webhookDanger, type DeadWebhook } from './dead-webhooks.js';
import { MissingReferences } from './missing-references.js';
import type { PlanContext, PlanDeps } from './plan-deps.js';
import { calledServices } from './platform.js';
import { isAsked, labelsOf } from './webhook-scope.js';
import type { World } from './world.js';

/** One step, as far as it is decided. */
export interface PlannedWrite {
  readonly desired: DesiredObject;
  readonly live: JsonObject | null;
  readonly action: Action;
  /** A dry run passed: every webhook that is asked let it through. */
  readonly tried: boolean;
}

/** What stands around the objects of a plan and can get into their way: webhooks that nobody answers, classes that are not there. */
export class Surroundings {
  readonly dead: readonly DeadWebhook[];
  readonly #reader: PatientReader;
  readonly #world: World;
  readonly #labels: ReadonlyMap<string, JsonObject>;
  readonly #references: MissingReferences;

  /** Looks at the live webhooks, and at namespaces only when one of them is dead. */
  static async look(context: PlanContext, deps: PlanDeps, signal: AbortSignal): Promise<Surroundings> {
    const reader = PatientReader.over(deps);
    const served = context.world.servedTypes();
    const dead = await deadWebhooks(reader, served, signal);
    const labels = new Map<string, JsonObject>();
    const namespaces = served.get('namespaces');
    if (dead.length > 0 && namespaces !== undefined) {
      const { snapshot } = context.request;
      for (const { oid } of snapshot.files('cluster/namespaces')) learn(labels, readYaml(splitComments(snapshot.read(oid).toString('utf8')).body));
      const live = await reader.objects(namespaces, undefined, signal);
      for (const each of live ?? []) if (!context.world.hasStep(pathOf(each))) learn(labels, each);
    }
    return new Surroundings(reader, context.world, dead, labels);
  }

  constructor(reader: PatientReader, world: World, dead: readonly DeadWebhook[], labels: ReadonlyMap<string, JsonObject>) {
    this.#reader = reader;
    this.#world = world;
    this.dead = dead;
    this.#labels = labels;
    this.#references = new MissingReferences(reader, world);
  }

  /** The dangers of writing an object that do not come from the object alone. */
  async dangersOf({ desired, live, action, tried }: PlannedWrite, signal: AbortSignal): Promise<Danger[]> {
    if (action !== 'create' && action !== 'update' && action !== 'recreate') return [];
    const write = { type: desired.type, verb: action === 'update' ? 'UPDATE' : 'CREATE', desired: desired.body, live, namespaceLabels: this.#labels.get(desired.id.namespace) ?? null } as const;
    const asked = tried ? [] : this.dead.filter((webhook) => isAsked(webhook, write));
    return [...asked.map((webhook) => webhookDanger(webhook, nameOf(desired))), ...(await this.#ownDangers(desired, signal)), ...(await this.#references.dangersOf(desired, signal))];
  }

  /** A webhook configuration that waits for a backend which neither is there nor comes with this plan. */
  async #ownDangers(desired: DesiredObject, signal: AbortSignal): Promise<Danger[]> {
    const called = desired.type.resource.endsWith('webhookconfigurations') ? calledServices(desired) : [];
    if (called.length === 0 || called.some((place) => this.#world.restoresBackend(place))) return [];
    return (await deadIn(desired.body, this.#reader, this.#world.servedTypes(), signal)).map((webhook) => ownWebhookDanger(webhook, nameOf(desired)));
  }
}

/** The label that every namespace has is in no file. */
function learn(labels: Map<string, JsonObject>, namespace: JsonObject): void {
  const name = own(metadataOf(namespace), 'name');
  if (typeof name === 'string') labels.set(name, { ...labelsOf(namespace), 'kubernetes.io/metadata.name': name });
}

function pathOf(namespace: JsonObject): string {
  const name = own(metadataOf(namespace), 'name');
  return treePath({ group: '', resource: 'namespaces', namespace: '', name: typeof name === 'string' ? name : '' });
}
