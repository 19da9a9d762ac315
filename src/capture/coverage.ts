import { emit } from '../canon/emitter.js';
import { readYaml } from '../canon/reader.js';
import { escapeLine } from '../lib/escape.js';
import { isObject, own, setOwn, type JsonObject } from '../lib/json.js';
import { typeName, type ResourceType } from '../model/resource-type.js';

/** How well a type (in one namespace, or everywhere) is seen. */
export type CoverageState =
  | { readonly state: 'pending' }
  | { readonly state: 'complete' | 'polled' }
  | { readonly state: 'partial'; readonly reason: string }
  | { readonly state: 'alias'; readonly of: string };

interface Entry {
  committed: CoverageState;
  current: CoverageState;
  /** Since when `current` differs from `committed`. */
  since: number;
}

/** A state that lasts shorter than this is not committed. */
export const FLAP_MS = 5 * 60_000;

/**
 * Which types are seen completely, and what is skipped by which rule. Written to `.kubetape/coverage`; a flap shorter
 * than FLAP_MS never reaches the repository.
 */
export class Coverage {
  readonly #entries = new Map<string, Map<string, Entry>>();
  readonly #skipped = new Map<string, string>();
  readonly #rules = new Map<string, readonly string[]>();
  readonly #now: () => number;
  readonly #flapMs: number;
  #recorded: JsonObject = {};

  /** `flapMs`: how long a state must last before it is committed; 0 for a single export. */
  constructor(now: () => number, flapMs: number = FLAP_MS) {
    this.#now = now;
    this.#flapMs = flapMs;
  }

  /** Starts from what the repository says, so that a restart is no flap either. */
  restore(text: string): void {
    const types = readYaml(text)['types'];
    this.#recorded = isObject(types) ? types : {};
  }

  /** The type is not listed at all, because a rule skips every object of it. */
  skip(type: ResourceType, rule: string): void {
    this.#skipped.set(typeName(type), rule);
    this.#entries.delete(typeName(type));
  }

  /** The rules that may skip objects of the type; a function of type and rules alone, so that it does not churn. */
  mayBeSkipped(type: ResourceType, rules: readonly string[]): void {
    this.#rules.set(typeName(type), rules);
  }

  set(type: ResourceType, namespace: string | undefined, state: CoverageState): void {
    const scopes = this.#scopes(typeName(type));
    const entry = scopes.get(namespace ?? '*');
    if (entry === undefined) {
      const recorded = this.#recall(typeName(type), namespace);
      scopes.set(namespace ?? '*', { committed: recorded ?? state, current: state, since: this.#now() });
      return;
    }
    if (same(entry.current, state)) return;
    // The first answer is no flap: there was nothing before.
    if (entry.committed.state === 'pending') entry.committed = state;
    entry.current = state;
    entry.since = this.#now();
  }

  /** The type is no longer served, or no longer watched by namespace. */
  forget(type: ResourceType, namespace?: string): void {
    if (namespace !== undefined) this.#entries.get(typeName(type))?.delete(namespace);
    else for (const map of [this.#entries, this.#skipped, this.#rules]) map.delete(typeName(type));
  }

  /** Types that are not (or not completely) seen now, with the reason; flaps included. */
  unsynced(): { readonly type: string; readonly namespace: string | undefined; readonly reason: string }[] {
    return [...this.#entries].flatMap(([type, scopes]) => [...scopes].flatMap(([scope, { current }]) => {
      if (current.state !== 'partial' && current.state !== 'pending') return [];
      const reason = current.state === 'partial' ? current.reason : 'not listed yet';
      return [{ type, namespace: scope === '*' ? undefined : scope, reason }];
    }));
  }

  /** Types that are listed, how many of them are seen completely, and how many of those are polled. */
  progress(): { readonly types: number; readonly synced: number; readonly polled: number } {
    let synced = 0;
    let polled = 0;
    for (const scopes of this.#entries.values()) {
      const states = [...scopes.values()].map(({ current }) => current.state);
      if (!states.some((state) => state === 'pending' || state === 'partial')) synced++;
      if (states.includes('polled')) polled++;
    }
    return { types: this.#entries.size, synced, polled };
  }

  /** One line for a commit's trailer: `complete`, or what is not. */
  summary(): string {
    const partial = [...this.#entries].filter(([, scopes]) => [...scopes.values()].some((entry) => this.#lasting(entry).state === 'partial'));
    if (partial.length === 0) return 'complete';
    const names = partial.slice(0, 3).map(([name]) => escapeLine(name, 100)).join(', ');
    return `partial (${partial.length} of ${this.#entries.size} types: ${names}${partial.length > 3 ? ', …' : ''})`;
  }

  /** The text of `.kubetape/coverage`: what has lasted. */
  render(): string {
    const types: JsonObject = {};
    for (const name of [...this.#entries.keys(), ...this.#skipped.keys()]) {
      const rule = this.#skipped.get(name);
      setOwn(types, name, rule === undefined ? this.#renderType(name) : { state: 'skipped', rules: [rule] });
    }
    return emit({ types });
  }

  #renderType(name: string): JsonObject {
    const scopes = this.#scopes(name);
    const rules = this.#rules.get(name) ?? [];
    const skips: JsonObject = rules.length === 0 ? {} : { skips: [...rules].sort() };
    const wide = scopes.get('*');
    if (scopes.size === 1 && wide !== undefined) return { ...rendered(this.#lasting(wide)), ...skips };
    const namespaces: JsonObject = {};
    for (const [scope, entry] of scopes) if (scope !== '*') setOwn(namespaces, scope, rendered(this.#lasting(entry)));
    return { ...(wide === undefined ? { state: 'by namespace' } : rendered(this.#lasting(wide))), ...skips, namespaces };
  }

  #lasting(entry: Entry): CoverageState {
    if (!same(entry.committed, entry.current) && this.#now() - entry.since >= this.#flapMs) entry.committed = entry.current;
    return entry.committed;
  }

  #recall(name: string, namespace: string | undefined): CoverageState | null {
    const type = own(this.#recorded, name);
    const namespaces = isObject(type) ? type['namespaces'] : undefined;
    const scope = namespace === undefined ? type : isObject(namespaces) ? own(namespaces, namespace) : undefined;
    if (!isObject(scope)) return null;
    const { state, reason } = scope;
    if (state === 'complete' || state === 'polled') return { state };
    return state === 'partial' && typeof reason === 'string' ? { state, reason } : null;
  }

  #scopes(name: string): Map<string, Entry> {
    const scopes = this.#entries.get(name) ?? new Map<string, Entry>();
    this.#entries.set(name, scopes);
    return scopes;
  }
}

function rendered(state: CoverageState): JsonObject {
  if (state.state === 'partial') return { state: 'partial', reason: escapeLine(state.reason, 200) };
  if (state.state === 'alias') return { state: 'alias', of: state.of };
  return { state: state.state };
}

function same(a: CoverageState, b: CoverageState): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
