import { isObject, own, type Json, type JsonObject } from '../lib/json.js';
import { metadataOf, NO_FACTS, scaleKey, type Facts } from '../model/canonical.js';
import { typeName, type ResourceType } from '../model/resource-type.js';

/** The object that an autoscaler writes replicas into. */
export interface ScaleTarget {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** What one observation changed among the facts. */
export interface FactChange {
  /** Objects whose canonical form may differ now: they are read again. */
  readonly rescaled: readonly ScaleTarget[];
  /** A CRD or APIService came, changed or went: discovery may answer otherwise. */
  readonly types: boolean;
}

const AUTOSCALERS: ReadonlySet<string> = new Set(['horizontalpodautoscalers.autoscaling', 'scaledobjects.keda.sh']);
const CRDS = 'customresourcedefinitions.apiextensions.k8s.io';
const APISERVICES = 'apiservices.apiregistration.k8s.io';
const NOTHING: FactChange = { rescaled: [], types: false };

/**
 * The facts about other objects on which the mirror depends: who is autoscaled, which CRDs exist, which groups
 * another server answers, which namespaces there are. The types that carry them are listed before all others.
 */
export class ClusterFacts {
  /** Replaced, never changed, so that a reader may compare by identity. */
  current: Facts = NO_FACTS;
  readonly namespaces = new Set<string>();
  /** Namespaces that are being deleted: a commit made meanwhile is a bad restore point. */
  readonly terminating = new Set<string>();
  /** `plural.group` of every CRD seen. */
  readonly crds = new Set<string>();
  /** The same, and those that have gone since: their types are known to be custom. */
  readonly crdsEver = new Set<string>();
  /** True after a complete list of CRDs. */
  crdsComplete = false;
  /** Groups that an aggregated API server answers: another store, so other resourceVersions. */
  readonly aggregatedGroups = new Set<string>();
  readonly #scalers = new Map<string, ScaleTarget>();
  readonly #aggregators = new Map<string, string>();

  /** Whether objects of this type carry facts. */
  static carriedBy(type: ResourceType): boolean {
    const name = typeName(type);
    return ClusterFacts.scales(type) || name === CRDS || name === APISERVICES || name === 'namespaces';
  }

  /** Whether objects of this type say who is autoscaled, on which canonical forms depend. */
  static scales(type: ResourceType): boolean {
    return AUTOSCALERS.has(typeName(type));
  }

  observe(type: ResourceType, object: JsonObject, deleted: boolean): FactChange {
    const { name, namespace } = metadataOf(object);
    if (typeof name !== 'string') return NOTHING;
    switch (typeName(type)) {
      case 'namespaces':
        toggle(this.namespaces, name, !deleted);
        toggle(this.terminating, name, !deleted && metadataOf(object)['deletionTimestamp'] !== undefined);
        return NOTHING;
      case CRDS:
        toggle(this.crds, name, !deleted);
        this.crdsEver.add(name);
        return { rescaled: [], types: true };
      case APISERVICES:
        this.#aggregates(name, deleted ? undefined : own(object, 'spec'));
        return { rescaled: [], types: true };
      default:
        if (!AUTOSCALERS.has(typeName(type))) return NOTHING;
        return this.#scales(`${typeName(type)}/${text(namespace)}/${name}`, deleted ? null : scaleTarget(object, text(namespace)));
    }
  }

  /** A complete list of a type that carries facts: what it did not name is gone. `names` are `namespace/name`. */
  listed(type: ResourceType, names: ReadonlySet<string>): FactChange {
    const kind = typeName(type);
    if (kind === 'namespaces') for (const set of [this.namespaces, this.terminating]) keepOnly(set, (name) => names.has(`/${name}`));
    if (kind === APISERVICES) {
      for (const name of [...this.#aggregators.keys()]) if (!names.has(`/${name}`)) this.#aggregates(name, undefined);
    }
    if (kind === CRDS) {
      keepOnly(this.crds, (name) => names.has(`/${name}`));
      this.crdsComplete = true;
    }
    if (!AUTOSCALERS.has(kind)) return NOTHING;
    const gone = [...this.#scalers.keys()].filter((key) => key.startsWith(`${kind}/`) && !names.has(key.slice(kind.length + 1)));
    return { rescaled: gone.flatMap((key) => this.#scales(key, null).rescaled), types: false };
  }

  #aggregates(name: string, spec: Json | undefined): void {
    const group = isObject(spec) && isObject(spec['service']) ? spec['group'] : undefined;
    if (typeof group === 'string') this.#aggregators.set(name, group);
    else this.#aggregators.delete(name);
    this.aggregatedGroups.clear();
    for (const each of this.#aggregators.values()) this.aggregatedGroups.add(each);
  }

  #scales(scaler: string, target: ScaleTarget | null): FactChange {
    const before = this.#scalers.get(scaler);
    if (target === null) this.#scalers.delete(scaler);
    else this.#scalers.set(scaler, target);
    const old = this.current.scaled;
    const scaled = new Set([...this.#scalers.values()].map(keyOf));
    const rescaled = [before, target].filter((each): each is ScaleTarget => each !== null && each !== undefined)
      .filter((each) => old.has(keyOf(each)) !== scaled.has(keyOf(each)));
    if (rescaled.length > 0) this.current = { scaled };
    return { rescaled, types: false };
  }
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function keyOf(target: ScaleTarget): string {
  return scaleKey(target.group, target.kind, target.namespace, target.name);
}

/** `spec.scaleTargetRef` of an HPA or a KEDA ScaledObject (whose defaults are apps/v1 Deployment). */
function scaleTarget(object: JsonObject, namespace: string): ScaleTarget | null {
  const spec = own(object, 'spec');
  const ref = isObject(spec) ? spec['scaleTargetRef'] : undefined;
  if (!isObject(ref) || typeof ref['name'] !== 'string') return null;
  const apiVersion = typeof ref['apiVersion'] === 'string' ? ref['apiVersion'] : 'apps/v1';
  const kind = typeof ref['kind'] === 'string' ? ref['kind'] : 'Deployment';
  return { group: apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '', kind, namespace, name: ref['name'] };
}

function toggle(set: Set<string>, name: string, present: boolean): void {
  if (present) set.add(name);
  else set.delete(name);
}

function keepOnly(set: Set<string>, keep: (name: string) => boolean): void {
  for (const name of [...set]) if (!keep(name)) set.delete(name);
}
