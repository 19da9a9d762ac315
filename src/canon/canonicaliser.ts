import { createHash } from 'node:crypto';
import { own, setOwn, type Json, type JsonObject } from '../lib/json.js';
import { metadataOf, NO_FACTS, type Canonical, type Facts } from '../model/canonical.js';
import { ClusterError } from '../model/cluster-error.js';
import type { Filter } from '../model/filter.js';
import type { ObjectId } from '../model/object-id.js';
import { apiVersionOf, typeName, type ResourceType } from '../model/resource-type.js';
import type { SecretsMode } from '../model/settings.js';
import { treePath } from '../model/tree-path.js';
import { applierOf, applyEntries } from './applier.js';
import { allocatedToComment, applierToComment, commentBlock, commentsToOwners, digestToComment, finishedToComment, ownersToComments } from './comments.js';
import { emit, EMITTER_VERSION } from './emitter.js';
import { Explanation, type Removed } from './explanation.js';
import { ObjectFilter } from './filter.js';
import { readYaml, splitComments } from './reader.js';
import { finishedOf } from './finished.js';
import { applyRules, findRemovals, skippedBy } from './rules/apply-rules.js';
import { RulesError } from './rules/rules-error.js';
import { RuleSet } from './rules/rule-set.js';
import type { Site } from './rules/sites.js';
import { Subject } from './rules/subject.js';
import { digestSecret, isSecretType, SECRETS_DIGEST, SECRETS_SKIP, secretPlaces } from './secrets.js';
import { assertReadsBack } from './self-check.js';

/** Everything that decides the canonical form besides the object and the facts; can be posted to a worker. */
export interface CanonicalPolicy {
  /** In order; later ones win. */
  readonly packs: readonly { readonly name: string; readonly text: string }[];
  readonly filter: Filter;
  readonly secrets: SecretsMode;
  /** The key of the Secret digests; needed in mode `digest`. */
  readonly digestKey: Uint8Array | null;
}

/** Every n-th document is read back and compared. */
const CHECK_EVERY = 64;

/** Makes the canonical text of objects: a function of the object, the policy and the declared facts, of nothing else. */
export class Canonicaliser {
  /** 16 hexadecimal digits over pack texts, filter, mode of Secrets and emitter version: the form changes with them only. */
  readonly rulesHash: string;
  readonly #rules: RuleSet;
  readonly #filter: ObjectFilter;
  readonly #secrets: SecretsMode;
  readonly #digestKey: Uint8Array;
  readonly #checkEvery: number;
  #written = 0;

