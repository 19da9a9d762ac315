import type { Site } from '../canon/rules/sites.js';
import { copyJson, isObject, own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import { apiVersionOf, typeName } from '../model/resource-type.js';
import { carry } from './carry.js';
import { keepStoredVersions } from './crd-versions.js';
import { notesOf, setMetadata, type Prepared } from './create-body.js';
import type { DesiredObject } from './desired.js';
import { valueAt } from './field-place.js';
import { ownerLinks } from './owner-links.js';
import type { ScopeFacts } from './scope-facts.js';
import { carryService } from './service-carry.js';

/**
 * The body of a PUT: what the file says, and from the live object everything that rules remove from it, so that the server
 * keeps what the repository does not know (restore.md §6.3, §6.5). `removed`: the places that rules remove from `live`
 * (Canonicaliser.removedPlaces).
 */
export function updateBody(desired: DesiredObject, live: JsonObject, removed: readonly Site[], facts: ScopeFacts): Prepared {
  const body = copyJson(desired.body);
  const notes: string[] = [];
  setOwn(body, 'apiVersion', apiVersionOf(desired.type));
  setOwn(body, 'kind', desired.kind);
  const name = typeName(desired.type);
  if (name === 'pods') keepSpec(body, live, (spec) => podSpec(spec, own(desired.body, 'spec')));
  if (name === 'persistentvolumeclaims') keepSpec(body, live, (spec) => claimSpec(spec, own(desired.body, 'spec')));
  if (name === 'persistentvolumes') keepClaim(body, live);
  carry(body, removed.filter((site) => isCarried(name, site)));
  if (name === 'services') carryService(body, live);
  if (name === 'customresourcedefinitions.apiextensions.k8s.io') notes.push(...keepStoredVersions(body, live));
  const owners = ownerLinks(desired, facts);
  linkOwners(body, live, owners.resolved);
  return { body, allocated: [], owners, notes: [...notes, ...notesOf(owners)] };
}

/** Owner references are linked anew; ports of a Service have rules of their own. */
function isCarried(type: string, { keys }: Site): boolean {
  if (keys[0] === 'metadata' && keys[1] === 'ownerReferences') return false;
  return !(type === 'services' && keys[0] === 'spec');
}

/** Every field of a spec that may not change is the live one's. */
function keepSpec(body: JsonObject, live: JsonObject, change: (spec: JsonObject) => void): void {
  const spec = own(live, 'spec');
  if (!isObject(spec)) return;
  const kept = copyJson(spec);
  change(kept);
  setOwn(body, 'spec', kept);
}

/** Of a Pod only images, activeDeadlineSeconds and additional tolerations can be changed. */
function podSpec(spec: JsonObject, desired: Json | undefined): void {
  if (!isObject(desired)) return;
  for (const list of ['containers', 'initContainers']) {
    for (const container of listAt(spec, list)) {
      const wanted = listAt(desired, list).find((other) => isObject(other) && isObject(container) && own(other, 'name') === own(container, 'name'));
      const image = isObject(wanted) ? own(wanted, 'image') : undefined;
      if (image !== undefined && isObject(container)) setOwn(container, 'image', image);
    }
  }
  const deadline = own(desired, 'activeDeadlineSeconds');
  if (deadline !== undefined) setOwn(spec, 'activeDeadlineSeconds', deadline);
}

/** Of a claim only the size can be changed, and only to a larger one: the server says when it is not. */
function claimSpec(spec: JsonObject, desired: Json | undefined): void {
  const resources = isObject(desired) ? own(desired, 'resources') : undefined;
  if (resources !== undefined) setOwn(spec, 'resources', copyJson(resources));
}

/** Whom a volume belongs to is not taken back: it may have been given to another claim since. */
function keepClaim(body: JsonObject, live: JsonObject): void {
  const spec = own(body, 'spec');
  const claim = valueAt(live, ['spec', 'claimRef']);
  if (isObject(spec) && claim !== undefined) setOwn(spec, 'claimRef', copyJson(claim));
}

function linkOwners(body: JsonObject, live: JsonObject, resolved: readonly JsonObject[]): void {
  const before = own(metadataOf(live), 'ownerReferences');
  if (resolved.length > 0) setMetadata(body, 'ownerReferences', resolved.map((owner) => copyJson(owner)));
  else if (Array.isArray(before)) setMetadata(body, 'ownerReferences', []);
}

function listAt(object: JsonObject, key: string): Json[] {
  const value = own(object, key);
  return Array.isArray(value) ? value : [];
}
