import { isObject, own, type Json, type JsonObject } from '../../lib/json.js';
import type { Condition, Path, Step } from './path.js';

export type Container = JsonObject | Json[];

/** One place in an object: `containers[i]` holds at `keys[i]` the next container, the last one the value itself. */
export interface Site {
  readonly containers: readonly Container[];
  readonly keys: readonly (string | number)[];
}

/** Every place in `root` that a path names and that exists, in document order. */
export function sitesOf(path: Path, root: JsonObject): Site[] {
  const sites: Site[] = [];
  visit(path.steps, 0, root, root, [], [], sites);
  return sites;
}

export function valueOf(site: Site): Json {
  const container = site.containers.at(-1) as Record<string | number, Json>;
  return container[site.keys.at(-1) ?? ''] ?? null;
}

function visit(steps: readonly Step[], depth: number, value: Json, root: JsonObject, containers: Container[], keys: (string | number)[], sites: Site[]): void {
  const step = steps[depth];
  if (step === undefined) {
    sites.push({ containers: [...containers], keys: [...keys] });
    return;
  }
  const descend = (container: Container, key: string | number, child: Json): void => {
    containers.push(container);
    keys.push(key);
    visit(steps, depth + 1, child, root, containers, keys, sites);
    containers.pop();
    keys.pop();
  };
  if (step.kind === 'key') {
    const child = isObject(value) ? own(value, step.key) : undefined;
    if (child !== undefined) descend(value as JsonObject, step.key, child);
  } else if (Array.isArray(value)) {
    value.forEach((item, i) => {
      if (step.kind === 'each' || step.conditions.every((condition) => holds(condition, item, root))) descend(value, i, item);
    });
  }
}

/** Whether a condition holds for a list's element; what is absent equals nothing and matches nothing. */
function holds(condition: Condition, item: Json, root: JsonObject): boolean {
  const value = isObject(item) ? own(item, condition.field) : undefined;
  switch (condition.op) {
    case '==':
      return value === condition.value;
    case '!=':
      return value !== condition.value;
    case '=~':
      return typeof value === 'string' && condition.pattern.matches(value, root);
    case '!~':
      return !(typeof value === 'string' && condition.pattern.matches(value, root));
  }
}

const BARE = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;

/** `spec.ports[0].nodePort`, `metadata.labels["a/b"]`: pure ASCII, so it can stand in a comment line. */
export function pathText(keys: readonly (string | number)[]): string {
  return keys
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : !BARE.test(key) ? `[${asciiJson(key)}]` : i === 0 ? key : `.${key}`))
    .join('');
}

/** The keys of a path as pathText writes it; null for what it never writes. */
export function keysOfPath(path: string): (string | number)[] | null {
  const keys: (string | number)[] = [];
  const step = /\.?([A-Za-z_$][A-Za-z0-9_$-]*)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (step.lastIndex < path.length) {
    const [, name, index, quoted] = step.exec(path) ?? [];
    if (name !== undefined) keys.push(name);
    else if (index !== undefined) keys.push(Number(index));
    else if (quoted !== undefined) keys.push(JSON.parse(quoted) as string);
    else return null;
  }
  return keys.length === 0 ? null : keys;
}

/** JSON of a string with everything but printable ASCII escaped: nothing in it ends a line for any YAML reader. */
export function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
