import { readYaml, splitComments } from '../../canon/reader.js';
import { YamlError } from '../../canon/yaml-error.js';
import type { JsonObject } from '../../lib/json.js';
import type { ResourceType } from '../../model/resource-type.js';
import type { Oid, TreeReader } from '../../model/tape.js';
import { identityOfPath, namespaceOfFolder } from '../../model/tree-path.js';
import type { Selection } from '../selection.js';
import type { LivePolicy } from './live-policy.js';

/** What of the cluster is listed for a selection, and which of the listed objects count. */
export class LiveScope {
  /** Namespaces to be listed one by one; null: everything at once. */
  readonly namespaces: readonly string[] | null;
  readonly #selection: Selection;
  readonly #tree: TreeReader;

  constructor(selection: Selection, policy: LivePolicy, tree: TreeReader) {
    this.#selection = selection;
    this.#tree = tree;
    const named = selection.literalNamespaces();
    const { namespaces } = policy;
    this.namespaces = named === null || namespaces === null ? (named ?? namespaces) : named.filter((each) => namespaces.includes(each));
  }

  get everything(): boolean {
    return this.#selection.isEverything;
  }

  /** Whether objects of the type can be wanted; the commit need not know the type. */
  wantsType(type: ResourceType): boolean {
    const wanted = this.#selection.types();
    if (wanted.some((each) => each.group === type.group && each.resource === type.resource)) return true;
    // Of a type that is new since the commit only a selection that names no types wants anything: any object tells.
    return this.#selection.matchesName({ group: type.group, resource: type.resource, namespace: type.namespaced ? this.#someNamespace() : '', name: 'any' });
  }

  /** Whether an object is wanted; its body is asked for only where the path does not tell. */
  wants(path: string, type: ResourceType, body: () => JsonObject): boolean {
    if (this.#selection.isEverything) return true;
    const id = identityOfPath(path);
    if (id !== null && !this.#selection.matchesName(id)) return false;
    return (id !== null && !this.#selection.needsBody) || this.#selection.matches(type, body());
  }

  /** The same for a file of the tree; one that cannot be read is wanted, because it is worth being named. */
  wantsFile(path: string, type: ResourceType, oid: Oid): boolean {
    try {
      return this.wants(path, type, () => readYaml(splitComments(this.#tree.read(oid).toString('utf8')).body));
    } catch (error) {
      if (error instanceof YamlError) return true;
      throw error;
    }
  }

  #someNamespace(): string {
    const candidates = this.namespaces ?? this.#tree.folders('namespaces').map((folder) => namespaceOfFolder(folder) ?? '');
    return candidates.find((namespace) => this.#selection.matchesNamespace(namespace)) ?? 'default';
  }
}

/** The namespace of a path of the tree, '' for what has none. Within one folder of namespaces it is looked up once. */
export function namespaceOfPath(path: string): string {
  if (!path.startsWith(ROOT)) return '';
  const folder = path.slice(ROOT.length, path.indexOf('/', ROOT.length));
  return namespaceOfFolder(folder) ?? folder;
}

const ROOT = 'namespaces/';
