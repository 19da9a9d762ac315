import { META, readMeta } from '../../capture/meta-files.js';
import { isObject, own, type JsonObject } from '../../lib/json.js';
import type { TreeReader } from '../../model/tape.js';

/** What `.kubetape/coverage` of a commit says of types. */
export class CommitCoverage {
  readonly #types: JsonObject;

  constructor(tree: TreeReader) {
    const types = readMeta(tree, META.coverage)?.['types'];
    this.#types = isObject(types) ? types : {};
  }

  /** Why the commit need not hold every object of the type in the namespace ('' for what has none); null: it does. */
  gap(type: string, namespace: string): string | null {
    const entry = own(this.#types, type);
    if (!isObject(entry)) return null;
    const namespaces = own(entry, 'namespaces');
    const within = isObject(namespaces) && namespace !== '' ? own(namespaces, namespace) : undefined;
    const { state, reason } = isObject(within) ? within : entry;
    if (state === 'by namespace') return 'the commit was not to hold this namespace';
    if (state === 'partial') return typeof reason === 'string' ? reason : 'no reason is recorded';
    return state === 'pending' ? 'it was not listed yet' : null;
  }

  /** The type whose objects this one shows too, under which they are mirrored; null: it is no alias. */
  aliasOf(type: string): string | null {
    const entry = own(this.#types, type);
    const of = isObject(entry) && entry['state'] === 'alias' ? entry['of'] : undefined;
    return typeof of === 'string' ? of : null;
  }
}
