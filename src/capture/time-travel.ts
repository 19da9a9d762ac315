import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/log.js';
import type { ClusterReader } from '../model/cluster-reader.js';
import { typeName, type ResourceType } from '../model/resource-type.js';
import { compareResourceVersions } from './resource-version.js';

/** Between two looks at a store that seems to be behind what we hold. */
const SECOND_LOOK_MS = 1_000;

/**
 * Notices that the store went back in time (an etcd restored from an older copy): a watch above its resourceVersion
 * is answered 200 and stays silent for ever, so the store itself is asked. Two consistent looks below what we hold
 * decide.
 */
export class TimeTravel {
  readonly #reader: ClusterReader;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #wentBack: () => void;

  constructor(reader: ClusterReader, clock: Clock, log: Logger, wentBack: () => void) {
    this.#reader = reader;
    this.#clock = clock;
    this.#log = log;
    this.#wentBack = wentBack;
  }

  /** True (and every reflector was told) when the store is behind `held` for certain. */
  async check(type: ResourceType, namespace: string | undefined, held: string, signal: AbortSignal): Promise<boolean> {
    if (!(await this.#behind(type, namespace, held, signal))) return false;
    await this.#clock.sleep(SECOND_LOOK_MS, signal);
    if (!(await this.#behind(type, namespace, held, signal))) return false;
    this.#log.warn('The cluster\'s store went back in time; listing everything again', { type: typeName(type), held });
    this.#wentBack();
    return true;
  }

  async #behind(type: ResourceType, namespace: string | undefined, held: string, signal: AbortSignal): Promise<boolean> {
    for await (const chunk of this.#reader.list(type, { namespace, peek: 1 }, signal)) {
      if (chunk.kind !== 'end') continue;
      const order = compareResourceVersions(chunk.resourceVersion, held);
      return order !== null && order < 0;
    }
    return false;
  }
}
