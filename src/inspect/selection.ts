import { ObjectFilter } from '../canon/filter.js';
import { GlobSet, isLiteral } from '../canon/rules/glob-set.js';
import { LabelSelector } from '../canon/rules/label-selector.js';
import type { RecordedType } from '../capture/meta-files.js';
import { messageOf } from '../lib/errors.js';
import { escapeText } from '../lib/escape.js';
import { isObject, own, type JsonObject } from '../lib/json.js';
import { metadataOf } from '../model/canonical.js';
import type { FilterEntry } from '../model/filter.js';
import type { ObjectId } from '../model/object-id.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { TreeReader } from '../model/tape.js';
import { typeFolder, typeFolderName } from '../model/tree-path.js';
import { foldersBelow, namespaceFolders } from './folders.js';
import { InspectError } from './inspect-error.js';
import { findType, resolveType } from './type-names.js';

/** What a person named on the command line. */
export interface SelectionRequest {
  /** `TYPE`, a comma list of them (`deploy,svc`), or `TYPE/NAME`, the name as it is. None: every type. */
  readonly objects?: readonly string[] | undefined;
  /** Globs; none: every namespace, and cluster-scoped objects too. Named cluster-scoped types do not care. */
  readonly namespaces?: readonly string[] | undefined;
  /** As without namespaces. */
  readonly allNamespaces?: boolean | undefined;
  /** Labels, as `kubectl -l` takes them. */
  readonly selector?: string | undefined;
  /** Types may be named as in `objects`, or be globs. */
  readonly exclude?: readonly FilterEntry[] | undefined;
}

/** One folder of the tree that may hold wanted objects; namespace '' for cluster-scoped ones. */
export interface SelectedFolder {
  readonly folder: string;
  readonly type: ResourceType;
  readonly namespace: string;
}

/** A named type; `names` null: all of its objects. */
interface Wanted {
  readonly type: ResourceType;
  readonly names: Set<string> | null;
}

/** The objects that a person asked for: a test, and where in a tree to look. */
export class Selection {
  /** Labels decide, so that an object must be read. */
  readonly needsBody: boolean;
  readonly isEverything: boolean;
  /** No type is named. */
  readonly isEveryType: boolean;
  /** Globs; null: any namespace. */
  readonly namespaces: readonly string[] | null;
  readonly #recorded: ReadonlyMap<string, RecordedType>;
  readonly #wanted: ReadonlyMap<string, Wanted> | null;
  readonly #globs: GlobSet | null;
  readonly #labels: LabelSelector | null;
  /** Exclusions that names decide, and those that labels decide. */
  readonly #byName: ObjectFilter;
  readonly #byLabels: ObjectFilter;
  readonly #words: string;

  /**
   * `types`: what the commit records (capture/meta-files readTypes). InspectError for a type that is not known, with the
   * nearest names, and for a selector that cannot be read; RulesError for an exclusion that cannot.
   */
  static parse(request: SelectionRequest, types: ReadonlyMap<string, RecordedType>): Selection {
    return new Selection(request, types);
  }

  static everything(types: ReadonlyMap<string, RecordedType>): Selection {
    return new Selection({}, types);
  }

  /** For parse(). */
  constructor(request: SelectionRequest, types: ReadonlyMap<string, RecordedType>) {
    const { objects = [], namespaces = [], allNamespaces = false, selector, exclude = [] } = request;
    const exclusions = exclude.map((entry) => withFullTypes(entry, types));
    this.#recorded = types;
    this.#wanted = objects.length === 0 ? null : wantedTypes(objects, types);
    this.namespaces = allNamespaces || namespaces.length === 0 ? null : namespaces;
    this.#globs = this.namespaces === null ? null : new GlobSet(this.namespaces);
    this.#labels = selector === undefined ? null : parseSelector(selector);
    this.#byName = new ObjectFilter({ include: [], exclude: exclusions.filter((entry) => entry.labelSelector === undefined) });
    this.#byLabels = new ObjectFilter({ include: [], exclude: exclusions.filter((entry) => entry.labelSelector !== undefined) });
    this.needsBody = this.#labels !== null || exclusions.some((entry) => entry.labelSelector !== undefined);
    this.isEveryType = this.#wanted === null;
    this.isEverything = this.#wanted === null && this.#globs === null && exclude.length === 0 && !this.needsBody;
    this.#words = words(this.#wanted, this.namespaces, selector, exclude.length);
  }

