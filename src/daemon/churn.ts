import type { Clock } from '../lib/clock.js';
import { typeName } from '../model/resource-type.js';
import type { ChurningObject } from '../model/status-report.js';
import { identityOfPath } from '../model/tree-path.js';

const MINUTE_MS = 60_000;
/** The hour that is looked at, in minutes. */
const MINUTES = 60;
/** Paths that are counted in one minute. */
const MOST_PATHS = 2_000;
/** A commit of more changes is a snapshot or a rewrite: it says nothing of single objects. */
const MANY = 500;
/** An object in fewer commits an hour is no trouble. */
const OFTEN = 10;
const SHOWN = 5;

interface Minute {
  readonly number: number;
  commits: number;
  readonly paths: Map<string, number>;
}

/** Which objects make commit after commit: candidates for a rule or a filter. Bounded by an hour's minutes. */
export class Churn {
  readonly #clock: Clock;
  #minutes: Minute[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** One commit and the paths that it changed. */
  committed(paths: Iterable<string>): void {
    const objects: string[] = [];
    for (const path of paths) {
      if (path.startsWith('.')) continue;
      objects.push(path);
      if (objects.length > MANY) return;
    }
    const minute = this.#minute();
    minute.commits++;
    for (const path of objects) {
      const count = minute.paths.get(path);
      if (count !== undefined || minute.paths.size < MOST_PATHS) minute.paths.set(path, (count ?? 0) + 1);
    }
  }

  /** The objects in most commits of the last hour, at least ten; `commits`: all of that hour. */
  top(): ChurningObject[] {
    const counts = new Map<string, number>();
    let commits = 0;
    for (const minute of this.#recent()) {
      commits += minute.commits;
      for (const [path, count] of minute.paths) counts.set(path, (counts.get(path) ?? 0) + count);
    }
    const often = [...counts].filter(([, changes]) => changes >= OFTEN).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return often.slice(0, SHOWN).map(([path, changes]) => ({ object: nameOf(path), changes, commits }));
  }

  #minute(): Minute {
    const number = this.#now();
    const last = this.#minutes.at(-1);
    if (last?.number === number) return last;
    const minute: Minute = { number, commits: 0, paths: new Map() };
    this.#minutes = [...this.#recent(), minute];
    return minute;
  }

  #recent(): Minute[] {
    const oldest = this.#now() - MINUTES;
    return this.#minutes.filter(({ number }) => number > oldest);
  }

  #now(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS);
  }
}

function nameOf(path: string): string {
  const id = identityOfPath(path);
  if (id === null) return path;
  return `${id.namespace === '' ? '' : `${id.namespace}: `}${typeName(id)}/${id.name}`;
}
