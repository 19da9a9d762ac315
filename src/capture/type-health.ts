import type { Logger } from '../lib/log.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import type { Coverage } from './coverage.js';

export interface TypeHealthDeps {
  readonly coverage: Coverage;
  readonly log: Logger;
}

/** An object that has no canonical form; `path` is null when not even its name could be read. */
export interface BrokenObject {
  readonly path: string | null;
  readonly message: string;
}

/** What is known to be wrong with one type (everywhere, or in one namespace), said to coverage and the log. */
export class TypeHealth {
  readonly #type: ResourceType;
  readonly #namespace: string | undefined;
  readonly #polled: boolean;
  readonly #deps: TypeHealthDeps;
  /** Objects whose file is not what the cluster has, by path, with the reason. */
  readonly #broken = new Map<string | null, string>();

  constructor(scope: { readonly type: ResourceType; readonly namespace?: string | undefined; readonly polled: boolean }, deps: TypeHealthDeps) {
    this.#type = scope.type;
    this.#namespace = scope.namespace;
    this.#polled = scope.polled;
    this.#deps = deps;
    deps.coverage.set(this.#type, this.#namespace, { state: 'pending' });
  }

  /** A complete list was staged. */
  listed(failures: readonly BrokenObject[]): void {
    this.#broken.clear();
    for (const failure of failures) this.#note(failure);
    this.following();
  }

  /** The type is being followed again after trouble. */
  following(): void {
    const [reason] = this.#broken.values();
    const state = reason === undefined
      ? { state: this.#polled ? 'polled' : 'complete' } as const
      : { state: 'partial', reason: `${this.#broken.size} objects have no canonical form: ${reason}` } as const;
    this.#deps.coverage.set(this.#type, this.#namespace, state);
  }

  /** One object has no canonical form: its file is left as it is, and its type goes on. */
  broken(failure: BrokenObject): void {
    this.#note(failure);
    this.following();
  }

  /** The object is staged, or gone. */
  fine(path: string): void {
    if (this.#broken.size > 0 && this.#broken.delete(path)) this.following();
  }

  /** The type cannot be followed at the moment. */
  troubled(code: string, reason: string, attempt: number): void {
    this.#deps.log.warn('Could not follow a type; trying again', { type: typeName(this.#type), namespace: this.#namespace, code, reason, attempt });
    this.#deps.coverage.set(this.#type, this.#namespace, { state: 'partial', reason });
  }

  #note({ path, message }: BrokenObject): void {
    this.#broken.set(path, message);
    this.#deps.log.error('An object has no canonical form; its file is left as it is', { type: typeName(this.#type), path, reason: message });
  }
}
