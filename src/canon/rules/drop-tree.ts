import { isObject, type Json } from '../../lib/json.js';
import type { Path } from './path.js';

/** Many unconditional drops as one tree, so that an object is walked once. */
interface Node {
  /** The value at this place goes. */
  drop: boolean;
  readonly keys: Map<string, Node>;
  each: Node | null;
}

/** Removes what plain paths (keys and `[*]`) name; that needs no order and no look at any value. */
export class DropTree {
  readonly #root: Node = newNode();

  constructor(paths: readonly Path[]) {
    for (const path of paths) {
      let node = this.#root;
      for (const step of path.steps) {
        if (step.kind === 'key') {
          const next = node.keys.get(step.key) ?? newNode();
          node.keys.set(step.key, next);
          node = next;
        } else {
          node = node.each ??= newNode();
        }
      }
      node.drop = true;
    }
  }

  removeFrom(root: Json): void {
    remove(this.#root, root);
  }
}

function newNode(): Node {
  return { drop: false, keys: new Map(), each: null };
}

function remove(node: Node, value: Json): void {
  if (Array.isArray(value)) {
    if (node.each?.drop === true) value.length = 0;
    else if (node.each !== null) for (const item of value) remove(node.each, item);
  } else if (isObject(value)) {
    for (const [key, child] of node.keys) {
      if (!Object.hasOwn(value, key)) continue;
      if (child.drop) delete value[key];
      else remove(child, value[key] as Json);
    }
  }
}
