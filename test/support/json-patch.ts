// RFC 6902, written for tests from the RFC: what kubetape prints is judged by something else than what it was made with.
import { isDeepStrictEqual } from 'node:util';
import type { AnyJson } from './api-client.js';

/** What a patch makes of a document; throws when an operation cannot be carried out. */
export function applyPatch(document: unknown, patch: readonly AnyJson[]): AnyJson {
  const root = { document: structuredClone(document) as AnyJson };
  for (const { op, path, from, value } of patch) {
    switch (op) {
      case 'add': add(root, path, structuredClone(value)); break;
      case 'remove': take(root, path); break;
      case 'replace': take(root, path); add(root, path, structuredClone(value)); break;
      case 'move': add(root, path, take(root, from)); break;
      case 'copy': add(root, path, structuredClone(at(root, from).owner[at(root, from).key])); break;
      case 'test': {
        const { owner, key } = at(root, path);
        if (!isDeepStrictEqual(owner[key], value)) throw new Error(`test of ${path} fails`);
        break;
      }
      default: throw new Error(`There is no operation ${op}`);
    }
  }
  return root.document;
}

/** The owner of what a JSON pointer (RFC 6901) names, and its key there. */
function at(root: AnyJson, pointer: string): { owner: AnyJson; key: string } {
  if (pointer !== '' && !pointer.startsWith('/')) throw new Error(`No pointer: ${pointer}`);
  const keys = ['document', ...pointer.split('/').slice(1).map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'))];
  const key = keys.pop() ?? '';
  let owner = root;
  for (const each of keys) {
    if (typeof owner !== 'object' || owner === null || !Object.hasOwn(owner, each)) throw new Error(`${pointer} leads nowhere`);
    owner = owner[each];
  }
  return { owner, key };
}

function add(root: AnyJson, pointer: string, value: AnyJson): void {
  const { owner, key } = at(root, pointer);
  if (!Array.isArray(owner)) owner[key] = value;
  else if (key === '-') owner.push(value);
  else if (Number(key) <= owner.length) owner.splice(Number(key), 0, value);
  else throw new Error(`${pointer} is beyond the end`);
}

function take(root: AnyJson, pointer: string): AnyJson {
  const { owner, key } = at(root, pointer);
  if (!Object.hasOwn(owner, key)) throw new Error(`There is nothing at ${pointer}`);
  const value = owner[key];
  if (Array.isArray(owner)) owner.splice(Number(key), 1);
  else delete owner[key];
  return value;
}