  /** RulesError with every mistake of packs and filter. */
  constructor(policy: CanonicalPolicy, options: { readonly checkEvery?: number } = {}) {
    this.#rules = new RuleSet(policy.packs);
    this.#filter = new ObjectFilter(policy.filter);
    this.#secrets = policy.secrets;
    if (policy.secrets === 'digest' && policy.digestKey === null) throw new RulesError([{ place: 'secrets', message: 'digests of Secrets need a key' }]);
    this.#digestKey = policy.digestKey ?? new Uint8Array();
    this.#checkEvery = options.checkEvery ?? CHECK_EVERY;
    const parts = [policy.packs.map(({ text }) => text), policy.filter, policy.secrets, EMITTER_VERSION];
    this.rulesHash = createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16);
  }

  /**
   * The canonical file of an object as the server sent it, or the rule that skips it. The object is consumed: what rules
   * remove is removed from it. Throws ClusterError MALFORMED for what is no object of the type.
   */
  canonicalise(object: JsonObject, type: ResourceType, facts: Facts): Canonical {
    const subject = subjectOf(object, type, facts);
    const id = idOf(subject);
    const skip = this.#skips(subject);
    if (skip !== null) return { kind: 'skip', id, path: treePath(id), rule: skip };
    if (!Object.hasOwn(object, 'apiVersion')) object['apiVersion'] = apiVersionOf(type);
    if (!Object.hasOwn(object, 'kind')) object['kind'] = type.kind;
    return this.#file(subject, id, []);
  }

  /**
   * What the rules make of a file of the tree, from the file alone: values that are not in it do not come back, and rules
   * that ask for owners of fields or for other objects change nothing, because a file does not tell. Comment lines stay.
   */
  recanonicalise(text: string, type: Pick<ResourceType, 'group' | 'resource'>): Canonical {
    const { comments, body } = splitComments(text);
    const object = readYaml(body);
    const subject = subjectOf(object, typeOfFile(object, type), NO_FACTS);
    const owners = commentsToOwners(comments);
    // So that rules can ask who owns the object; it becomes comment lines again.
    if (owners.length > 0 && !Object.hasOwn(subject.metadata, 'ownerReferences')) setOwn(subject.metadata, 'ownerReferences', owners);
    const id = idOf(subject);
    const skip = this.#skips(subject);
    return skip === null ? this.#file(subject, id, comments) : { kind: 'skip', id, path: treePath(id), rule: skip };
  }

  /** Whose file this is, read from its text; ClusterError MALFORMED when it names no object. */
  identityOf(text: string, type: Pick<ResourceType, 'group' | 'resource'>): ObjectId {
    const object = readYaml(splitComments(text).body);
    return idOf(subjectOf(object, typeOfFile(object, type), NO_FACTS));
  }

  /** The rule that skips every object of the type, so that it need not be listed; null when objects have to be looked at. */
  typeSkip(type: ResourceType): string | null {
    const byFilter = this.#filter.typeRejection(type);
    if (byFilter !== null) return byFilter;
    if (this.#secrets === 'skip' && isSecretType(type)) return SECRETS_SKIP;
    return this.#rules.planFor(type).skips.find(({ test }) => test === null)?.rule.id ?? null;
  }

  /** The rules that may skip objects of the type, sorted: a function of type and policy alone. */
  skipRules(type: ResourceType): readonly string[] {
    const secrets = this.#secrets === 'skip' && isSecretType(type) ? [SECRETS_SKIP] : [];
    return [...this.#filter.rulesFor(type), ...secrets, ...this.#rules.planFor(type).skips.map(({ rule }) => rule.id)].sort();
  }

  /** Every leaf that the canonical form leaves out, with the rule that does it; the object stays as it is. */
  explain(object: JsonObject, type: ResourceType, facts: Facts): { readonly removed: readonly Removed[]; readonly skip?: string } {
    const subject = subjectOf(object, type, facts);
    const skip = this.#skips(subject);
    const explanation = new Explanation();
    if (skip !== null) return { removed: explanation.removed(), skip };
    for (const { rule, site } of findRemovals(this.#rules.planFor(subject.type).rules, subject)) {
      explanation.add(site, rule.id, rule.class);
    }
    if (this.#digests(subject)) for (const keys of secretPlaces(object)) explanation.addKeys(object, keys, SECRETS_DIGEST, 'credential');
    return { removed: explanation.removed() };
  }

  /** Every place of the object, as the server sent it, that rules remove: what a PUT has to carry over. */
  removedPlaces(object: JsonObject, type: ResourceType, facts: Facts): readonly Site[] {
    const subject = subjectOf(object, type, facts);
    return [...findRemovals(this.#rules.planFor(subject.type).rules, subject)].map(({ site }) => site);
  }

  #skips(subject: Subject): string | null {
    const byFilter = this.#filter.rejects(subject.type, subject.root);
    if (byFilter !== null) return byFilter;
    if (this.#secrets === 'skip' && isSecretType(subject.type)) return SECRETS_SKIP;
    return skippedBy(this.#rules.planFor(subject.type), subject);
  }

  #digests({ type }: Subject): boolean {
    return this.#secrets === 'digest' && isSecretType(type);
  }

  #file(subject: Subject, id: ObjectId, comments: readonly string[]): Canonical {
    const { root, metadata } = subject;
    const terminating = isPresent(own(metadata, 'deletionTimestamp'));
    const owners = own(metadata, 'ownerReferences');
    const appliers = applyEntries(metadata);
    const finished = finishedOf(root, subject.type);
    const lines = new Set(comments);
    const allocated = applyRules(this.#rules.planFor(subject.type), subject);
    // Whatever class a pack gives to a rule for Secrets: what it removes is not written down.
    if (!isSecretType(subject.type)) for (const value of allocated) lines.add(allocatedToComment(value));
    if (this.#digests(subject)) {
      for (const digest of digestSecret(root, id.namespace, id.name, this.#digestKey)) lines.add(digestToComment(digest));
    }
    const applier = appliers === null ? null : applierOf(appliers, root);
    if (applier !== null) lines.add(applierToComment(applier));
    if (finished !== null) lines.add(finishedToComment(finished));
    if (owners !== undefined && !Object.hasOwn(metadata, 'ownerReferences')) for (const line of ownersToComments(owners)) lines.add(line);
    const body = emit(root);
    if (++this.#written % this.#checkEvery === 0) assertReadsBack(body, root);
    return { kind: 'file', id, path: treePath(id), text: lines.size === 0 ? body : commentBlock([...lines]) + body, terminating };
  }
}

function isPresent(value: Json | undefined): boolean {
  return value !== undefined && value !== null;
}

function subjectOf(object: JsonObject, type: Subject['type'], facts: Facts): Subject {
  const { name, namespace } = metadataOf(object);
  if (typeof name !== 'string' || name === '') throw new ClusterError('MALFORMED', `An object of ${typeName(type)} has no metadata.name`);
  if (!type.namespaced) return new Subject(object, type, name, '', facts);
  if (typeof namespace === 'string' && namespace !== '') return new Subject(object, type, name, namespace, facts);
  throw new ClusterError('MALFORMED', `${typeName(type)}/${name} has no metadata.namespace, though its type is namespaced`);
}

function idOf({ type, namespace, name }: Subject): ObjectId {
  return { group: type.group, resource: type.resource, namespace, name };
}

/** What a file tells of its type: kind and scope are in it, plural and group come from its folder. */
function typeOfFile(object: JsonObject, type: Pick<ResourceType, 'group' | 'resource'>): Subject['type'] {
  const kind = own(object, 'kind');
  return { group: type.group, resource: type.resource, kind: typeof kind === 'string' ? kind : '', namespaced: isPresent(own(metadataOf(object), 'namespace')) };
}