  /** The wanted types: as named, else as recorded. */
  types(): readonly ResourceType[] {
    if (this.#wanted !== null) return [...this.#wanted.values()].map(({ type }) => type);
    const all = [...this.#recorded.values()].map(({ type }) => type);
    return this.#globs === null ? all : all.filter(({ namespaced }) => namespaced);
  }

  /** The names that are wanted of a type; null: all of them. */
  namesOf(type: Pick<ResourceType, 'group' | 'resource'>): ReadonlySet<string> | null {
    return this.#wanted === null ? null : (this.#wanted.get(typeName(type))?.names ?? null);
  }

  /** The namespaces when they are named without globs; null: only a tree tells. */
  literalNamespaces(): readonly string[] | null {
    return this.namespaces?.every(isLiteral) === true ? this.namespaces : null;
  }

  /** Whether a namespaced object of this namespace can be wanted. */
  matchesNamespace(namespace: string): boolean {
    return this.#globs === null || this.#globs.matches(namespace);
  }

  /** Folders of a tree that may hold wanted objects, in the order of the tree; one that is not there may be among them. */
  *folders(tree: TreeReader): Iterable<SelectedFolder> {
    if (this.#wanted === null) {
      for (const each of foldersBelow(tree, this.#recorded, this.#globs === null, this.#namespacesOf(tree))) yield each;
      return;
    }
    const types = this.types().toSorted((a, b) => (typeFolderName(a) < typeFolderName(b) ? -1 : 1));
    for (const type of types) if (!type.namespaced) yield { folder: typeFolder(type, ''), type, namespace: '' };
    const namespaced = types.filter((type) => type.namespaced);
    if (namespaced.length === 0) return;
    for (const { folder, namespace } of this.#namespacesOf(tree)) {
      for (const type of namespaced) yield { folder: `${folder}/${typeFolderName(type)}`, type, namespace };
    }
  }

  /** Whether type, namespace and name are wanted; labels are not looked at. */
  matchesName(id: ObjectId): boolean {
    const clusterScoped = id.namespace === '';
    if (this.#wanted !== null) {
      const wanted = this.#wanted.get(typeName(id));
      if (wanted === undefined || wanted.names?.has(id.name) === false) return false;
    }
    if (this.#globs !== null && (clusterScoped ? this.#wanted === null : !this.#globs.matches(id.namespace))) return false;
    const object = { metadata: { name: id.name, ...(clusterScoped ? {} : { namespace: id.namespace }) } };
    return this.#byName.rejects({ ...id, namespaced: !clusterScoped }, object) === null;
  }

  /** Whether an object is wanted, labels included. */
  matches(type: Pick<ResourceType, 'group' | 'resource'>, body: JsonObject): boolean {
    const metadata = metadataOf(body);
    const { name, namespace } = metadata;
    const id = { ...type, name: typeof name === 'string' ? name : '', namespace: typeof namespace === 'string' ? namespace : '' };
    return this.matchesName(id) && this.matchesLabels(type, body);
  }

  /** The part of matches() that needs the body. */
  matchesLabels(type: Pick<ResourceType, 'group' | 'resource'>, body: JsonObject): boolean {
    if (!this.needsBody) return true;
    const metadata = metadataOf(body);
    const labels = own(metadata, 'labels');
    if (this.#labels?.matches(isObject(labels) ? labels : {}) === false) return false;
    return this.#byLabels.rejects({ group: type.group, resource: type.resource, namespaced: typeof metadata['namespace'] === 'string' }, body) === null;
  }

  /** In words, names escaped: `deployments.apps/web in namespace shop`, `everything`. */
  describe(): string {
    return this.#words;
  }

  #namespacesOf(tree: TreeReader): readonly { readonly folder: string; readonly namespace: string }[] {
    return namespaceFolders(tree, this.literalNamespaces()).filter(({ namespace }) => this.matchesNamespace(namespace));
  }
}

function wantedTypes(objects: readonly string[], types: ReadonlyMap<string, RecordedType>): Map<string, Wanted> {
  const wanted = new Map<string, Wanted>();
  for (const word of objects) {
    const slash = word.indexOf('/');
    const name = slash < 0 ? null : word.slice(slash + 1);
    if (name === '') throw new InspectError('USAGE', `"${escapeText(word)}" names no object`, { hint: 'Write TYPE/NAME, or TYPE alone for every object of the type' });
    const named = slash < 0 ? word.split(',').filter((part) => part !== '') : [word.slice(0, slash)];
    for (const part of named) {
      const type = resolveType(part, types);
      const before = wanted.get(typeName(type));
      if (name === null || before?.names === null) wanted.set(typeName(type), { type, names: null });
      else wanted.set(typeName(type), { type, names: new Set([...(before?.names ?? []), name]) });
    }
  }
  return wanted;
}

/** A filter knows full names and globs only; a person also says `svc`. */
function withFullTypes(entry: FilterEntry, types: ReadonlyMap<string, RecordedType>): FilterEntry {
  if (entry.types === undefined) return entry;
  const full = entry.types.map((word) => {
    const type = isLiteral(word) ? findType(word, types) : null;
    return type === null ? word : typeName(type);
  });
  return { ...entry, types: full };
}

function parseSelector(text: string): LabelSelector {
  try {
    return new LabelSelector(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new InspectError('USAGE', `The label selector cannot be read: ${escapeText(messageOf(error))}`, { cause: error, hint: 'Write it as for kubectl: app=web,tier!=cache' });
  }
}

function words(wanted: ReadonlyMap<string, Wanted> | null, namespaces: readonly string[] | null, selector: string | undefined, exclusions: number): string {
  const what = [...(wanted ?? [])].flatMap(([type, { names }]) => (names === null ? [type] : [...names].map((name) => `${type}/${name}`)));
  const parts = [
    what.length === 0 ? 'everything' : what.map(escapeText).join(', '),
    ...(namespaces === null ? [] : [`in ${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.map(escapeText).join(', ')}`]),
    ...(selector === undefined ? [] : [`with labels ${escapeText(selector)}`]),
    ...(exclusions === 0 ? [] : [`without what ${exclusions === 1 ? 'one exclusion' : `${exclusions} exclusions`} name`]),
  ];
  return parts.join(' ');
}
