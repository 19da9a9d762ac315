import { EVENT_ID, getScalarValue, parseEvents, type Event } from 'js-yaml';

/** Where something is in a text; both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds the line of a key or value of a YAML document. */
export interface Locator {
  /** The value at a path, or the nearest place above it that is written down. */
  value(path: readonly PropertyKey[]): Place;
  /** The key that ends the path. */
  key(path: readonly PropertyKey[]): Place;
}

/** Walks the events of a (syntactically valid) document once; aliases are placed where they stand. */
export function locator(source: string): Locator {
  const keys = new Map<string, number>();
  const values = new Map<string, number>();
  const events = parseEvents(source, {});
  let next = 0;

  const walk = (path: readonly PropertyKey[]): void => {
    const event = events[next];
    next += 1;
    if (event === undefined) {
      return;
    }
    values.set(pathKey(path), startOf(event));
    if (event.type === EVENT_ID.SEQUENCE) {
      for (let index = 0; !atEnd(); index += 1) {
        walk([...path, index]);
      }
      next += 1;
    } else if (event.type === EVENT_ID.MAPPING) {
      while (!atEnd()) {
        walkPair(path);
      }
      next += 1;
    }
  };
  const atEnd = (): boolean => events[next] === undefined || events[next]?.type === EVENT_ID.POP;
  const walkPair = (path: readonly PropertyKey[]): void => {
    const key = events[next];
    const name = key?.type === EVENT_ID.SCALAR ? getScalarValue(source, key) : `\0${next}`;
    const start = key === undefined ? 0 : startOf(key);
    walk([...path, `\0key of ${name}`]);
    keys.set(pathKey([...path, name]), start);
    // An empty value has no place of its own; its key has.
    const before = next;
    walk([...path, name]);
    const value = events[before];
    if (value?.type === EVENT_ID.SCALAR && value.valueStart === value.valueEnd) {
      values.set(pathKey([...path, name]), start);
    }
  };

  next = events.findIndex((event) => event.type === EVENT_ID.DOCUMENT) + 1;
  walk([]);

  const nearestOf = (map: ReadonlyMap<string, number>, path: readonly PropertyKey[]): Place => {
    const found = map.get(pathKey(path));
    if (found !== undefined) {
      return placeOf(source, found);
    }
    return path.length === 0 ? { line: 1, column: 1 } : nearestOf(values, path.slice(0, -1));
  };
  return {
    value: (path) => nearestOf(values, path),
    key: (path) => nearestOf(keys, path),
  };
}

/** Line and column of an offset. */
export function placeOf(source: string, offset: number): Place {
  const before = source.slice(0, Math.max(0, offset));
  const line = before.split('\n').length;
  return { line, column: before.length - before.lastIndexOf('\n') };
}

function startOf(event: Event): number {
  switch (event.type) {
    case EVENT_ID.SCALAR: {
      // A quoted scalar's value starts behind its quote.
      const quoted = event.style === 2 || event.style === 3;
      return event.valueStart - (quoted ? 1 : 0);
    }
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    default:
      return 0;
  }
}

function pathKey(path: readonly PropertyKey[]): string {
  return JSON.stringify(path.map(String));
}
