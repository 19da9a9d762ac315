import type { Oid } from '../model/tape.js';
import type { ReadTree } from './tree.js';

const BOUND = 24 << 20;

/** Keeps tree objects that were read: neighbours in the history share nearly all of them. Least recently used ones go above 24 MiB. */
export function cachedTrees(read: ReadTree): ReadTree {
  const kept = new Map<Oid, Buffer>();
  let bytes = 0;
  return (oid) => {
    const known = kept.get(oid);
    if (known !== undefined) {
      kept.delete(oid);
      kept.set(oid, known);
      return known;
    }
    const tree = read(oid);
    if (tree.length > BOUND / 4) return tree;
    kept.set(oid, tree);
    bytes += tree.length;
    for (const [oldest, content] of kept) {
      if (bytes <= BOUND) break;
      kept.delete(oldest);
      bytes -= content.length;
    }
    return tree;
  };
}
